use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};

use super::dto::{OfficerList, OfficersParameters};
use super::service;
use crate::error::ApiResult;
use crate::http::ready::Ready;
use crate::knowledge::query as common;
use crate::openapi::ProblemResponses;
use crate::regions;
use crate::state::AppState;

/// Lists the health officers of a region and of those below it.
#[utoipa::path(
    tag = "knowledge",
    params(OfficersParameters),
    responses(
        (status = 200, body = OfficerList, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/officers")]
pub(super) async fn list_officers(
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<OfficersParameters>,
) -> ApiResult<HttpResponse> {
    let knowledge = state.knowledge.at(state.clock.now());
    let region = regions::asked(&state.regions.current(), parameters.region.as_deref())?;
    let now = common::civil_time(&state, region);
    let items = service::list(&knowledge, &state.regions.current(), region, now);
    let cache_control = now.cache_control(service::changes_at(&items));
    Ok(Ready::json(&OfficerList { items, next: None })?.answer(&request, cache_control))
}
