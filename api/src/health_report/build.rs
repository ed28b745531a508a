//! What a report tells, from the readings.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Asia::Shanghai;
use entity::measurement::Source;
use entity::person::{self, Sex};

use super::content::{Chart, Report, Row, Section, Series, Verdict};
use super::home;
use crate::assessment::{Band, Bands, Level, Meal, Quantity, Setting, Subject};
use crate::error::ApiResult;
use crate::people::age::{civil_day, full_years};
use crate::people::profile;
use crate::records::metrics::{Component, Metric};
use crate::records::readings::{self, Arm, Posture, Reading};
use crate::state::AppState;

/// Most values of one metric that are listed.
const MOST_ROWS: usize = 20;
/// Most points of one line; more cannot be told apart on paper.
const MOST_POINTS: usize = 400;

/// Whose report it is.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'p> {
    /// The person.
    pub person: &'p person::Model,
    /// When they were born, where it is known.
    pub birth_date: Option<NaiveDate>,
}

/// Days in China, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub first: NaiveDate,
    /// The last.
    pub last: NaiveDate,
}

impl Days {
    /// First instant, and the first after.
    pub fn instants(self) -> (DateTime<Utc>, DateTime<Utc>) {
        let midnight = |day: NaiveDate| {
            let start = Shanghai.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest();
            start.map_or(DateTime::UNIX_EPOCH, |start| start.to_utc())
        };
        (midnight(self.first), midnight(self.last + TimeDelta::days(1)))
    }

    /// Whether a day lies within.
    pub fn hold(self, day: NaiveDate) -> bool {
        (self.first..=self.last).contains(&day)
    }
}

/// Puts together what was measured on these days.
///
/// # Errors
/// When the database fails or a cell is damaged.
pub async fn build(state: &AppState, whose: Whose<'_>, days: Days, now: DateTime<Utc>) -> ApiResult<Report> {
    let reader = state.database.reader();
    let name = profile::name(reader, &state.vault, whose.person).await?;
    let subject = Subject { sex: whose.person.sex, birth_date: whose.birth_date, pregnancy: None };
    let bands = state.assessment.current();
    let (from, until) = days.instants();
    let mut sections = Vec::new();
    for metric in state.catalogue.metrics().iter().filter(|metric| !metric.derived) {
        let of = (whose.person.id, metric.code.as_str());
        let found = readings::in_range(state, reader, of, from, until).await?;
        let metric = Measured { metric, bands: &bands, subject: &subject, days };
        sections.extend(metric.section(&found));
    }
    if let Some(section) = sections.iter_mut().find(|section| section.metric == "blood_pressure") {
        section.home_week = home::sheet(state, whose.person.id, days).await?;
    }
    Ok(Report {
        name: name.unwrap_or_default(),
        about: about(&subject, now),
        span: format!("{} 至 {}", days.first.format("%Y-%m-%d"), days.last.format("%Y-%m-%d")),
        made_at: now.with_timezone(&Shanghai).format("%Y-%m-%d %H:%M").to_string(),
        sections,
    })
}

fn about(subject: &Subject, now: DateTime<Utc>) -> String {
    let sex = match subject.sex {
        Sex::Female => Some("女".to_owned()),
        Sex::Male => Some("男".to_owned()),
        Sex::Unknown => None,
    };
    let age = subject.birth_date.map(|born| format!("{} 岁", full_years(born, civil_day(now))));
    sex.into_iter().chain(age).collect::<Vec<_>>().join("，")
}

/// One metric of one person.
struct Measured<'m> {
    metric: &'m Metric,
    bands: &'m Bands,
    subject: &'m Subject,
    days: Days,
}

