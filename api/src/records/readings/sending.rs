//! Readings that a phone sends: from the body to the door, and what is answered.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::context::Context;
use super::dto::{HomeSource, NewMeasurement, NewMeasurements, TakenStatus, TakenView};
use super::intake::{self, EnteredAs, Entry, Given, NewReading, Obstacle, Outcome, Source, Taken};
use super::list;
use super::quarantine::{self, Unread};
use crate::consents::ConsentGiven;
use crate::error::ApiResult;
use crate::http::field_errors::wrong;
use crate::http::known_names::KnownNames;
use crate::http::unreadable::{self, Fault};
use crate::people::{PersonAccess, Relation};
use crate::records::alerts;
use crate::records::metrics::Catalogue;
use crate::state::AppState;
use crate::vault::KeyOwner;

const MOST_READINGS: usize = 200;
const LONGEST_NOTE: usize = 200;
/// Names that no catalogue has are kept up to this length.
const LONGEST_CODE: usize = 32;
const MOST_VALUES: usize = 8;
/// What cannot be read is kept up to so many characters.
const LONGEST_RAW: usize = 4_000;

/// Readings as they go to the door, each with where it comes from, and what could not be read, in the order of
/// the body.
pub(super) struct Sent(Vec<Item>);

enum Item {
    Reading(Source, Box<NewReading>),
    Unread(Unread, Fault),
}

/// What became of one item.
pub(super) enum Answer {
    /// It went to the door.
    Taken(Taken),
    /// It could not be read, and why.
    Unread { uid: Option<Uuid>, reason: &'static str, fault: Fault },
}

/// Looks at each item for itself, whether it can be read at all; what its values are worth is found out at the
/// door.
///
/// # Errors
/// 422 where there are no items or too many.
pub(super) fn checked(catalogue: &Catalogue, body: &NewMeasurements) -> ApiResult<Sent> {
    if !(1..=MOST_READINGS).contains(&body.measurements.len()) {
        let message = format!("一次请提交 1 到 {MOST_READINGS} 条记录。");
        return Err(wrong("/measurements", "bad_number", message));
    }
    let look = |(at, raw): (usize, &RawValue)| match read(catalogue, raw.get()) {
        Ok(one) => {
            let (source, reading) = reading_of(catalogue, one);
            Item::Reading(source, Box::new(reading))
        }
        Err((reason, fault)) => {
            let pointer = format!("/measurements/{at}{}", fault.pointer);
            let unread = Unread { uid: uid_of(raw.get()), raw: beginning(raw.get()), reason };
            Item::Unread(unread, Fault { pointer, ..fault })
        }
    };
    Ok(Sent(body.measurements.iter().map(AsRef::as_ref).enumerate().map(look).collect()))
}

/// Reads one item; what is wrong with it is told by its place in the item.
fn read(catalogue: &Catalogue, raw: &str) -> Result<NewMeasurement, (&'static str, Fault)> {
    let known = || KnownNames::of::<NewMeasurement>().and(catalogue.component_codes());
    let one: NewMeasurement = serde_json::from_str(raw)
        .map_err(|error| ("unreadable", unreadable::fault(raw.as_bytes(), &error, &known())))?;
    let too_long = |pointer: &str, text: String| ("too_long", Fault { pointer: pointer.to_owned(), text });
    if one.note.as_ref().is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        return Err(too_long("/note", format!("备注最多 {LONGEST_NOTE} 个字，请缩短后提交。")));
    }
    let has_long_name =
        one.values.keys().chain([&one.metric]).chain(&one.unit).any(|name| name.len() > LONGEST_CODE);
    if has_long_name || one.values.len() > MOST_VALUES {
        return Err(too_long("", "这条记录的内容太长，请检查后重新提交。".to_owned()));
    }
    Ok(one)
}

/// The name that an item gives itself, where at least that can be read.
fn uid_of(raw: &str) -> Option<Uuid> {
    let item: serde_json::Value = serde_json::from_str(raw).ok()?;
    item.get("uid")?.as_str()?.parse().ok()
}

