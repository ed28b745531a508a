//! Taking a batch, in one transaction.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::hut_reading::{self, State};
use entity::hut_session;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::clock::Clocks;
use super::dto::{Batch, BatchAnswer, ItemAnswer, ItemStatus, Refusal};
use super::items::{self, Devices, Item};
use super::owner::{self, Set};
use super::store;
use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong;
use crate::huts::bluetooth::What;
use crate::huts::gateways::Message;
use crate::huts::kept::{self, Kept};
use crate::huts::record::{self, Reading};
use crate::state::AppState;
use crate::vault::{KeyOwner, Sealer};

/// Readings in one batch: a hut for some days.
const MOST_READINGS: usize = 500;
/// A weight that differs more from the last one, in percent, is asked about.
const DOUBTED_FROM_PERCENT: i64 = 15;

/// Takes a batch.
pub(super) async fn take(state: &AppState, message: Message<Batch>) -> ApiResult<BatchAnswer> {
    if message.body.readings.len() > MOST_READINGS {
        return Err(wrong("/readings", "too_many", "一次最多发送 500 条，请分批发送。"));
    }
    let (shared, now) = (state.clone(), state.clock.now());
    let taken = state.database.write(move |transaction| {
        let (state, message) = (shared.clone(), message.clone());
        Box::pin(async move {
            message.take(transaction, now).await?;
            Intake::of(&state, transaction, &message, now).await?.all(&message).await
        })
    });
    taken.await
}

/// An item on its way into a record.
struct Recorded {
    /// Its place in the batch.
    index: usize,
    uid: String,
    reading: Reading,
}

/// An item that repeats another of the same batch.
struct Repeated {
    /// Its place in the batch.
    index: usize,
    uid: String,
    /// The place of the other.
    first: usize,
}

/// A batch at work.
struct Intake<'t> {
    state: &'t AppState,
    transaction: &'t DatabaseTransaction,
    sealer: Sealer,
    batch: store::Batch,
    rows: Vec<hut_reading::Model>,
    /// What is written to records once the rows are there.
    records: Vec<(Uuid, Vec<Recorded>)>,
    answers: Vec<Option<ItemAnswer>>,
}

impl<'t> Intake<'t> {
    async fn of(
        state: &'t AppState,
        transaction: &'t DatabaseTransaction,
        message: &Message<Batch>,
        now: DateTime<Utc>,
    ) -> ApiResult<Self> {
        Ok(Self {
            state,
            transaction,
            sealer: state.vault.sealer(transaction, KeyOwner::Server).await?,
            batch: store::Batch { hut_id: message.hut.id, gateway_id: message.gateway_id, received_at: now },
            rows: Vec::new(),
            records: Vec::new(),
            answers: vec![None; message.body.readings.len()],
        })
    }

    async fn all(mut self, message: &Message<Batch>) -> ApiResult<BatchAnswer> {
        let received_at = self.batch.received_at;
        let clocks = Clocks { sent_at: message.body.sent_at, received_at };
        let devices = Devices::of(self.state, self.transaction, self.batch.hut_id).await?;
        let mut looked = Vec::with_capacity(message.body.readings.len());
        for (index, raw) in message.body.readings.iter().enumerate() {
            match items::look(&devices, clocks, (index, raw))? {
                Ok(item) => looked.push(item),
                Err(answer) => self.answer(index, answer),
            }
        }
        let (new, repeated) = self.tell_apart(looked).await?;
        let (values, refused): (Vec<Item>, Vec<Item>) =
            new.into_iter().partition(|item| item.content.is_ok());
        for item in refused {
            self.refuse(item)?;
        }
        let sessions = store::sessions(self.transaction, self.batch.hut_id, &values, received_at).await?;
        for set in owner::sets(values, &sessions, received_at) {
            let session = sessions.iter().find(|session| Some(session.id) == set.session_id);
            self.settle(set, session).await?;
        }
        store::insert(self.transaction, std::mem::take(&mut self.rows)).await?;
        for (person_id, readings) in std::mem::take(&mut self.records) {
            self.put_into_record(person_id, readings).await?;
        }
        for Repeated { index, uid, first } in repeated {
            let answer = self.answers.get(first).cloned().flatten();
            let answer = answer.unwrap_or_else(|| ItemAnswer::of(None, ItemStatus::Recorded));
            self.answer(index, ItemAnswer { uid: Some(uid), ..answer });
        }
        let items = self.answers.into_iter().flatten().collect();
        let clock_offset_ms = (received_at - message.body.sent_at).num_milliseconds();
        Ok(BatchAnswer { received_at, clock_offset_ms, items })
    }