impl Measured<'_> {
    /// `None` where nothing was measured. Readings come in the order of time.
    fn section(&self, found: &[Reading]) -> Option<Section> {
        let latest = found.last()?;
        let unit = self.metric.components.first().map(|component| component.unit_name.clone());
        Some(Section {
            metric: self.metric.code.clone(),
            title: self.metric.name.clone(),
            unit: unit.unwrap_or_default(),
            facts: self.facts(found, latest),
            home_week: None,
            verdict: self.verdict(latest),
            chart: self.chart(found),
            rows: found.iter().rev().take(MOST_ROWS).map(|reading| self.row(reading)).collect(),
            more: found.len().saturating_sub(MOST_ROWS),
        })
    }

    fn facts(&self, found: &[Reading], latest: &Reading) -> Vec<String> {
        let mean = self.metric.text(|component| {
            let values = || found.iter().filter_map(|reading| reading.content.as_ref()?.steps(component));
            let count = i64::try_from(values().count()).ok().filter(|count| *count > 0)?;
            Some((2 * values().sum::<i64>() + count).div_euclid(2 * count))
        });
        let mut facts = vec![format!("共 {} 次，平均 {mean}。", found.len())];
        for component in self.metric.components.iter().filter(|component| component.required) {
            let values =
                || found.iter().filter_map(|reading| reading.content.as_ref()?.steps(&component.code));
            if let (Some(low), Some(high)) = (values().min(), values().max()) {
                let (low, high) = (component.text(low), component.text(high));
                facts.push(format!("{}最低 {low}，最高 {high} {}。", component.name, component.unit_name));
            }
        }
        let at = local(latest).format("%Y-%m-%d %H:%M");
        facts.push(format!("最近一次 {at}：{}。", self.value(latest)));
        facts
    }

    fn value(&self, reading: &Reading) -> String {
        self.metric.text(|component| reading.content.as_ref()?.steps(component))
    }

    fn verdict(&self, latest: &Reading) -> Option<Verdict> {
        let finding = latest.content.as_ref()?.findings.first()?;
        let told = self.bands.explain(finding);
        Some(Verdict {
            level: finding.level,
            label: format!("{}：{}", told.title, told.label),
            text: format!("{}{}", told.meaning, told.advice),
            source: told.source,
        })
    }

    fn row(&self, reading: &Reading) -> Row {
        let finding = reading.content.as_ref().and_then(|content| content.findings.first());
        Row {
            at: local(reading),
            value: self.value(reading),
            label: finding.map(|finding| self.bands.explain(finding).label).unwrap_or_default(),
            level: finding.map_or(Level::Usual, |finding| finding.level),
            how: how(reading),
        }
    }

    fn chart(&self, found: &[Reading]) -> Option<Chart> {
        if found.len() < 2 {
            return None;
        }
        let every = found.len().div_ceil(MOST_POINTS);
        let at_home = |reading: &Reading| matches!(reading.row.source, Source::Own | Source::Device);
        let setting = if found.iter().all(at_home) { Setting::Home } else { Setting::Office };
        let mut series = Vec::new();
        for component in self.metric.components.iter().filter(|component| component.required) {
            let point = |reading: &Reading| {
                let steps = reading.content.as_ref()?.steps(&component.code)?;
                Some((reading.row.measured_at, component.value(steps)))
            };
            let points = found.iter().step_by(every).filter_map(point).collect();
            let usual = self.usual(component, setting);
            series.push(Series { name: component.name.clone(), points, usual });
        }
        Some(Chart {
            from_ms: found.first()?.row.measured_at,
            until_ms: found.last()?.row.measured_at,
            series,
        })
    }

    /// Where a number is usual, for this person on the last of the days.
    fn usual(&self, component: &Component, setting: Setting) -> Option<(Option<f64>, Option<f64>)> {
        let Self { bands, subject, days, .. } = self;
        let shading = |quantity| bands.shading(subject, days.last, quantity, setting);
        let found = match self.metric.code.as_str() {
            "blood_pressure" if component.code == "systolic" => shading(Quantity::Systolic),
            "blood_pressure" if component.code == "diastolic" => shading(Quantity::Diastolic),
            "heart_rate" => shading(Quantity::HeartRate),
            "respiration" => shading(Quantity::Respiration),
            "body_temperature" => shading(Quantity::Temperature),
            "waist" => shading(Quantity::Waist),
            "hba1c" => shading(Quantity::Hba1c),
            "total_cholesterol" => shading(Quantity::TotalCholesterol),
            "triglycerides" => shading(Quantity::Triglycerides),
            "ldl_cholesterol" => shading(Quantity::LdlCholesterol),
            "hdl_cholesterol" => shading(Quantity::HdlCholesterol),
            "oxygen_saturation" => shading(Quantity::OxygenSaturation),
            "uric_acid" => shading(Quantity::UricAcid),
            "glucose_fasting" => bands.shading_of_glucose(subject, days.last, Meal::Fasting),
            "glucose_after_meal" => bands.shading_of_glucose(subject, days.last, Meal::AfterMeal),
            "glucose_random" => bands.shading_of_glucose(subject, days.last, Meal::Random),
            _ => Vec::new(),
        };
        let (low, high) = usual_range(&found)?;
        Some((low.map(|steps| component.value(steps)), high.map(|steps| component.value(steps))))
    }
}

/// From the lowest to the highest usual limit, above what is called low.
fn usual_range(bands: &[&Band]) -> Option<(Option<i64>, Option<i64>)> {
    let usual: Vec<_> = bands.iter().filter(|band| band.level == Level::Usual).collect();
    let low = usual.iter().map(|band| band.limits.lower).min()?;
    let reaches_up = usual.iter().any(|band| band.limits.upper.is_none());
    let high = usual.iter().filter_map(|band| band.limits.upper).max().filter(|_| !reaches_up);
    let below = bands.iter().filter(|band| band.level > Level::Usual && band.limits.lower.is_none());
    let low = low.max(below.filter_map(|band| band.limits.upper).max());
    Some((low, high))
}

fn local(reading: &Reading) -> DateTime<FixedOffset> {
    let offset = FixedOffset::east_opt(reading.row.offset_min * 60).unwrap_or_else(|| Utc.fix());
    reading.measured_at().with_timezone(&offset)
}

/// Where a reading comes from, and how it was measured.
pub(super) fn how(reading: &Reading) -> String {
    let mut parts = vec![source_words(reading.row.source)];
    if let Some(content) = &reading.content {
        parts.extend(content.context.posture.map(posture_words));
        parts.extend(content.context.arm.map(arm_words));
    }
    parts.join(" ")
}

pub(super) fn source_words(source: Source) -> &'static str {
    match source {
        Source::Own => "自己记录",
        Source::Device => "家用设备",
        Source::Hut => "健康小屋",
        Source::Staff => "工作人员",
        Source::Import => "外部导入",
        Source::Wechat => "微信步数",
    }
}

pub(super) fn posture_words(posture: Posture) -> &'static str {
    match posture {
        Posture::Sitting => "坐位",
        Posture::Standing => "站位",
        Posture::Lying => "卧位",
        Posture::Reclining => "半卧位",
    }
}

pub(super) fn arm_words(arm: Arm) -> &'static str {
    match arm {
        Arm::Left => "左上臂",
        Arm::Right => "右上臂",
        Arm::LeftWrist => "左手腕",
        Arm::RightWrist => "右手腕",
    }
}
