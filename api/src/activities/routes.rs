use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use chrono::NaiveDate;
use entity::activity::Kind;

use super::dto::{ActivitiesParameters, ActivityDetail, ActivityList};
use super::listing::{self, Cursor, Filter};
use super::no_such_activity;
use crate::error::ApiResult;
use crate::http::parameters::{self, Limit, given, wrong};
use crate::http::ready::{ASK_EACH_TIME, Ready};
use crate::openapi::ProblemResponses;
use crate::regions;
use crate::state::AppState;

const LIST_LIMIT: Limit = Limit { default: 20, most: 100 };

/// Lists activities in the order of their start.
///
/// Numbers of seats may be a second old; the answer to a sign-up is the only truth.
#[utoipa::path(
    tag = "activities",
    params(ActivitiesParameters),
    responses(
        (status = 200, body = ActivityList, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/activities")]
pub(super) async fn list_activities(
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<ActivitiesParameters>,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let regions = state.regions.current();
    let filter = Filter {
        kind: kind(parameters.kind.as_deref())?,
        region: regions::asked(&state.regions.current(), parameters.region.as_deref())?,
        from: day("from", parameters.from.as_deref())?,
        to: day("to", parameters.to.as_deref())?,
        open: flag("open", parameters.open.as_deref())?,
    };
    let after = Cursor::read(parameters.cursor.as_deref())?;
    let limit = parameters::limit(parameters.limit.as_deref(), LIST_LIMIT)?;
    let page = state.activities.page(request.query_string(), now, |activities| {
        Ready::json(&listing::page(activities, &regions, &filter, (after, limit), now))
    })?;
    Ok(page.answer(&request, ASK_EACH_TIME))
}

/// Gives one activity with everything its page needs.
#[utoipa::path(
    tag = "activities",
    params(("id" = i32, Path, description = "Number of the activity")),
    responses(
        (status = 200, body = ActivityDetail, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/activities/{id}")]
pub(super) async fn get_activity(
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
) -> ApiResult<HttpResponse> {
    let activities = state.activities.current();
    let id = id.parse().map_err(|_not_a_number| no_such_activity())?;
    let activity = activities.get(id).ok_or_else(no_such_activity)?;
    Ok(Ready::json(&listing::detail(activity, state.clock.now()))?.answer(&request, ASK_EACH_TIME))
}

/// Reads `kind`.
pub(super) fn kind(text: Option<&str>) -> ApiResult<Option<Kind>> {
    Ok(match given(text) {
        None => None,
        Some("lecture") => Some(Kind::Lecture),
        Some("training") => Some(Kind::Training),
        Some("fitness") => Some(Kind::Fitness),
        Some("screening") => Some(Kind::Screening),
        Some("campaign") => Some(Kind::Campaign),
        Some(_) => {
            let expected = "请填写 lecture、training、fitness、screening 或 campaign。";
            return Err(wrong("kind", expected));
        }
    })
}

fn day(name: &str, text: Option<&str>) -> ApiResult<Option<NaiveDate>> {
    let Some(text) = given(text) else {
        return Ok(None);
    };
    let day = text.parse::<NaiveDate>().ok();
    // Days that no calendar of people knows would overflow.
    let sensible = |day: &NaiveDate| (1900..=2200).contains(&chrono::Datelike::year(day));
    let day = day.filter(sensible);
    day.map(Some).ok_or_else(|| wrong(name, "请填写日期，例如 2026-11-28。"))
}

fn flag(name: &str, text: Option<&str>) -> ApiResult<Option<bool>> {
    given(text)
        .map(|text| text.parse().map_err(|_not_a_flag| wrong(name, "请填写 true 或 false。")))
        .transpose()
}
