use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, Utc};
use entity::measurement;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::context::{Arm, Meal, Posture};
use crate::assessment::{Bands, Explanation, Finding, Level};

/// Readings, at most 200. Each is taken or refused by itself, also one that cannot be read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMeasurements {
    #[schema(value_type = Vec<NewMeasurement>, min_items = 1, max_items = 200)]
    pub(super) measurements: Vec<Box<RawValue>>,
}

/// One reading.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMeasurement {
    /// Made once on the phone for each reading and kept over retries: the same one is the same reading.
    pub(super) uid: Uuid,
    /// Code of `/metrics-catalogue`.
    #[schema(example = "blood_pressure")]
    pub(super) metric: String,
    /// Numbers by code of the component; `{"value": 5.6}` where there is only one.
    #[schema(value_type = BTreeMap<String, f64>, example = json!({"systolic": 128, "diastolic": 82, "pulse": 70}))]
    pub(super) values: BTreeMap<String, serde_json::Number>,
    /// Unit of the required numbers, by its code or its name (`jin` or `斤`); the first of the catalogue where it is
    /// missing.
    #[schema(example = "mm[Hg]")]
    pub(super) unit: Option<String>,
    /// When it was measured, with the offset of that place. May lie days back.
    #[schema(example = "2026-11-29T07:05:00+08:00")]
    pub(super) measured_at: DateTime<FixedOffset>,
    /// How well that is known.
    #[serde(default)]
    pub(super) clock: ClockQuality,
    /// `self` where it was typed, `device` where a device at home told it.
    #[serde(default)]
    pub(super) source: HomeSource,
    /// The device, where the phone knows it.
    pub(super) device_id: Option<Uuid>,
    pub(super) posture: Option<Posture>,
    pub(super) arm: Option<Arm>,
    pub(super) meal: Option<Meal>,
    #[schema(max_length = 200)]
    pub(super) note: Option<String>,
    /// Whether the person confirmed a rare value after being asked.
    #[serde(default)]
    pub(super) confirmed: bool,
    /// Id of the measurement that this one corrects.
    pub(super) replaces: Option<Uuid>,
}

/// How well an instant is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ClockQuality {
    /// By a clock that is set from the network, as a phone's is.
    Synced,
    /// By the clock of a device.
    Device,
    /// By the clock of a device whose error was taken out.
    Corrected,
    /// Somebody said when.
    #[default]
    Told,
    /// Nobody knows how well.
    Unknown,
}

/// Where readings come from that a phone sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HomeSource {
    /// Typed.
    #[default]
    #[serde(rename = "self")]
    Own,
    /// Told by a device.
    Device,
}

/// What became of each reading, in the order they came.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TakenList {
    pub(super) items: Vec<TakenView>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// What became of one reading.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TakenView {
    /// Missing where it could not be read.
    pub(super) uid: Option<Uuid>,
    pub(super) status: TakenStatus,
    /// Why, as a stable word, unless it was recorded.
    #[schema(example = "unusual_value")]
    pub(super) code: Option<&'static str>,
    /// JSON Pointer to what is wrong in the body, where the reading could not be read.
    #[schema(example = "/measurements/1/posture")]
    pub(super) pointer: Option<String>,
    /// What the resident is told or asked, in plain Chinese.
    pub(super) text: Option<Cow<'static, str>>,
    /// The reading as it is kept.
    pub(super) measurement: Option<MeasurementView>,
    /// What to do now, where a value calls for it.
    pub(super) advice: Option<&'static str>,
}

/// What became of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum TakenStatus {
    /// It is kept now.
    Recorded,
    /// It was kept before.
    AlreadyRecorded,
    /// It was kept before and has been deleted since.
    Deleted,
    /// It is rare and not in the record yet: measure again, or send it again with `confirmed`. Until then it lies in
    /// quarantine.
    Confirm,
    /// It cannot be a reading and lies in quarantine.
    Quarantined,
    /// Something stands in its way; nothing is kept.
    Conflict,
    /// It is not written as a reading is, see `pointer`. What was sent lies in quarantine.
    Rejected,
}

/// Readings, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MeasurementList {
    pub(super) items: Vec<MeasurementView>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// A reading with what stood in its place before.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MeasurementWithHistory {
    #[serde(flatten)]
    pub(super) measurement: MeasurementView,
    /// What it corrected, newest first.
    pub(super) history: Vec<MeasurementView>,
}

