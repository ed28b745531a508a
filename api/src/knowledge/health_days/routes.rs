use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use chrono::Datelike;

use super::dto::{HealthDayList, HealthDaysParameters};
use super::service;
use crate::error::ApiResult;
use crate::http::parameters::{given, wrong};
use crate::http::ready::{ASK_EACH_TIME, Ready};
use crate::knowledge::query as common;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Lists the health days of a year by date.
#[utoipa::path(
    tag = "knowledge",
    params(HealthDaysParameters),
    responses(
        (status = 200, body = HealthDayList, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/health-days")]
pub(super) async fn list_health_days(
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<HealthDaysParameters>,
) -> ApiResult<HttpResponse> {
    let knowledge = state.knowledge.at(state.clock.now());
    let year = match given(parameters.year.as_deref()) {
        None => common::civil_time(&state, None).date().year(),
        Some(text) => year(text)?,
    };
    let list = HealthDayList { items: service::of_year(&knowledge, year), next: None, year };
    Ok(Ready::json(&list)?.answer(&request, ASK_EACH_TIME))
}

fn year(text: &str) -> ApiResult<i32> {
    let year = text.parse().ok().filter(|year| (2000..=2100).contains(year));
    year.ok_or_else(|| wrong("year", "请填写 2000 到 2100 的年份，例如 year=2026。"))
}