    fn answer(&mut self, index: usize, answer: ItemAnswer) {
        if let Some(place) = self.answers.get_mut(index) {
            *place = Some(answer);
        }
    }

    /// Answers what came before. Returns what is new, and which items repeat another of the same batch.
    async fn tell_apart(&mut self, looked: Vec<Item>) -> ApiResult<(Vec<Item>, Vec<Repeated>)> {
        let known = store::known(self.transaction, &looked).await?;
        let mut first: HashMap<(Uuid, Vec<u8>), usize> = HashMap::new();
        let (mut new, mut repeated) = (Vec::new(), Vec::new());
        for item in looked {
            let key = (item.device_id, item.digest.clone());
            if let Some(row) = known.get(&key) {
                let answer = store::answer_again(self.state, self.transaction, item.uid, row).await?;
                self.answer(item.index, answer);
            } else if let Some(before) = first.get(&key) {
                repeated.push(Repeated { index: item.index, uid: item.uid, first: *before });
            } else {
                first.insert(key, item.index);
                new.push(item);
            }
        }
        Ok((new, repeated))
    }

    /// Keeps what is no value for a while, to find out why.
    fn refuse(&mut self, item: Item) -> ApiResult<()> {
        let Err(refusal) = item.content else { return Ok(()) };
        let id = self.state.random.id(self.batch.received_at);
        let kept = Kept::raw(item.raw.clone());
        let row = hut_reading::Model {
            reason: Some(refusal.as_str().to_owned()),
            values_cell: Some(kept.seal(&self.sealer, id)?),
            keep_until: Some(kept::until(self.batch.received_at).into()),
            ..self.batch.row(id, id, &item, State::Refused)
        };
        self.rows.push(row);
        self.answer(item.index, ItemAnswer::refused(Some(item.uid), refusal));
        Ok(())
    }

    /// Gives a set to whose it is, or to whoever will hold the slip.
    async fn settle(&mut self, set: Set, session: Option<&hut_session::Model>) -> ApiResult<()> {
        let set_id = self.state.random.id(self.batch.received_at);
        if let Some(session) = session {
            store::use_session(self.transaction, session.id, set_id, self.batch.received_at).await?;
            if self.may_be_recorded(session.person_id).await? {
                return if self.is_doubted(&set, session.person_id).await? {
                    self.ask(set, set_id, session)
                } else {
                    self.record(set, set_id, session);
                    Ok(())
                };
            }
        }
        self.leave_unclaimed(set, set_id).await
    }

