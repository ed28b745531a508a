use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use anyhow::Context;
use geodata::network::Walker;

use super::dto::{MapReach, ReachParameters};
use super::reach::{self, ReachQuery};
use crate::error::ApiResult;
use crate::http::parameters::{given, wrong};
use crate::map::phone::{answer, query};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Minutes that may be asked for, and how many there are where none are.
const MINUTES: (u32, std::ops::RangeInclusive<u32>) = (15, 1..=30);

/// Tells what can be reached on foot from a position: areas for every five minutes, and what the largest of
/// them holds.
///
/// Walks follow streets and paths where a walking network is loaded; the areas stay on their side of a river.
/// Elsewhere `method` is `straight`, and the areas are circles. Nothing of the request is kept or logged,
/// since it tells where a person is.
#[utoipa::path(
    tag = "map",
    params(ReachParameters),
    responses(
        (status = 200, body = MapReach, headers(
            ("Kangtu-Datum" = String, description = "Datum of the coordinates")
        )),
        ProblemResponses
    )
)]
#[get("/reach")]
pub(super) async fn get_reach(
    state: Data<AppState>,
    parameters: Query<ReachParameters>,
) -> ApiResult<HttpResponse> {
    let datum = query::datum(parameters.datum.as_deref())?;
    let map = state.map.current_whole();
    let asked = ReachQuery {
        from: query::position(parameters.lon.as_deref(), parameters.lat.as_deref(), datum)?,
        minutes: minutes(parameters.minutes.as_deref())?,
        walker: walker(parameters.speed.as_deref())?,
        layers: query::layers(&map.snapshot, parameters.layers.as_deref())?,
        datum,
    };
    let walking = state.walking.at(&state.database, state.clock.now()).await?;
    let work = move || reach::answer(&map, &walking, &asked);
    let answered = tokio::task::spawn_blocking(work).await.context("a search was interrupted")??;
    Ok(answer::personal(datum, answer::json(&answered)?))
}

fn minutes(text: Option<&str>) -> ApiResult<u32> {
    let (usual, bounds) = MINUTES;
    let Some(text) = given(text) else { return Ok(usual) };
    let minutes = text.parse().ok().filter(|minutes| bounds.contains(minutes));
    minutes.ok_or_else(|| wrong("minutes", "请填写 1 到 30 的整数。"))
}

/// Reads `speed`; an adult where it is missing.
pub(in crate::map) fn walker(text: Option<&str>) -> ApiResult<Walker> {
    let Some(text) = given(text) else { return Ok(Walker::Adult) };
    Walker::named(text).ok_or_else(|| wrong("speed", "可选：adult（成人）、elder（老人）、child（儿童）。"))
}
