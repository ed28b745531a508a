use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};

use super::dto::{Home, HomeParameters};
use super::service;
use crate::error::ApiResult;
use crate::http::ready::ASK_EACH_TIME;
use crate::openapi::ProblemResponses;
use crate::regions;
use crate::state::AppState;

/// Gives everything the first screen shows, in one call.
#[utoipa::path(
    tag = "knowledge",
    params(HomeParameters),
    responses(
        (status = 200, body = Home, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/home")]
pub(super) async fn get_home(
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<HomeParameters>,
) -> ApiResult<HttpResponse> {
    let region = regions::asked(&state.regions.current(), parameters.region.as_deref())?;
    Ok(service::ready(&state, region)?.answer(&request, ASK_EACH_TIME))
}
