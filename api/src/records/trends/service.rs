use std::collections::BTreeMap;

use chrono::{FixedOffset, NaiveDate, TimeDelta};
use entity::person;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::buckets::{Sums, TrendBucket, sum_up};
use super::dto::{HomeDay, HomeMean, HomeWeek, Trend, TrendFigures, TrendPoint};
use super::home::{self, Mean, Taken, Week};
use super::shading;
use crate::assessment::{About, Bands, Finding, Measured, Setting, Subject, Values};
use crate::error::{ApiError, ApiResult};
use crate::people::age::civil_day;
use crate::people::{no_such_person, profile};
use crate::records::digest::is_home;
use crate::records::metrics::{Component, Metric};
use crate::records::pregnancy;
use crate::records::readings::{AssessmentView, Reading, in_range};
use crate::records::span::start_of;
use crate::state::AppState;

/// Never entered: it is found with each weight, where a height is known.
const BMI: &str = "bmi";
const WEIGHT: &str = "weight";

/// From when to when, both days included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) bucket: TrendBucket,
}

/// How one metric of a person developed.
pub(super) async fn trend(
    state: &AppState,
    subject: &Subject,
    person_id: Uuid,
    metric: &Metric,
    span: Span,
) -> ApiResult<Trend> {
    let measured = if metric.code == BMI { WEIGHT } else { &metric.code };
    let readings = of_days(state, (person_id, measured), span.from, span.to).await?;
    let values = || readings.iter().flat_map(|reading| values_of(metric, reading));
    let spans = sum_up(span.bucket, values());
    let overall =
        sum_up(TrendBucket::Day, values().map(|(_, component, steps)| (span.from, component, steps)));
    let bands = state.assessment.current();
    let shades = metric.components.iter().map(|component| {
        let shades = shading::shades(&bands, subject, span.to, &metric.code, component);
        (component.code.clone(), shades)
    });
    Ok(Trend {
        metric: metric.code.clone(),
        name: metric.name.clone(),
        bucket: span.bucket,
        from: span.from,
        to: span.to,
        units: metric
            .components
            .iter()
            .map(|component| (component.code.clone(), component.ucum.clone()))
            .collect(),
        points: spans
            .into_iter()
            .map(|(start, sums)| TrendPoint { start, values: figures(metric, &sums) })
            .collect(),
        overall: overall.values().next().map(|sums| figures(metric, sums)).unwrap_or_default(),
        bands: shades.filter(|(_, shades)| !shades.is_empty()).collect(),
    })
}

/// The person as standards tell persons apart.
pub(super) async fn subject_of(state: &AppState, person_id: Uuid) -> ApiResult<Subject> {
    let reader = state.database.reader();
    let person = person::Entity::find_by_id(person_id).one(reader).await?.ok_or_else(no_such_person)?;
    let birth_date = profile::birth_date(reader, &state.vault, &person).await?;
    let told = pregnancy::of_person(state, reader, person_id).await?;
    let pregnancy = told.map(|told| told.for_bands(None, None));
    Ok(Subject { sex: person.sex, birth_date, pregnancy })
}

async fn of_days(
    state: &AppState,
    whose: (Uuid, &str),
    from: NaiveDate,
    to: NaiveDate,
) -> ApiResult<Vec<Reading>> {
    let after = to.checked_add_signed(TimeDelta::days(1)).and_then(start_of);
    let (Some(start), Some(end)) = (start_of(from), after) else {
        return Err(ApiError::bad_parameter("from", "请填写日期，例如 2026-11-01。"));
    };
    in_range(state, state.database.reader(), whose, start, end).await
}

fn values_of<'m>(metric: &'m Metric, reading: &Reading) -> Vec<(NaiveDate, &'m str, i64)> {
    let day = civil_day(reading.measured_at());
    let Some(content) = &reading.content else {
        return Vec::new();
    };
    let found = || content.findings.iter().find(|finding| finding.about == About::Bmi)?.value;
    let value = |component: &'m Component| {
        let steps = if metric.code == BMI { found() } else { content.steps(&component.code) };
        steps.map(|steps| (day, component.code.as_str(), steps))
    };
    metric.components.iter().filter_map(value).collect()
}

fn figures(metric: &Metric, sums: &BTreeMap<&str, Sums>) -> BTreeMap<String, TrendFigures> {
    let told = |component: &Component| {
        let sums = sums.get(component.code.as_str())?;
        let figures = TrendFigures {
            count: sums.count,
            mean: component.value(sums.mean()),
            least: component.value(sums.least),
            most: component.value(sums.most),
        };
        Some((component.code.clone(), figures))
    };
    metric.components.iter().filter_map(told).collect()
}

/// The week at home that ends with a day; `None` where no calendar has it.
pub(super) async fn home_week(
    state: &AppState,
    person_id: Uuid,
    last: NaiveDate,
) -> ApiResult<Option<HomeWeek>> {
    let Some(first) = last.checked_sub_signed(TimeDelta::days(home::DAYS - 1)) else {
        return Ok(None);
    };
    let taken = taken_at_home(state, person_id, first, last).await?;
    view_of(state, person_id, &taken, (first, last)).await.map(Some)
}

