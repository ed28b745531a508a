use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, patch, post, put};
use uuid::Uuid;

use super::dto::{
    FirstAidCheck, FirstAidCheckList, FirstAidContent, HutChange, HutDetail, HutDevice, HutDeviceChange,
    HutList, NewFirstAidCheck, NewHut, NewHutDevice,
};
use super::{devices, first_aid, service};
use crate::error::ApiResult;
use crate::http::if_match::IfMatch;
use crate::http::personal;
use crate::huts::in_charge::{InCharge, Page, PageParameters};
use crate::identity::caller::Permitted;
use crate::identity::permission::KeepHuts;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Lists the huts of one's regions with what in each needs somebody.
#[utoipa::path(
    tag = "huts",
    params(PageParameters),
    security(("access_token" = [])),
    responses((status = 200, body = HutList), ProblemResponses)
)]
#[get("/huts")]
pub(super) async fn list_huts(
    caller: Permitted<KeepHuts>,
    state: Data<AppState>,
    parameters: Query<PageParameters>,
) -> ApiResult<HttpResponse> {
    let page = Page::read(&parameters)?;
    Ok(personal::json(StatusCode::OK, &service::list(&state, caller.scope(), page).await?))
}

/// Registers a hut on a published place of the map.
#[utoipa::path(
    tag = "huts",
    request_body = NewHut,
    security(("access_token" = [])),
    responses(
        (status = 201, body = HutDetail, headers(
            ("Location" = String, description = "Address of the hut"),
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[post("/huts")]
pub(super) async fn create_hut(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<NewHut>,
) -> ApiResult<HttpResponse> {
    let detail = service::create(&state, InCharge::new(&caller, &request), body.into_inner()).await?;
    let mut answer = personal::versioned(StatusCode::CREATED, detail.hut.version, &detail);
    if let Ok(location) = header::HeaderValue::from_str(&format!("/api/v1/huts/{}", detail.hut.id)) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    Ok(answer)
}

/// Tells one hut with its devices, gateways and first-aid box.
#[utoipa::path(
    tag = "huts",
    params(("id" = Uuid, Path, description = "Id of the hut")),
    security(("access_token" = [])),
    responses(
        (status = 200, body = HutDetail, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[get("/huts/{id}")]
pub(super) async fn get_hut(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let detail = service::get(&state, &InCharge::new(&caller, &request), *id).await?;
    Ok(personal::versioned(StatusCode::OK, detail.hut.version, &detail))
}

/// Changes a hut. One that is closed takes no readings.
#[utoipa::path(
    tag = "huts",
    params(
        ("id" = Uuid, Path, description = "Id of the hut"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = HutChange,
    security(("access_token" = [])),
    responses(
        (status = 200, body = HutDetail, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[patch("/huts/{id}")]
pub(super) async fn change_hut(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
    body: Json<HutChange>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&caller, &request);
    let detail = service::change(&state, caller, *id, version, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::OK, detail.hut.version, &detail))
}

/// Registers a device of a hut.
#[utoipa::path(
    tag = "huts",
    params(("id" = Uuid, Path, description = "Id of the hut")),
    request_body = NewHutDevice,
    security(("access_token" = [])),
    responses(
        (status = 201, body = HutDevice, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[post("/huts/{id}/devices")]
pub(super) async fn add_hut_device(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    body: Json<NewHutDevice>,
) -> ApiResult<HttpResponse> {
    let device = devices::add(&state, InCharge::new(&caller, &request), *id, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::CREATED, device.version, &device))
}

/// Changes a device, for example after it was calibrated, or retires it.
#[utoipa::path(
    tag = "huts",
    params(
        ("id" = Uuid, Path, description = "Id of the hut"),
        ("device_id" = Uuid, Path, description = "Id of the device"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = HutDeviceChange,
    security(("access_token" = [])),
    responses(
        (status = 200, body = HutDevice, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[patch("/huts/{id}/devices/{device_id}")]
pub(super) async fn change_hut_device(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    ids: Path<(Uuid, Uuid)>,
    version: IfMatch,
    body: Json<HutDeviceChange>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&caller, &request);
    let device = devices::change(&state, caller, ids.into_inner(), version, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::OK, device.version, &device))
}

/// Tells anew what lies in the first-aid box of a hut.
#[utoipa::path(
    tag = "huts",
    params(
        ("id" = Uuid, Path, description = "Id of the hut"),
        ("If-Match" = String, Header, description = "The version of the hut that is edited")
    ),
    request_body = FirstAidContent,
    security(("access_token" = [])),
    responses(
        (status = 200, body = HutDetail, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[put("/huts/{id}/first-aid-box")]
pub(super) async fn fill_first_aid_box(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
    body: Json<FirstAidContent>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&caller, &request);
    let detail = first_aid::fill(&state, caller, *id, version, body.into_inner().supplies).await?;
    Ok(personal::versioned(StatusCode::OK, detail.hut.version, &detail))
}

/// Notes that one looked through the first-aid box of a hut, as is due every month.
#[utoipa::path(
    tag = "huts",
    params(("id" = Uuid, Path, description = "Id of the hut")),
    request_body = NewFirstAidCheck,
    security(("access_token" = [])),
    responses((status = 201, body = FirstAidCheck), ProblemResponses)
)]
#[post("/huts/{id}/first-aid-box/checks")]
pub(super) async fn check_first_aid_box(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    body: Json<NewFirstAidCheck>,
) -> ApiResult<HttpResponse> {
    let check = first_aid::check(&state, InCharge::new(&caller, &request), *id, body.into_inner()).await?;
    Ok(personal::json(StatusCode::CREATED, &check))
}

/// Lists the looks through the first-aid box of a hut.
#[utoipa::path(
    tag = "huts",
    params(("id" = Uuid, Path, description = "Id of the hut"), PageParameters),
    security(("access_token" = [])),
    responses((status = 200, body = FirstAidCheckList), ProblemResponses)
)]
#[get("/huts/{id}/first-aid-box/checks")]
pub(super) async fn list_first_aid_checks(
    caller: Permitted<KeepHuts>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    parameters: Query<PageParameters>,
) -> ApiResult<HttpResponse> {
    let page = Page::read(&parameters)?;
    let list = first_aid::list(&state, &InCharge::new(&caller, &request), *id, page).await?;
    Ok(personal::json(StatusCode::OK, &list))
}
