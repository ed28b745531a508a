//! Readings that a phone sends: from the body to the door, and what is answered.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;

use super::context::Context;
use super::dto::{HomeSource, NewMeasurement, NewMeasurements, TakenStatus, TakenView};
use super::intake::{self, EnteredAs, Entry, Given, NewReading, Obstacle, Outcome, Source, Taken};
use super::list;
use super::store::Reading;
use crate::consents::ConsentGiven;
use crate::error::ApiResult;
use crate::http::field_errors::FieldErrors;
use crate::people::{PersonAccess, Relation};
use crate::records::alerts;
use crate::records::metrics::Catalogue;
use crate::state::AppState;

const MOST_READINGS: usize = 200;
const LONGEST_NOTE: usize = 200;
/// Names that no catalogue has are kept up to this length.
const LONGEST_CODE: usize = 32;
const MOST_VALUES: usize = 8;

/// Readings as they go to the door, each with where it comes from.
pub(super) struct Sent(Vec<(Source, NewReading)>);

/// Looks whether the body can be read at all; what its values are worth is found out at the door.
pub(super) fn checked(catalogue: &Catalogue, body: NewMeasurements) -> ApiResult<Sent> {
    let mut errors = FieldErrors::default();
    if !(1..=MOST_READINGS).contains(&body.measurements.len()) {
        errors.add("/measurements", "bad_number", format!("一次请提交 1 到 {MOST_READINGS} 条记录。"));
        errors.finish()?;
        return Ok(Sent(Vec::new()));
    }
    for (at, one) in body.measurements.iter().enumerate() {
        let note = one.note.as_ref().map_or(0, |note| note.chars().count());
        if note > LONGEST_NOTE {
            let pointer = format!("/measurements/{at}/note");
            errors.add(pointer, "too_long", format!("备注最多 {LONGEST_NOTE} 个字，请缩短后提交。"));
        }
        let names = one.values.keys().chain([&one.metric]).chain(&one.unit);
        if one.values.len() > MOST_VALUES || names.clone().any(|name| name.len() > LONGEST_CODE) {
            errors.add(format!("/measurements/{at}"), "too_long", "这条记录的内容太长，请检查后重新提交。");
        }
    }
    errors.finish()?;
    Ok(Sent(body.measurements.into_iter().map(|one| reading_of(catalogue, one)).collect()))
}

fn reading_of(catalogue: &Catalogue, one: NewMeasurement) -> (Source, NewReading) {
    let metric = catalogue.metric(&one.metric);
    // The unit is that of the numbers that make the reading; a pulse beside a pressure has its own.
    let unit_of = |code: &str| {
        let component = metric.and_then(|metric| metric.component(code));
        one.unit.clone().filter(|_| component.is_none_or(|component| component.required))
    };
    let given = |(code, value): (&String, &serde_json::Number)| {
        (code.clone(), Given { value: value.to_string(), unit: unit_of(code) })
    };
    let values = one.values.iter().map(given).collect();
    let note = one.note.as_deref().map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned);
    let source = match one.source {
        HomeSource::Own => Source::Own,
        HomeSource::Device => Source::Device,
    };
    let reading = NewReading {
        uid: one.uid,
        values,
        metric: one.metric,
        measured_at: one.measured_at,
        clock: one.clock.into(),
        context: Context { posture: one.posture, arm: one.arm, meal: one.meal, note },
        device_id: one.device_id,
        confirmed: one.confirmed,
        replaces: one.replaces,
    };
    (source, reading)
}

/// Keeps what was sent, in its order.
pub(super) async fn keep(
    state: &AppState,
    transaction: &DatabaseTransaction,
    access: &PersonAccess,
    consent: ConsentGiven,
    sent: &Sent,
    now: DateTime<Utc>,
) -> ApiResult<Vec<Taken>> {
    let entered_as = match access.relation() {
        Relation::Own => EnteredAs::Own,
        Relation::Guardian => EnteredAs::Guardian,
        Relation::Caretaker => EnteredAs::Caretaker,
        Relation::Proxy => EnteredAs::Proxy,
    };
    let readings: Vec<(Source, &NewReading)> =
        sent.0.iter().map(|(source, reading)| (*source, reading)).collect();
    let mut taken = Vec::with_capacity(readings.len());
    for run in readings.chunk_by(|before, after| before.0 == after.0) {
        let Some((source, _)) = run.first() else { continue };
        let entry =
            Entry { source: *source, hut_id: None, entered_as, entered_by: Some(access.account_id()) };
        let of_source: Vec<NewReading> = run.iter().map(|(_, reading)| (*reading).clone()).collect();
        taken.extend(intake::take_in(state, transaction, consent, &entry, &of_source, now).await?);
    }
    Ok(taken)
}

/// What is answered about one reading.
pub(super) fn view(state: &AppState, taken: &Taken) -> TakenView {
    let (status, code, text) = match &taken.outcome {
        Outcome::Recorded(_) => (TakenStatus::Recorded, None, None),
        Outcome::AlreadyRecorded(_) => (TakenStatus::AlreadyRecorded, None, None),
        Outcome::Deleted => {
            (TakenStatus::Deleted, Some("deleted"), Some("这条记录您已经删除；需要的话请重新记录。"))
        }
        Outcome::Confirm(doubt) => (TakenStatus::Confirm, Some(doubt.code()), Some(doubt.text())),
        Outcome::Quarantined(reason) => (TakenStatus::Quarantined, Some(reason.code()), Some(reason.text())),
        Outcome::Conflict(Obstacle::UidTaken) => (
            TakenStatus::Conflict,
            Some("uid_taken"),
            Some("这条记录以前收到过，内容和现在不一样；要修改请用“更正”。"),
        ),
        Outcome::Conflict(Obstacle::NotReplaceable) => (
            TakenStatus::Conflict,
            Some("not_replaceable"),
            Some("要更正的记录已经改过或删除，请刷新后再试。"),
        ),
    };
    let kept = match &taken.outcome {
        Outcome::Recorded(reading) | Outcome::AlreadyRecorded(reading) => Some(&**reading),
        _ => None,
    };
    TakenView {
        uid: taken.uid,
        status,
        code,
        text,
        measurement: kept.map(|reading| list::view(state, reading)),
        advice: kept.and_then(advice),
    }
}

fn advice(reading: &Reading) -> Option<&'static str> {
    let content = reading.content.as_ref()?;
    alerts::is_very_high(&reading.row.metric, content).then_some(alerts::ADVICE)
}
