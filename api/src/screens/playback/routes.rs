use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde_json::Value;
use uuid::Uuid;

use super::dto::{Heartbeat, PlayReport, PlaysTaken, ScreenStatistics, StatisticsParameters};
use super::{heartbeat, plays, statistics};
use crate::error::ApiResult;
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::ManageScreens;
use crate::openapi::ProblemResponses;
use crate::screens::device::PairedScreen;
use crate::screens::in_charge::InCharge;
use crate::screens::registry::service::row;
use crate::state::AppState;

/// Tells that a player lives. Once a minute; a screen not heard of for five minutes is offline.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the screen")),
    request_body = Heartbeat,
    security(("screen_token" = [])),
    responses((status = 204, description = "Noted"), ProblemResponses)
)]
#[post("/screens/{id}/heartbeat")]
pub(super) async fn beat(
    screen: PairedScreen,
    state: Data<AppState>,
    _id: Path<Uuid>,
    body: Json<Heartbeat>,
) -> ApiResult<HttpResponse> {
    heartbeat::note(&state, screen.row.id, body.into_inner()).await?;
    Ok(personal::nothing())
}

/// Takes what a player played: at most 500 at once, each with an id of the player's choice.
///
/// A batch may be sent again as often as its answer is lost. One wrong play is told in `rejected` and does
/// not stop the others. Times in the future are taken as now.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the screen")),
    request_body = Vec<PlayReport>,
    security(("screen_token" = [])),
    responses((status = 200, body = PlaysTaken), ProblemResponses)
)]
#[post("/screens/{id}/plays")]
pub(super) async fn report_plays(
    screen: PairedScreen,
    state: Data<AppState>,
    _id: Path<Uuid>,
    body: Json<Vec<Value>>,
) -> ApiResult<HttpResponse> {
    let taken = plays::take(&state, screen.row.id, body.into_inner()).await?;
    Ok(personal::json(StatusCode::OK, &taken))
}

/// Tells what a screen played, by hour or day and item.
#[utoipa::path(
    tag = "screens",
    params(("id" = Uuid, Path, description = "Id of the screen"), StatisticsParameters),
    security(("access_token" = [])),
    responses((status = 200, body = ScreenStatistics), ProblemResponses)
)]
#[get("/screens/{id}/statistics")]
pub(super) async fn get_screen_statistics(
    caller: Permitted<ManageScreens>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    parameters: Query<StatisticsParameters>,
) -> ApiResult<HttpResponse> {
    let row = row(&state, &InCharge::new(&caller, &request), *id).await?;
    Ok(personal::json(StatusCode::OK, &statistics::of(&state, &row, &parameters).await?))
}
