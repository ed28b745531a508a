use chrono::{DateTime, Months, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::IntoParams;

use super::build::Days;
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{given, wrong};
use crate::people::age::civil_day;

/// Longest report.
const MOST_DAYS: i64 = 366;
/// What a report covers where nothing is said.
const USUAL: Months = Months::new(3);
const DAY: &str = "请填写日期，例如 2026-11-25。";

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DayParameters {
    /// First day in China.
    #[param(value_type = Option<NaiveDate>)]
    from: Option<String>,
    /// Last day in China, included; today where it is missing.
    #[param(value_type = Option<NaiveDate>)]
    to: Option<String>,
}

impl DayParameters {
    /// For a report: three months where nothing is said, a year at most.
    pub(super) fn of_report(&self, now: DateTime<Utc>) -> ApiResult<Days> {
        let last = self.last(now)?;
        let first = match self.first()? {
            Some(first) => first,
            None => last.checked_sub_months(USUAL).unwrap_or(last),
        };
        let days = in_order(first, last)?;
        if (days.last - days.first).num_days() >= MOST_DAYS {
            return Err(ApiError::bad_parameter(
                "from",
                "报告最多包含一年的记录，请缩短时间；全部记录可以导出表格。",
            ));
        }
        Ok(days)
    }

    /// For the table: everything where nothing is said.
    pub(super) fn of_table(&self, now: DateTime<Utc>) -> ApiResult<Days> {
        in_order(self.first()?.unwrap_or_default(), self.last(now)?)
    }

    fn first(&self) -> ApiResult<Option<NaiveDate>> {
        given(self.from.as_deref()).map(|text| day("from", text)).transpose()
    }

    fn last(&self, now: DateTime<Utc>) -> ApiResult<NaiveDate> {
        given(self.to.as_deref()).map_or_else(|| Ok(civil_day(now)), |text| day("to", text))
    }
}

fn in_order(first: NaiveDate, last: NaiveDate) -> ApiResult<Days> {
    if first > last {
        return Err(ApiError::bad_parameter("from", "开始日期不能晚于结束日期。"));
    }
    Ok(Days { first, last })
}

fn day(name: &str, text: &str) -> ApiResult<NaiveDate> {
    let day =
        text.parse::<NaiveDate>().ok().filter(|day| (1900..2200).contains(&chrono::Datelike::year(day)));
    day.ok_or_else(|| wrong(name, DAY))
}
