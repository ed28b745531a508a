//! Query parameters that several addresses have: a metric, and from when to when.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Asia::Shanghai;

use super::metrics::{Catalogue, Metric};
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{given, wrong};

/// A metric of the catalogue.
///
/// # Errors
/// 400 where there is none like it.
pub(super) fn metric<'c>(catalogue: &'c Catalogue, code: &str) -> ApiResult<&'c Metric> {
    catalogue.metric(code).ok_or_else(|| wrong("metric", "请填写 /api/v1/metrics-catalogue 里的项目代码。"))
}

/// The instant from which on; a day begins at midnight in China.
pub(super) fn from(text: Option<&str>) -> ApiResult<Option<DateTime<Utc>>> {
    given(text).map(|text| instant("from", text, 0)).transpose()
}

/// The instant before which; a day counts to its end, an instant is included.
pub(super) fn until(text: Option<&str>) -> ApiResult<Option<DateTime<Utc>>> {
    given(text).map(|text| instant("to", text, 1)).transpose()
}

fn instant(name: &str, text: &str, later: i64) -> ApiResult<DateTime<Utc>> {
    if let Ok(day) = text.parse::<NaiveDate>()
        && let Some(start) = day.checked_add_signed(TimeDelta::days(later)).and_then(start_of)
    {
        return Ok(start);
    }
    let at = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc() + TimeDelta::milliseconds(later));
    at.map_err(|_neither| -> ApiError {
        wrong(name, "请填写日期，例如 2026-11-29，或带时区的时间。")
    })
}

/// Midnight at the beginning of a day in China, where no clocks are changed any more.
pub(super) fn start_of(day: NaiveDate) -> Option<DateTime<Utc>> {
    Shanghai.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest().map(|start| start.to_utc())
}
