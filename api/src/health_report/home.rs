//! The seven days at home in a report.

use chrono::Datelike;
use uuid::Uuid;

use super::build::Days;
use super::content::{HomeSheet, Verdict};
use crate::error::ApiResult;
use crate::records::{HomeMean, HomeWeek, newest_home_week};
use crate::state::AppState;

/// The newest week at home of these days; `None` where there is none with a mean.
pub(super) async fn sheet(state: &AppState, person_id: Uuid, days: Days) -> ApiResult<Option<HomeSheet>> {
    let week = newest_home_week(state, person_id, days.last).await?;
    Ok(week.filter(|week| days.hold(week.from)).as_ref().and_then(sheet_of))
}

fn sheet_of(week: &HomeWeek) -> Option<HomeSheet> {
    let mean = week.mean.as_ref()?;
    let whole_days =
        week.days.iter().filter(|day| day.counts && day.morning.is_some() && day.evening.is_some()).count();
    let (from, to) = (week.from.format("%Y-%m-%d"), week.to.format("%Y-%m-%d"));
    let mut facts = vec![
        format!("{from} 至 {to}，早晚在家测量。第一天不计入，其余 6 天中有 {whole_days} 天早晚都量了。"),
        format!("平均 {}。", told(mean)),
    ];
    if let (Some(morning), Some(evening)) = (&week.morning, &week.evening) {
        facts.push(format!("早上平均 {}；晚上平均 {}。", told(morning), told(evening)));
    }
    if !week.complete {
        facts.push("还没有量满 7 天，平均值只供参考。".to_owned());
    }
    let verdict = week.found().map(|(level, explanation)| Verdict {
        level,
        label: format!("{}：{}", explanation.title, explanation.label),
        text: format!("{}{}", explanation.meaning, explanation.advice),
        source: explanation.source.clone(),
    });
    let cell = |mean: Option<&HomeMean>| mean.map_or_else(|| "—".to_owned(), told);
    let rows = week.days.iter().map(|day| {
        let remark = if day.counts { "" } else { "不计入平均" };
        let on = format!("{}月{}日", day.day.month(), day.day.day());
        [on, cell(day.morning.as_ref()), cell(day.evening.as_ref()), remark.to_owned()]
    });
    Some(HomeSheet { facts, verdict, rows: rows.collect() })
}

fn told(mean: &HomeMean) -> String {
    format!("{}/{} mmHg（{} 次）", mean.systolic, mean.diastolic, mean.readings)
}
