use actix_web::http::header::HeaderValue;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use geodata::Datum;

use super::desk;
use super::dto::{CoverageParameters, CoverageReport};
use super::question::{Asked, Question};
use crate::error::ApiResult;
use crate::map::phone::answer;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// The map changes, but nobody watches the figure by the minute.
const A_WHILE: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// Tells from how much of a region, and for how many of its people, places are near enough.
///
/// The figure is an estimate from the map and never that of a survey. Numbers of fewer than ten people are `null`, and
/// those from which fewer than five could be worked out. Numbers of people but the total of the region are told to ten,
/// rounded down, so differences between answers are good to ten people only. 503 while many others are being computed.
#[utoipa::path(
    tag = "map",
    params(CoverageParameters),
    responses(
        (status = 200, body = CoverageReport, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/coverage")]
pub(super) async fn get_coverage(
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<CoverageParameters>,
) -> ApiResult<HttpResponse> {
    let asked = Asked {
        region: parameters.region.as_deref(),
        layers: parameters.layers.as_deref(),
        preset: parameters.preset.as_deref(),
        kinds_at_least: parameters.kinds_at_least.as_deref(),
        next_sites: parameters.next_sites.as_deref(),
    };
    let question = Question::read(&asked, &state.map.current(), &state.regions.current())?;
    let body = desk::answer(&state, question).await?;
    Ok(answer::public(&request, Datum::Wgs84, A_WHILE, body.to_vec()))
}
