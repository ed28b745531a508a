//! A reading as an `Observation`.

use chrono::{DateTime, FixedOffset, Offset, SecondsFormat, Utc};
use entity::measurement::{self, Clock, Source, Validity};

use serde_json::Number;

use super::codes::{CATEGORIES, CATEGORY, LOINC, UCUM, URI, category, further, profiles};
use super::further::device_of;
use super::resource::{
    Annotation, CodeableConcept, Coding, Component, Identifier, Meta, Observation, ObservationType, Quantity,
    Reference,
};
use crate::records::metrics::{self, Catalogue, Metric};
use crate::records::readings::{Arm, Content, Posture, Reading};

/// A reading as FHIR tells it; `None` for one that was deleted, or whose metric this version does not know.
pub(super) fn observation(catalogue: &Catalogue, reading: &Reading) -> Option<Observation> {
    let (row, content) = (&reading.row, reading.content.as_ref()?);
    let metric = catalogue.metric(&row.metric)?;
    let (value_quantity, component) = values(metric, content);
    Some(Observation {
        resource_type: ObservationType::Observation,
        id: row.id.to_string(),
        meta: meta(row),
        identifier: vec![Identifier { system: URI, value: format!("urn:uuid:{}", row.uid) }],
        status: if row.validity == Validity::Valid { "final" } else { "entered-in-error" },
        category: vec![category_of(&metric.code)],
        code: code_of(metric),
        subject: Reference { reference: format!("Patient/{}", row.person_id) },
        effective_date_time: effective(row),
        issued: *row.received_at,
        value_quantity,
        body_site: content.context.arm.map(|arm| CodeableConcept::in_words(arm_word(arm))),
        method: content.context.posture.map(|posture| CodeableConcept::in_words(posture_word(posture))),
        device: device_of(row).map(|id| Reference { reference: format!("Device/{id}") }),
        note: content.context.note.iter().map(|text| Annotation { text: text.clone() }).collect(),
        component,
    })
}

/// The first version is the reading as it came, the second says that it does not count any more.
pub(super) fn meta(row: &measurement::Model) -> Meta {
    Meta {
        version_id: if row.validity == Validity::Valid { "1" } else { "2" }.to_owned(),
        last_updated: row.ended_at.map_or(*row.received_at, |at| *at),
        profile: profiles(&row.metric),
    }
}

/// When it was measured; to the day where whoever brought it in knew no more and noon only stands for it.
fn effective(row: &measurement::Model) -> String {
    let at = measured_at(row);
    if row.source == Source::Import && row.clock == Clock::Unknown {
        at.format("%Y-%m-%d").to_string()
    } else {
        at.to_rfc3339_opts(SecondsFormat::AutoSi, false)
    }
}

fn measured_at(row: &measurement::Model) -> DateTime<FixedOffset> {
    let offset = FixedOffset::east_opt(row.offset_min * 60).unwrap_or_else(|| Utc.fix());
    DateTime::from_timestamp_millis(row.measured_at).unwrap_or_default().with_timezone(&offset)
}

fn category_of(metric: &str) -> CodeableConcept {
    let code = category(metric);
    let display = CATEGORIES.iter().find(|(known, _)| *known == code).map(|(_, display)| *display);
    CodeableConcept { coding: vec![Coding { system: CATEGORY, code: code.to_owned(), display }], text: None }
}

fn loinc(code: &str) -> Coding {
    Coding { system: LOINC, code: code.to_owned(), display: None }
}

fn code_of(metric: &Metric) -> CodeableConcept {
    let codes = metric.loinc.as_deref().into_iter().chain(further(&metric.code).iter().copied());
    CodeableConcept { coding: codes.map(loinc).collect(), text: Some(metric.name.clone()) }
}

/// One number is the value itself; several are components, each with a code of its own.
fn values(metric: &Metric, content: &Content) -> (Option<Quantity>, Vec<Component>) {
    let quantity = |component: &metrics::Component| {
        let value = number(component.value(content.steps(&component.code)?))?;
        Some(Quantity {
            value,
            unit: component.unit_name.clone(),
            system: UCUM,
            code: component.ucum.clone(),
        })
    };
    if let [single] = metric.components.as_slice() {
        return (quantity(single), Vec::new());
    }
    let component = |component: &metrics::Component| {
        let coding = component.loinc.as_deref().map(loinc).into_iter().collect();
        let code = CodeableConcept { coding, text: Some(component.name.clone()) };
        Some(Component { code, value_quantity: quantity(component)? })
    };
    (None, metric.components.iter().filter_map(component).collect())
}

/// A number as people write it: `128`, not `128.0`.
fn number(value: f64) -> Option<Number> {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        format!("{value}").parse().ok()
    } else {
        Number::from_f64(value)
    }
}

fn arm_word(arm: Arm) -> &'static str {
    match arm {
        Arm::Left => "左上臂",
        Arm::Right => "右上臂",
        Arm::LeftWrist => "左手腕",
        Arm::RightWrist => "右手腕",
    }
}

fn posture_word(posture: Posture) -> &'static str {
    match posture {
        Posture::Sitting => "坐位测量",
        Posture::Standing => "站位测量",
        Posture::Lying => "卧位测量",
        Posture::Reclining => "半卧位测量",
    }
}
