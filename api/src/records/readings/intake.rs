//! The one way in for readings, also for other features: huts, imports.
//!
//! ```text
//! let consent = consents::require(transaction, &state.vault, person_id, Purpose::Records, now).await?;
//! let taken = intake::take_in(&state, transaction, consent, &entry, &readings, now).await?;
//! ```
//!
//! The caller holds the transaction and knows that it may write for the person. Readings of one person take
//! turns; a repeat is found by `uid`, and nothing of a batch fails for another's fault.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, FixedOffset, Utc};
use entity::measurement::{self, Validity};
pub use entity::measurement::{Clock, EnteredAs, Source};
use entity::person;
use sea_orm::sea_query::LockType;
use sea_orm::{DatabaseTransaction, EntityTrait, QuerySelect};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::anew::{self, Change};
use super::cell::{Content, Part};
use super::check::{Doubt, Reason, Subject, check};
use super::context::Context;
use super::judge::{Judge, Judged};
use super::past::{Earlier, Moment, Past};
use super::quarantine;
use super::store::{self, Reading};
use crate::consents::{ConsentGiven, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::people::no_such_person;
use crate::records::{alerts, digest};
use crate::state::AppState;
use crate::vault::{KeyOwner, Sealer};

/// A reading as it came.
#[derive(Clone, Debug)]
pub struct NewReading {
    /// The name its sender gave it: the same one is the same reading.
    pub uid: Uuid,
    /// Code of the catalogue.
    pub metric: String,
    /// By code of the component, `value` where there is only one.
    pub values: BTreeMap<String, Given>,
    /// When it was measured, with the offset of that place.
    pub measured_at: DateTime<FixedOffset>,
    /// How well that is known.
    pub clock: Clock,
    /// How it was measured.
    pub context: Context,
    /// The device that measured.
    pub device_id: Option<Uuid>,
    /// Somebody confirmed it, or nobody is there who could.
    pub confirmed: bool,
    /// The reading that it corrects.
    pub replaces: Option<Uuid>,
}

/// A number as it was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// As it was written, such as `5.6`.
    pub value: String,
    /// Code of the unit; that of the catalogue where none is told.
    pub unit: Option<String>,
}

/// Who brings readings, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Where they come from.
    pub source: Source,
    /// The hut they were measured in.
    pub hut_id: Option<i32>,
    /// As whom they were entered.
    pub entered_as: EnteredAs,
    /// The account or the member of staff; none for a gateway.
    pub entered_by: Option<Uuid>,
}

/// What became of one reading, in the order they came.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The name its sender gave it.
    pub uid: Uuid,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a reading.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It is kept now.
    Recorded(Box<Reading>),
    /// It was kept before.
    AlreadyRecorded(Box<Reading>),
    /// It was kept before and its owner deleted it since.
    Deleted,
    /// It is rare and lies in quarantine: to be sent again with `confirmed`.
    Confirm {
        /// Why it is asked again.
        doubt: Doubt,
        /// Whether it is a pressure of 180/110 or more: what to do then is said before anything is confirmed.
        is_very_high: bool,
    },
    /// It cannot be a reading and lies in quarantine.
    Quarantined(Reason),
    /// Something else stands in its way; nothing is kept.
    Conflict(Obstacle),
}

/// What stands in the way of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Another reading has this `uid`.
    UidTaken,
    /// The reading to be corrected is not there, is of another metric, or was corrected or deleted before.
    NotReplaceable,
}

/// Keeps readings of the person who agreed to it.
///
/// # Errors
/// When the consent is not the one to `records`, the person is gone, or the database fails.
pub async fn take_in(
    state: &AppState,
    transaction: &DatabaseTransaction,
    consent: ConsentGiven,
    entry: &Entry,
    readings: &[NewReading],
    now: DateTime<Utc>,
) -> ApiResult<Vec<Taken>> {
    if consent.purpose() != Purpose::Records {
        return Err(ApiError::Internal(anyhow::anyhow!("readings need the consent to records")));
    }
    let person_id = consent.person_id();
    let person = locked(transaction, person_id).await?;
    let sealer = state.vault.sealer(transaction, KeyOwner::Person(person_id)).await?;
    let bands = state.assessment.current();
    let judge = Judge::of(state, transaction, &person, &bands).await?;
    let past = Past::before(state, transaction, person_id, readings, &judge).await?;
    let known =
        store::by_uid(state, transaction, person_id, readings.iter().map(|reading| reading.uid)).await?;
    let (new, replaced) = (Vec::new(), Vec::new());
    let mut batch = Batch { state, person_id, judge, sealer, entry: *entry, past, known, new, replaced, now };
    let mut taken = Vec::with_capacity(readings.len());
    for (place, reading) in heights_first(readings) {
        let outcome = batch.take(transaction, reading).await?;
        taken.push((place, Taken { uid: reading.uid, outcome }));
    }
    batch.finish(transaction).await?;
    taken.sort_unstable_by_key(|(place, _)| *place);
    Ok(taken.into_iter().map(|(_, taken)| taken).collect())
}

