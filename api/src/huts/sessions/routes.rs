use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use uuid::Uuid;

use super::dto::{
    FoundHutPeople, GatewaySession, HutCode, HutCodeRequest, HutPersonPick, HutPhoneEnding, HutReadingAnswer,
    HutSession, NewHutSession, PersonCode, PersonCodeScan,
};
use super::{find, service};
use crate::error::ApiResult;
use crate::http::page_url::base_url;
use crate::http::personal;
use crate::huts::gateways::{GatewayHeaders, SignedMessage};
use crate::huts::in_charge::InCharge;
use crate::identity::caller::{Permitted, Resident};
use crate::identity::permission::KeepHuts;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Gives the code that a hut shows now, for a screen of the office.
#[utoipa::path(
    tag = "huts",
    params(("id" = Uuid, Path, description = "Id of the hut")),
    security(("access_token" = [])),
    responses((status = 200, body = HutCode), ProblemResponses)
)]
#[get("/huts/{id}/code")]
pub(super) async fn get_hut_code(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let hut = InCharge::new(&caller, &request).hut(state.database.reader(), *id).await?;
    let code = service::code_of(&state, &base_url(&request, &state), hut.id)?;
    Ok(personal::json(StatusCode::OK, &code))
}

/// Gives a gateway the code that it shows now.
#[utoipa::path(
    tag = "huts",
    params(GatewayHeaders),
    request_body = HutCodeRequest,
    security(("gateway_signature" = [])),
    responses((status = 200, body = HutCode), ProblemResponses)
)]
#[post("/gateway/hut-code")]
pub(super) async fn show_hut_code(
    message: SignedMessage,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let message = message.read::<HutCodeRequest>()?;
    let now = state.clock.now();
    let hut_id = message.hut.id;
    let taken = state.database.write(move |transaction| {
        let message = message.clone();
        Box::pin(async move { message.take(transaction, now).await })
    });
    taken.await?;
    let code = service::code_of(&state, &base_url(&request, &state), hut_id)?;
    Ok(personal::json(StatusCode::OK, &code))
}

/// Begins to measure, standing in front of a hut: the first values within three minutes are this person's.
#[utoipa::path(
    tag = "huts",
    params(("id" = Uuid, Path, description = "Id of the hut")),
    request_body = NewHutSession,
    security(("access_token" = [])),
    responses((status = 201, body = HutSession), ProblemResponses)
)]
#[post("/huts/{id}/sessions")]
pub(super) async fn open_hut_session(
    resident: Resident,
    state: Data<AppState>,
    id: Path<Uuid>,
    body: Json<NewHutSession>,
) -> ApiResult<HttpResponse> {
    let session = service::open(&state, resident, *id, body.into_inner()).await?;
    Ok(personal::json(StatusCode::CREATED, &session))
}

/// Tells how far a session is.
#[utoipa::path(
    tag = "huts",
    params(
        ("id" = Uuid, Path, description = "Id of the hut"),
        ("session_id" = Uuid, Path, description = "Id of the session")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = HutSession), ProblemResponses)
)]
#[get("/huts/{id}/sessions/{session_id}")]
pub(super) async fn get_hut_session(
    resident: Resident,
    state: Data<AppState>,
    ids: Path<(Uuid, Uuid)>,
) -> ApiResult<HttpResponse> {
    let session = service::get(&state, &resident, ids.into_inner()).await?;
    Ok(personal::json(StatusCode::OK, &session))
}

/// Ends a session without having measured.
#[utoipa::path(
    tag = "huts",
    params(
        ("id" = Uuid, Path, description = "Id of the hut"),
        ("session_id" = Uuid, Path, description = "Id of the session")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "Ended"), ProblemResponses)
)]
#[delete("/huts/{id}/sessions/{session_id}")]
pub(super) async fn leave_hut(
    resident: Resident,
    state: Data<AppState>,
    ids: Path<(Uuid, Uuid)>,
) -> ApiResult<HttpResponse> {
    service::leave(&state, resident, ids.into_inner()).await?;
    Ok(personal::nothing())
}

/// Says whether a weight that is far from the last one is this person's.
#[utoipa::path(
    tag = "huts",
    params(
        ("id" = Uuid, Path, description = "Id of the hut"),
        ("session_id" = Uuid, Path, description = "Id of the session")
    ),
    request_body = HutReadingAnswer,
    security(("access_token" = [])),
    responses((status = 200, body = HutSession), ProblemResponses)
)]
#[post("/huts/{id}/sessions/{session_id}/confirm")]
pub(super) async fn confirm_hut_reading(
    resident: Resident,
    state: Data<AppState>,
    ids: Path<(Uuid, Uuid)>,
    body: Json<HutReadingAnswer>,
) -> ApiResult<HttpResponse> {
    let session = service::answer(&state, resident, ids.into_inner(), body.mine).await?;
    Ok(personal::json(StatusCode::OK, &session))
}

/// Makes a code to show to the reader of a hut. It is good once and for 90 seconds, and tells nothing about
/// anybody; one that was made before on this phone is good no more.
#[utoipa::path(
    tag = "huts",
    params(("id" = Uuid, Path, description = "Id of the person who will measure")),
    security(("access_token" = [])),
    responses((status = 201, body = PersonCode), ProblemResponses)
)]
#[post("/people/{id}/hut-code")]
pub(super) async fn make_person_code(
    resident: Resident,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let code = service::make_person_code(&state, resident, *id).await?;
    Ok(personal::json(StatusCode::CREATED, &code))
}

/// Begins a session for the resident whose code the reader of the hut has read.
#[utoipa::path(
    tag = "huts",
    params(GatewayHeaders),
    request_body = PersonCodeScan,
    security(("gateway_signature" = [])),
    responses((status = 201, body = GatewaySession), ProblemResponses)
)]
#[post("/gateway/sessions")]
pub(super) async fn open_session_with_person_code(
    message: SignedMessage,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let session = service::open_by_person_code(&state, message.read()?).await?;
    Ok(personal::json(StatusCode::CREATED, &session))
}

/// Finds people of the hut's community by the last four digits of a phone number: their own, or that of whoever
/// keeps their record. Only those are found who may be picked; each can see that they were looked for.
#[utoipa::path(
    tag = "huts",
    params(("id" = Uuid, Path, description = "Id of the hut")),
    request_body = HutPhoneEnding,
    security(("access_token" = [])),
    responses((status = 200, body = FoundHutPeople), ProblemResponses)
)]
#[post("/huts/{id}/find-people")]
pub(super) async fn find_people_at_hut(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    body: Json<HutPhoneEnding>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&caller, &request);
    let found = find::by_phone_ending(&state, caller, *id, &body.last_four).await?;
    Ok(personal::json(StatusCode::OK, &found))
}

/// Begins a session for a person of one's community who lets its health officers see their records.
#[utoipa::path(
    tag = "huts",
    params(("id" = Uuid, Path, description = "Id of the hut")),
    request_body = HutPersonPick,
    security(("access_token" = [])),
    responses((status = 201, body = GatewaySession), ProblemResponses)
)]
#[post("/huts/{id}/staff-sessions")]
pub(super) async fn open_session_for_person(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    body: Json<HutPersonPick>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&caller, &request);
    let session = service::open_by_staff(&state, caller, *id, body.person_id).await?;
    Ok(personal::json(StatusCode::CREATED, &session))
}