/// One reading.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::records) struct MeasurementView {
    pub(in crate::records) id: Uuid,
    pub(in crate::records) uid: Uuid,
    #[schema(example = "blood_pressure")]
    pub(in crate::records) metric: String,
    #[schema(example = "血压")]
    pub(in crate::records) name: String,
    /// Numbers by code of the component, in the units of the catalogue; empty where it was deleted.
    #[schema(value_type = BTreeMap<String, f64>)]
    pub(in crate::records) values: BTreeMap<String, f64>,
    /// The same as people read it.
    #[schema(example = "128/82 mmHg，脉搏 70 次/分")]
    pub(in crate::records) text: String,
    /// The numbers as they were told.
    pub(in crate::records) told: Vec<ToldValue>,
    /// When it was measured, with the offset of that place.
    pub(in crate::records) measured_at: DateTime<FixedOffset>,
    pub(in crate::records) received_at: DateTime<Utc>,
    pub(in crate::records) clock: &'static str,
    /// `self`, `device`, `hut`, `staff`, `import` or `wechat`.
    pub(in crate::records) source: &'static str,
    /// For `/map/features/{id}`, where it was measured in a hut: the number of the hut's place on the map.
    pub(in crate::records) place_id: Option<i32>,
    pub(in crate::records) device_id: Option<Uuid>,
    /// Who entered it: `own`, `guardian`, `caretaker`, `proxy`, `staff` or `gateway`.
    pub(in crate::records) entered_as: &'static str,
    pub(in crate::records) posture: Option<Posture>,
    pub(in crate::records) arm: Option<Arm>,
    pub(in crate::records) meal: Option<Meal>,
    pub(in crate::records) note: Option<String>,
    /// What it was found to be by the standards of the day it was measured. Never a diagnosis.
    pub(in crate::records) assessment: Vec<AssessmentView>,
    /// Why it was asked again before it was kept.
    pub(in crate::records) doubt: Option<String>,
    /// `valid`, `replaced` or `deleted`.
    pub(in crate::records) validity: &'static str,
    /// The reading that corrected it.
    pub(in crate::records) replaced_by: Option<Uuid>,
}

/// A number as it was told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::records) struct ToldValue {
    /// Code of the component.
    component: String,
    #[schema(example = "5.6")]
    value: String,
    #[schema(example = "mmol/L")]
    unit: String,
}

/// What a reading was found to be: the band, and what it means.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::records) struct AssessmentView {
    #[serde(flatten)]
    finding: Finding,
    #[serde(flatten)]
    explanation: Explanation,
}

impl AssessmentView {
    pub(in crate::records) fn new(finding: &Finding, bands: &Bands) -> Self {
        Self { explanation: bands.explain(finding), finding: finding.clone() }
    }

    /// The same with other advice.
    pub(in crate::records) fn advising(mut self, advice: &str) -> Self {
        advice.clone_into(&mut self.explanation.advice);
        self
    }

    /// How much it matters, and what is told.
    pub(in crate::records) fn told(&self) -> (Level, &Explanation) {
        (self.finding.level, &self.explanation)
    }
}

/// What was turned away, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RejectedList {
    pub(super) items: Vec<RejectedView>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// A reading that was turned away.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RejectedView {
    pub(super) id: Uuid,
    /// One made here where the sender gave none that could be read.
    pub(super) uid: Uuid,
    /// Empty where it could not be read.
    pub(super) metric: String,
    /// The numbers as they were told.
    pub(super) told: Vec<ToldValue>,
    /// Missing where it could not be read.
    pub(super) measured_at: Option<DateTime<FixedOffset>>,
    /// What was sent, where it could not be read.
    pub(super) raw: Option<String>,
    pub(super) received_at: DateTime<Utc>,
    /// Why, as a stable word.
    pub(super) reason: String,
}

/// A deletion, as evidence.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeletionReceipt {
    /// The reading that is gone.
    pub(super) id: Uuid,
    pub(super) deleted_at: DateTime<Utc>,
    /// How many readings that it had corrected are gone with it.
    pub(super) earlier_versions: u64,
}

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct MeasurementParameters {
    /// Code of `/metrics-catalogue`; all where it is missing.
    pub(super) metric: Option<String>,
    /// Measured not before: a day in China, or an instant with offset.
    #[param(example = "2026-11-01")]
    pub(super) from: Option<String>,
    /// Measured not after: a day in China, or an instant with offset.
    #[param(example = "2026-11-30")]
    pub(super) to: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Most readings on a page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RejectedParameters {
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Most readings on a page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}

impl ToldValue {
    pub(in crate::records) fn new(component: &str, value: &str, unit: &str) -> Self {
        Self { component: component.to_owned(), value: value.to_owned(), unit: unit.to_owned() }
    }
}

impl From<ClockQuality> for measurement::Clock {
    fn from(clock: ClockQuality) -> Self {
        match clock {
            ClockQuality::Synced => Self::Synced,
            ClockQuality::Device => Self::Device,
            ClockQuality::Corrected => Self::Corrected,
            ClockQuality::Told => Self::Told,
            ClockQuality::Unknown => Self::Unknown,
        }
    }
}