    /// Whether the person still agrees that a record is kept.
    async fn may_be_recorded(&self, person_id: Uuid) -> ApiResult<bool> {
        let now = self.batch.received_at;
        let given =
            consents::require(self.transaction, &self.state.vault, person_id, Purpose::Records, now).await;
        match given {
            Ok(_) => Ok(true),
            Err(ApiError::Forbidden { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the weight is so far from the person's last that it may be somebody else's.
    async fn is_doubted(&self, set: &Set, person_id: Uuid) -> ApiResult<bool> {
        let weighs = |item: &Item| {
            let quantities =
                item.content.as_ref().map(|values| values.quantities.as_slice()).unwrap_or_default();
            let weight = quantities.iter().find(|quantity| quantity.what == What::Weight);
            weight.and_then(|weight| weight.canonical())
        };
        let Some(weight_g) = set.items.iter().find_map(weighs) else { return Ok(false) };
        let last_g = record::last_weight_g(self.state, self.transaction, person_id).await?;
        Ok(last_g.is_some_and(|last_g| is_far(weight_g, last_g)))
    }

    /// Brings readings to the record of a person; the gateway learns which ones it did not take.
    async fn put_into_record(&mut self, person_id: Uuid, items: Vec<Recorded>) -> ApiResult<()> {
        let readings: Vec<Reading> = items.iter().map(|item| item.reading.clone()).collect();
        record::add(self.state, self.transaction, person_id, &readings, self.batch.received_at).await?;
        let ids = readings.iter().map(Reading::id);
        let turned_away = record::turned_away(self.transaction, person_id, ids).await?;
        for Recorded { index, uid, reading } in items {
            if turned_away.contains(&reading.id()) {
                self.answer(index, ItemAnswer::refused(Some(uid), Refusal::ImpossibleValue));
            }
        }
        Ok(())
    }

    fn record(&mut self, set: Set, set_id: Uuid, session: &hut_session::Model) {
        let mut readings = Vec::with_capacity(set.items.len());
        for item in set.items {
            let id = self.state.random.id(self.batch.received_at);
            let row = hut_reading::Model {
                person_id: Some(session.person_id),
                session_id: Some(session.id),
                ..self.batch.row(id, set_id, &item, State::Recorded)
            };
            self.answer(item.index, ItemAnswer::of(Some(item.uid.clone()), ItemStatus::Recorded));
            if let Ok(values) = item.content {
                let reading = Reading::of(&row, values);
                readings.push(Recorded { index: item.index, uid: item.uid, reading });
            }
            self.rows.push(row);
        }
        self.records.push((session.person_id, readings));
    }

    fn ask(&mut self, set: Set, set_id: Uuid, session: &hut_session::Model) -> ApiResult<()> {
        for item in set.items {
            let Ok(values) = &item.content else { continue };
            let id = self.state.random.id(self.batch.received_at);
            let row = hut_reading::Model {
                person_id: Some(session.person_id),
                session_id: Some(session.id),
                values_cell: Some(Kept::of(values, None).seal(&self.sealer, id)?),
                keep_until: Some(kept::until(self.batch.received_at).into()),
                ..self.batch.row(id, set_id, &item, State::Doubted)
            };
            self.rows.push(row);
            self.answer(item.index, ItemAnswer::of(Some(item.uid), ItemStatus::Asked));
        }
        Ok(())
    }

    async fn leave_unclaimed(&mut self, set: Set, set_id: Uuid) -> ApiResult<()> {
        let (code, code_digest) =
            store::new_code(self.state, self.transaction, self.batch.received_at).await?;
        let keep_until = kept::until(self.batch.received_at);
        for item in set.items {
            let Ok(values) = &item.content else { continue };
            let id = self.state.random.id(self.batch.received_at);
            let kept = Kept::of(values, Some(code.clone()));
            let row = hut_reading::Model {
                code_digest: Some(code_digest.clone()),
                values_cell: Some(kept.seal(&self.sealer, id)?),
                keep_until: Some(keep_until.into()),
                ..self.batch.row(id, set_id, &item, State::Unclaimed)
            };
            self.rows.push(row);
            let answer = ItemAnswer {
                claim_code: Some(code.clone()),
                claim_until: Some(keep_until),
                ..ItemAnswer::of(Some(item.uid), ItemStatus::Unclaimed)
            };
            self.answer(item.index, answer);
        }
        Ok(())
    }
}

/// Whether two weights differ by more than 15 % of the last.
fn is_far(weight_g: i64, last_g: i64) -> bool {
    let difference = weight_g.saturating_sub(last_g).saturating_abs();
    difference.saturating_mul(100) > last_g.saturating_mul(DOUBTED_FROM_PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_far_from_more_than_fifteen_percent_on() {
        for (weight_g, is_asked) in [
            (70_000, false),
            (80_500, false),
            (80_501, true),
            (59_500, false),
            (59_499, true),
            (i64::MAX, true),
        ] {
            assert_eq!(is_far(weight_g, 70_000), is_asked, "{weight_g}");
        }
    }
}