/// Readings with their places, heights before what is judged by them.
fn heights_first(readings: &[NewReading]) -> Vec<(usize, &NewReading)> {
    let mut order: Vec<(usize, &NewReading)> = readings.iter().enumerate().collect();
    order.sort_by_key(|(_, reading)| reading.metric != "height");
    order
}

/// Readings of one person take turns, so that a `uid` is taken once. Whoever only refers to the person goes on.
async fn locked(transaction: &DatabaseTransaction, person_id: Uuid) -> ApiResult<person::Model> {
    let person = person::Entity::find_by_id(person_id).lock(LockType::NoKeyUpdate).one(transaction).await?;
    person.filter(|person| person.status == person::Status::Active).ok_or_else(no_such_person)
}

/// Readings of one person that are being taken in.
struct Batch<'s> {
    state: &'s AppState,
    person_id: Uuid,
    judge: Judge<'s>,
    sealer: Sealer,
    entry: Entry,
    past: Past,
    known: HashMap<Uuid, Reading>,
    new: Vec<Reading>,
    /// What is corrected, and by which.
    replaced: Vec<(Uuid, Uuid)>,
    now: DateTime<Utc>,
}

impl Batch<'_> {
    async fn take(&mut self, transaction: &DatabaseTransaction, reading: &NewReading) -> ApiResult<Outcome> {
        let moment = Moment::of(reading);
        let height_mm = self.judge.height(moment, &self.past).map(|height| height.steps);
        let subject = Subject { height_mm, ..self.past.subject(moment, self.judge.birth_date) };
        let checked = check(&self.state.catalogue, reading, &subject, self.now);
        if let Some(known) = self.known.get(&reading.uid) {
            let parts = checked.ok().map(|checked| checked.parts);
            return Ok(again(known, reading, parts));
        }
        let checked = match checked {
            Ok(checked) => checked,
            Err(reason) => {
                let quarantine = (self.state, transaction, &self.sealer);
                quarantine::keep(quarantine, self.person_id, &self.entry, reading, reason, self.now).await?;
                return Ok(Outcome::Quarantined(reason));
            }
        };
        let mut content = Content {
            parts: checked.parts,
            context: reading.context.clone(),
            doubt: checked.doubt.map(|doubt| doubt.code().to_owned()),
            findings: Vec::new(),
        };
        if let Some(doubt) = checked.doubt.filter(|_| !reading.confirmed) {
            let is_very_high = alerts::is_very_high(&reading.metric, &content);
            // Whoever never confirms it, perhaps in a crisis, has still measured it.
            let within = (self.state, transaction, &self.sealer);
            let reason = Reason::Unconfirmed;
            quarantine::keep(within, self.person_id, &self.entry, reading, reason, self.now).await?;
            return Ok(Outcome::Confirm { doubt, is_very_high });
        }
        if !self.may_replace(transaction, reading).await? {
            return Ok(Outcome::Conflict(Obstacle::NotReplaceable));
        }
        let judged = Judged { metric: &reading.metric, moment, source: self.entry.source };
        content.findings = self.judge.findings(judged, &content, &self.past);
        let new = self.sealed(reading, content)?;
        self.past.note(&new);
        self.known.insert(reading.uid, new.clone());
        if let Some(old) = reading.replaces {
            self.past.forget(old);
            self.replaced.push((old, new.row.id));
        }
        self.new.push(new.clone());
        Ok(Outcome::Recorded(Box::new(new)))
    }

    /// Whether what a reading corrects, if anything, can be corrected.
    async fn may_replace(&self, transaction: &DatabaseTransaction, reading: &NewReading) -> ApiResult<bool> {
        let Some(old) = reading.replaces else {
            return Ok(true);
        };
        if self.replaced.iter().any(|(replaced, _)| *replaced == old) {
            return Ok(false);
        }
        let fits = |row: &measurement::Model| row.validity == Validity::Valid && row.metric == reading.metric;
        if let Some(new) = self.new.iter().find(|new| new.row.id == old) {
            return Ok(fits(&new.row));
        }
        let row = store::row(transaction, self.person_id, old).await?;
        Ok(row.is_some_and(|row| fits(&row)))
    }

    fn sealed(&self, reading: &NewReading, content: Content) -> ApiResult<Reading> {
        let id = self.state.random.id(self.now);
        let row = measurement::Model {
            person_id: self.person_id,
            metric: reading.metric.clone(),
            measured_at: reading.measured_at.timestamp_millis(),
            id,
            offset_min: reading.measured_at.offset().local_minus_utc() / 60,
            received_at: self.now.into(),
            clock: reading.clock,
            source: self.entry.source,
            hut_id: self.entry.hut_id,
            device_id: reading.device_id,
            entered_as: self.entry.entered_as,
            entered_by: self.entry.entered_by,
            uid: reading.uid,
            validity: Validity::Valid,
            replaced_by: None,
            ended_at: None,
            value_cell: Some(store::sealed(&self.sealer, id, &content)?),
        };
        Ok(Reading { row, content: Some(content) })
    }

    /// Heights that were kept before this batch, as they were before it corrected them.
    async fn corrected_heights(&self, transaction: &DatabaseTransaction) -> ApiResult<Vec<Earlier>> {
        let mut heights = Vec::new();
        for (old, _) in &self.replaced {
            let row = store::row(transaction, self.person_id, *old).await?;
            let Some(row) = row.filter(|row| row.metric == "height") else { continue };
            heights.extend(Earlier::of(&store::open(self.state, transaction, row).await?));
        }
        Ok(heights)
    }

    async fn finish(self, transaction: &DatabaseTransaction) -> ApiResult<()> {
        if self.new.is_empty() {
            return Ok(());
        }
        let heights_that_went = self.corrected_heights(transaction).await?;
        store::insert(transaction, &self.new).await?;
        quarantine::settle(transaction, self.person_id, self.new.iter().map(|new| new.row.uid)).await?;
        for (old, new) in &self.replaced {
            store::replace(transaction, self.person_id, *old, *new, self.now).await?;
            alerts::withdraw(transaction, *old).await?;
        }
        let counting = self.new.iter().filter(|new| !self.replaced.iter().any(|(old, _)| *old == new.row.id));
        let counting: Vec<&Reading> = counting.collect();
        let heights_that_came = counting.iter().filter(|new| new.row.metric == "height");
        let changes: Vec<Change> = heights_that_went
            .into_iter()
            .map(Change::Went)
            .chain(heights_that_came.filter_map(|new| Earlier::of(new)).map(Change::Came))
            .collect();
        let within = (self.state, transaction, &self.sealer);
        anew::judge(within, self.person_id, &self.judge, &changes).await?;
        alerts::raise(self.state, transaction, self.person_id, &self.sealer, &counting, self.now).await?;
        digest::renew(self.state, transaction, self.person_id, &self.sealer, self.now).await
    }
}

/// What is said about a reading whose `uid` is known.
fn again(known: &Reading, reading: &NewReading, parts: Option<Vec<Part>>) -> Outcome {
    let Some(content) = &known.content else {
        return Outcome::Deleted;
    };
    let is_same = known.row.metric == reading.metric
        && known.row.measured_at == reading.measured_at.timestamp_millis()
        && content.context.agrees_with(&reading.context)
        && parts.is_some_and(|parts| have_same_steps(&parts, &content.parts));
    if is_same {
        Outcome::AlreadyRecorded(Box::new(known.clone()))
    } else {
        Outcome::Conflict(Obstacle::UidTaken)
    }
}

/// Whether these are the same numbers, however they were written: `128` and `128.0` are.
fn have_same_steps(parts: &[Part], known: &[Part]) -> bool {
    parts.len() == known.len() && parts.iter().zip(known).all(|(new, old)| new.0 == old.0 && new.1 == old.1)
}
