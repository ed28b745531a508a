use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, post};
use uuid::Uuid;

use super::access::PersonAccess;
use super::dto::{HandOverOffer, Person, ReceivedCode};
use super::scope::Scope;
use super::{hand_over, service};
use crate::error::ApiResult;
use crate::http::personal;
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Makes a code with which somebody of the family, from 14 on, takes over their record with their own
/// account. It works once within 24 hours; a new one replaces it.
#[utoipa::path(
    tag = "people",
    params(("id" = Uuid, Path, description = "Id of the person")),
    responses((status = 201, body = HandOverOffer), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/me/people/{id}/hand-over")]
pub(super) async fn offer_hand_over(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let (id, now) = (id.into_inner(), state.clock.now());
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    let offer = database
        .write(move |transaction| {
            let state = state.clone();
            Box::pin(async move { hand_over::offer(transaction, &state, &resident, id, now).await })
        })
        .await?;
    Ok(personal::json(StatusCode::CREATED, &offer))
}

/// Takes over one's own record from whoever kept it. The account must hold nothing of its own yet.
#[utoipa::path(
    tag = "people",
    request_body = ReceivedCode,
    responses((status = 200, body = Person), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/me/hand-over/accept")]
pub(super) async fn accept_hand_over(
    state: Data<AppState>,
    resident: Resident,
    body: Json<ReceivedCode>,
) -> ApiResult<HttpResponse> {
    let (body, now) = (body.into_inner(), state.clock.now());
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    let person = database
        .write(move |transaction| {
            let (state, body) = (state.clone(), body.clone());
            Box::pin(async move {
                let viewer = hand_over::accept(transaction, &state, &resident, &body.code, now).await?;
                let person_id = viewer.person_id;
                let access =
                    PersonAccess::open(transaction, &state.vault, &viewer, person_id, Scope::Profile, now)
                        .await?;
                service::show(transaction, &state, &access).await
            })
        })
        .await?;
    Ok(personal::json(StatusCode::OK, &person))
}
