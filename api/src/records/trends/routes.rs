use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::buckets::TrendBucket;
use super::dto::{HomeWeek, HomeWeekParameters, Trend, TrendParameters};
use super::service::{self, Span};
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{given, required, wrong};
use crate::http::personal;
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::people::age::civil_day;
use crate::records::{access, span};
use crate::state::AppState;

const A_DAY: &str = "请填写日期，例如 2026-11-29。";

/// Tells how one metric developed, by day, week or month, with the bands a chart is shaded with.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person"), TrendParameters),
    responses((status = 200, body = Trend), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/people/{id}/trends")]
pub(super) async fn get_trend(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<TrendParameters>,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let code = required("metric", asked.metric.as_deref(), "请填写要看的项目，例如 metric=blood_pressure。")?;
    let metric = span::metric(&state.catalogue, code)?;
    let span = span_of(&asked, now)?;
    let access = access::to_read(&state, &resident, id.into_inner(), now).await?;
    let subject = service::subject_of(&state, access.person_id()).await?;
    let trend = service::trend(&state, &subject, access.person_id(), metric, span).await?;
    Ok(personal::json(StatusCode::OK, &trend))
}

/// Tells the seven days of blood pressure at home, mornings and evenings, that doctors ask for.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person"), HomeWeekParameters),
    responses((status = 200, body = HomeWeek), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/people/{id}/trends/home-week")]
pub(super) async fn get_home_week(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<HomeWeekParameters>,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let last = day("ending", asked.ending.as_deref())?;
    let access = access::to_read(&state, &resident, id.into_inner(), now).await?;
    let week = match last {
        Some(last) => service::home_week(&state, access.person_id(), last).await?,
        None => service::newest_home_week(&state, access.person_id(), civil_day(now)).await?,
    };
    let week = week.ok_or_else(|| ApiError::bad_parameter("ending", A_DAY))?;
    Ok(personal::json(StatusCode::OK, &week))
}

fn span_of(asked: &TrendParameters, now: DateTime<Utc>) -> ApiResult<Span> {
    let bucket = match given(asked.bucket.as_deref()) {
        Some(word) => {
            TrendBucket::parse(word).ok_or_else(|| wrong("bucket", "请填写 day、week 或 month。"))?
        }
        None => TrendBucket::Day,
    };
    let (usual_days, most_days) = match bucket {
        TrendBucket::Day => (30, 400),
        TrendBucket::Week => (26 * 7, 260 * 7),
        TrendBucket::Month => (730, 240 * 31),
    };
    let to = day("to", asked.to.as_deref())?.unwrap_or_else(|| civil_day(now));
    let usual = to.checked_sub_signed(TimeDelta::days(usual_days - 1)).unwrap_or(to);
    let from = day("from", asked.from.as_deref())?.unwrap_or(usual);
    let days = (to - from).num_days() + 1;
    if !(1..=most_days).contains(&days) {
        let detail = format!("请检查起止日期：结束不能早于开始，按这个间隔最多看 {most_days} 天。");
        return Err(ApiError::bad_parameter("from", detail));
    }
    Ok(Span { from, to, bucket })
}

fn day(name: &str, text: Option<&str>) -> ApiResult<Option<NaiveDate>> {
    given(text).map(|text| text.parse().map_err(|_no_day| wrong(name, A_DAY))).transpose()
}
