use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};

use super::dto::ScreenAlarmList;
use super::service;
use crate::error::ApiResult;
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::ManageScreens;
use crate::openapi::ProblemResponses;
use crate::screens::in_charge::Page;
use crate::screens::registry::dto::PageParameters;
use crate::state::AppState;

/// Lists the screens of one's regions that went silent and were not heard of since.
///
/// A screen comes here once it has been silent for five minutes between 09:00 and 18:00 of a weekday, and stays
/// until it is heard of again, unpaired or retired.
#[utoipa::path(
    tag = "screens",
    params(PageParameters),
    security(("access_token" = [])),
    responses((status = 200, body = ScreenAlarmList), ProblemResponses)
)]
#[get("/screen-alarms")]
pub(super) async fn list_screen_alarms(
    caller: Permitted<ManageScreens>,
    state: Data<AppState>,
    parameters: Query<PageParameters>,
) -> ApiResult<HttpResponse> {
    let page = Page::read(parameters.cursor.as_deref(), parameters.limit.as_deref())?;
    Ok(personal::json(StatusCode::OK, &service::list(&state, caller.scope(), page).await?))
}