fn beginning(raw: &str) -> String {
    raw.chars().take(LONGEST_RAW).collect()
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

/// Keeps what was sent; the answers are in its order.
pub(super) async fn keep(
    state: &AppState,
    transaction: &DatabaseTransaction,
    access: &PersonAccess,
    consent: ConsentGiven,
    sent: &Sent,
    now: DateTime<Utc>,
) -> ApiResult<Vec<Answer>> {
    let entered_as = match access.relation() {
        Relation::Own => EnteredAs::Own,
        Relation::Guardian => EnteredAs::Guardian,
        Relation::Caretaker => EnteredAs::Caretaker,
        Relation::Proxy => EnteredAs::Proxy,
    };
    let entry = |source| Entry { source, hut_id: None, entered_as, entered_by: Some(access.account_id()) };
    let mut answers = Vec::with_capacity(sent.0.len());
    let mut readings = Vec::new();
    for (place, item) in sent.0.iter().enumerate() {
        match item {
            Item::Reading(source, reading) => readings.push((place, *source, reading)),
            Item::Unread(unread, fault) => {
                let sealer = state.vault.sealer(transaction, KeyOwner::Person(consent.person_id())).await?;
                let within = (state, transaction, &sealer);
                quarantine::keep_unread(within, consent.person_id(), &entry(Source::Own), unread, now)
                    .await?;
                let (uid, reason, fault) = (unread.uid, unread.reason, fault.clone());
                answers.push((place, Answer::Unread { uid, reason, fault }));
            }
        }
    }
    for run in readings.chunk_by(|before, after| before.1 == after.1) {
        let Some((_, source, _)) = run.first() else { continue };
        let of_source: Vec<NewReading> =
            run.iter().map(|(_, _, reading)| NewReading::clone(reading)).collect();
        let taken = intake::take_in(state, transaction, consent, &entry(*source), &of_source, now).await?;
        answers.extend(run.iter().zip(taken).map(|((place, ..), taken)| (*place, Answer::Taken(taken))));
    }
    answers.sort_unstable_by_key(|(place, _)| *place);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// What is answered about one item.
pub(super) fn view(state: &AppState, answer: Answer) -> TakenView {
    match answer {
        Answer::Taken(taken) => view_of(state, &taken),
        Answer::Unread { uid, reason, fault } => TakenView {
            uid,
            status: TakenStatus::Rejected,
            code: Some(reason),
            pointer: Some(fault.pointer),
            text: Some(fault.text.into()),
            measurement: None,
            advice: None,
        },
    }
}

fn view_of(state: &AppState, taken: &Taken) -> TakenView {
    let (status, code, text) = match &taken.outcome {
        Outcome::Recorded(_) => (TakenStatus::Recorded, None, None),
        Outcome::AlreadyRecorded(_) => (TakenStatus::AlreadyRecorded, None, None),
        Outcome::Deleted => {
            (TakenStatus::Deleted, Some("deleted"), Some("这条记录您已经删除；需要的话请重新记录。"))
        }
        Outcome::Confirm { doubt, .. } => (TakenStatus::Confirm, Some(doubt.code()), Some(doubt.text())),
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
        uid: Some(taken.uid),
        status,
        code,
        pointer: None,
        text: text.map(Cow::Borrowed),
        measurement: kept.map(|reading| list::view(state, reading)),
        advice: is_very_high(&taken.outcome).then_some(alerts::ADVICE),
    }
}

/// Whether the person is to rest, repeat and seek care, also before a rare value is confirmed.
fn is_very_high(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Recorded(reading) | Outcome::AlreadyRecorded(reading) => {
            let content = reading.content.as_ref();
            content.is_some_and(|content| alerts::is_very_high(&reading.row.metric, content))
        }
        Outcome::Confirm { is_very_high, .. } => *is_very_high,
        _ => false,
    }
}
