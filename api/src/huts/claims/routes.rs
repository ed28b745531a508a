use actix_web::http::StatusCode;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse, post};

use super::dto::{ClaimedReadings, ReadingClaim};
use super::service;
use crate::error::ApiResult;
use crate::http::personal;
use crate::identity::caller::Resident;
use crate::identity::origin::Origin;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Puts what was measured in a hut into a record, with the code that stood on the slip. Sent again, it changes
/// nothing and gives the same answer. How often codes may be tried is limited.
#[utoipa::path(
    tag = "huts",
    request_body = ReadingClaim,
    security(("access_token" = [])),
    responses((status = 200, body = ClaimedReadings), ProblemResponses)
)]
#[post("/readings/claim")]
pub(super) async fn claim_reading(
    resident: Resident,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<ReadingClaim>,
) -> ApiResult<HttpResponse> {
    let claimed = service::claim(&state, resident, Origin::of(&request), body.into_inner()).await?;
    Ok(personal::json(StatusCode::OK, &claimed))
}