/// The week at home that is shown on a day: the newest that was finished within seven days, else the one that
/// ends with the day.
pub(crate) async fn newest_home_week(
    state: &AppState,
    person_id: Uuid,
    today: NaiveDate,
) -> ApiResult<Option<HomeWeek>> {
    let before = |day: NaiveDate, days: i64| day.checked_sub_signed(TimeDelta::days(days));
    let Some(earliest) = before(today, 2 * home::DAYS - 2) else {
        return Ok(None);
    };
    let taken = taken_at_home(state, person_id, earliest, today).await?;
    let last = home::last_day(&taken, today);
    let first = before(last, home::DAYS - 1).unwrap_or(earliest);
    let of_week: Vec<Taken> = taken.into_iter().filter(|taken| (first..=last).contains(&taken.day)).collect();
    view_of(state, person_id, &of_week, (first, last)).await.map(Some)
}

async fn taken_at_home(
    state: &AppState,
    person_id: Uuid,
    first: NaiveDate,
    last: NaiveDate,
) -> ApiResult<Vec<Taken>> {
    let readings = of_days(state, (person_id, "blood_pressure"), first, last).await?;
    Ok(readings.iter().filter(|reading| is_home(reading.row.source)).filter_map(taken_of).collect())
}

async fn view_of(
    state: &AppState,
    person_id: Uuid,
    taken: &[Taken],
    (first, last): (NaiveDate, NaiveDate),
) -> ApiResult<HomeWeek> {
    let week = home::week(taken, last);
    let subject = subject_of(state, person_id).await?;
    let bands = state.assessment.current();
    let found = week.mean.map(|mean| {
        let values = Values {
            systolic_mmhg: Some(mean.systolic),
            diastolic_mmhg: Some(mean.diastolic),
            ..Values::default()
        };
        bands.assess(&subject, &Measured { setting: Setting::Home, ..Measured::on(last, values) })
    });
    let found = found.unwrap_or_default();
    let counted = taken.iter().filter(|taken| home::Half::of(taken.time).is_some()).count();
    Ok(HomeWeek {
        from: first,
        to: last,
        readings: counted,
        text: words(&week),
        complete: week.is_complete,
        mean: week.mean.map(mean_view),
        morning: week.morning.map(mean_view),
        evening: week.evening.map(mean_view),
        days: week.days.iter().map(day_view).collect(),
        assessment: found.iter().map(|finding| verdict(finding, &bands, week.is_complete)).collect(),
    })
}

/// What the mean means. Whoever has measured for a week need not be asked to.
fn verdict(finding: &Finding, bands: &Bands, is_complete: bool) -> AssessmentView {
    const AFTER_A_WEEK: &str = "这已经是七天的平均值，请带着这份记录去看医生。";
    let view = AssessmentView::new(finding, bands);
    if is_complete && finding.code == "home_raised" { view.advising(AFTER_A_WEEK) } else { view }
}

/// A reading by the clocks of its place.
fn taken_of(reading: &Reading) -> Option<Taken> {
    let content = reading.content.as_ref()?;
    let offset = FixedOffset::east_opt(reading.row.offset_min * 60)?;
    let at = reading.measured_at().with_timezone(&offset);
    Some(Taken {
        day: at.date_naive(),
        time: at.time(),
        systolic: content.steps("systolic")?,
        diastolic: content.steps("diastolic")?,
    })
}

fn mean_view(mean: Mean) -> HomeMean {
    HomeMean { systolic: mean.systolic, diastolic: mean.diastolic, readings: mean.readings }
}

fn day_view(day: &home::Day) -> HomeDay {
    HomeDay {
        day: day.day,
        counts: day.counts,
        morning: day.morning.map(mean_view),
        evening: day.evening.map(mean_view),
    }
}

fn words(week: &Week) -> String {
    const HOW: &str = "每天早上起床后、晚上睡觉前各量 2 到 3 次，第一天的不计入平均。";
    let is_whole = |day: &&home::Day| day.counts && day.morning.is_some() && day.evening.is_some();
    let missing = 6 - week.days.iter().filter(is_whole).count();
    match (week.mean, week.is_complete) {
        (Some(mean), true) => format!(
            "7 天家庭自测平均 {}/{} mmHg（第一天不计入）。可以把这张表给医生看。",
            mean.systolic, mean.diastolic
        ),
        (Some(mean), false) if missing > 0 => {
            format!("目前平均 {}/{} mmHg，还差 {missing} 天的早晚测量。{HOW}", mean.systolic, mean.diastolic)
        }
        (Some(mean), false) => format!(
            "目前平均 {}/{} mmHg，每次请至少量 2 次，一共至少 {} 次。{HOW}",
            mean.systolic,
            mean.diastolic,
            home::LEAST_READINGS
        ),
        (None, _) => format!("至少有 {} 天早晚都量过，才能算出平均血压。{HOW}", home::LEAST_DAYS),
    }
}
