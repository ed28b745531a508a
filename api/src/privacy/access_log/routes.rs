use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};

use super::dto::{AccessReadingList, ReadingParameters};
use super::service;
use crate::error::{ApiError, ApiResult};
use crate::http::personal;
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::people::{PersonAccess, Scope};
use crate::state::AppState;

/// Tells who of the staff or the family read what of a person, when and why.
#[utoipa::path(
    tag = "privacy",
    params(ReadingParameters),
    responses((status = 200, body = AccessReadingList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/me/access-log")]
pub(super) async fn list_readings(
    state: Data<AppState>,
    resident: Resident,
    parameters: Query<ReadingParameters>,
) -> ApiResult<HttpResponse> {
    let limit = parameters.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(ApiError::bad_parameter("limit", "参数 limit 请填写 1 到 100 的整数。"));
    }
    let person_id = parameters.person.unwrap_or(resident.person_id);
    let (reader, now) = (state.database.reader(), state.clock.now());
    let access = PersonAccess::open(reader, &state.vault, &resident, person_id, Scope::Manage, now).await?;
    let page = service::page(&state, &access, limit, parameters.cursor).await?;
    Ok(personal::json(StatusCode::OK, &page))
}
