//! Today's list.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{account, family_member, person, referral};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::circle::{self, Sharer};
use super::dto::{FollowUp, FollowUpCause, FollowUpList, FollowUpPressure, LastCall};
use super::officer::Officer;
use super::rules::{Known, OLD_YEARS, Reason};
use crate::error::{ApiError, ApiResult};
use crate::me::PHONE;
use crate::people::age::{civil_day, full_years};
use crate::people::profile::NAME;
use crate::privacy::access_log;
use crate::state::AppState;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub(super) quiet_days: i64,
    pub(super) reason: Option<Reason>,
    pub(super) after: Option<(Reason, Uuid)>,
    pub(super) limit: usize,
}

/// Somebody who is to be called.
struct Due {
    sharer: Sharer,
    reasons: Vec<Reason>,
    age: Option<i32>,
}

impl Due {
    /// By urgency, then by when the person came to be known: no order by value, which would tell it.
    fn place(&self) -> Option<(Reason, Uuid)> {
        self.reasons.first().map(|reason| (*reason, self.sharer.person_id))
    }
}

/// One page of today's list. Everybody on it finds in the list of who read that the officer looked.
pub(super) async fn page(state: &AppState, officer: &Officer, asked: Question) -> ApiResult<FollowUpList> {
    let now = state.clock.now();
    let mut due = due(state, officer, asked, now).await?;
    due.sort_by_key(Due::place);
    let total = due.len();
    due.retain(|due| asked.after.is_none_or(|after| due.place() > Some(after)));
    let has_more = due.len() > asked.limit;
    due.truncate(asked.limit);
    let next = due.last().and_then(Due::place).filter(|_| has_more).map(|place| cursor(&place));
    let (shared, officer) = (state.clone(), officer.clone());
    let shown: Vec<Uuid> = due.iter().map(|due| due.sharer.person_id).collect();
    let noted = state.database.write_together(move |transaction| {
        let (state, officer, shown) = (shared.clone(), officer.clone(), shown.clone());
        Box::pin(async move { note(&state, transaction, &officer, &shown, now).await })
    });
    // What cannot be noted is not told.
    noted.await?;
    Ok(FollowUpList { items: told(state, due).await?, total, next })
}

/// Notes for each of these persons that the officer read of them.
pub(super) async fn note(
    state: &AppState,
    transaction: &DatabaseTransaction,
    officer: &Officer,
    person_ids: &[Uuid],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    for person_id in person_ids {
        access_log::note(transaction, state, &officer.reading(*person_id), now).await?;
    }
    Ok(())
}

/// The place in the list after which the next page begins.
fn cursor((reason, person_id): &(Reason, Uuid)) -> String {
    let number = *reason as u8;
    format!("{number}.{person_id}")
}

/// Reads what [`cursor`] wrote.
pub(super) fn read_cursor(text: &str) -> ApiResult<(Reason, Uuid)> {
    const ORDER: [Reason; 5] = [
        Reason::VeryHighPressure,
        Reason::ThreeHighDays,
        Reason::WeightLoss,
        Reason::CallAgain,
        Reason::NoReading,
    ];
    let read = || {
        let (number, person_id) = text.split_once('.')?;
        let reason = *ORDER.get(number.parse::<usize>().ok()?)?;
        Some((reason, person_id.parse().ok()?))
    };
    read().ok_or_else(|| ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。"))
}

async fn due(
    state: &AppState,
    officer: &Officer,
    asked: Question,
    now: DateTime<Utc>,
) -> ApiResult<Vec<Due>> {
    let reader = state.database.reader();
    let sharers = circle::sharers(state, reader, officer.communities(), None, now).await?;
    let may_be_due = |sharer: &Sharer| !known(sharer).reasons(asked.quiet_days, now, || true).is_empty();
    let candidates: Vec<Sharer> = sharers.into_iter().filter(may_be_due).collect();
    let born = circle::birth_dates(state, reader, &candidates.iter().collect::<Vec<_>>()).await?;
    let today = civil_day(now);
    let mut due = Vec::with_capacity(candidates.len());
    for sharer in candidates {
        let age = born.get(&sharer.person_id).map(|born| full_years(*born, today));
        let is_old = || age.is_some_and(|age| age >= OLD_YEARS);
        let reasons = known(&sharer).reasons(asked.quiet_days, now, is_old);
        let is_asked = asked.reason.is_none_or(|reason| reasons.contains(&reason));
        if is_asked && !reasons.is_empty() {
            due.push(Due { sharer, reasons, age });
        }
    }
    Ok(due)
}

fn known(sharer: &Sharer) -> Known<'_> {
    Known {
        digest: &sharer.digest,
        last_measured_at: sharer.last_measured_at,
        shares_since: sharer.shares_since,
        has_alert: sharer.has_alert,
        standing: sharer.standing,
    }
}

async fn told(state: &AppState, due: Vec<Due>) -> ApiResult<Vec<FollowUp>> {
    let reader = state.database.reader();
    let ids: Vec<Uuid> = due.iter().map(|due| due.sharer.person_id).collect();
    let mut people = people(state, reader, &ids).await?;
    let mut phones = phones(state, reader, &ids).await?;
    let referred: HashSet<Uuid> = referral::Entity::find()
        .select_only()
        .column(referral::Column::PersonId)
        .filter(referral::Column::PersonId.is_in(ids))
        .filter(referral::Column::ReturnedAt.is_null())
        .into_tuple::<Uuid>()
        .all(reader)
        .await?
        .into_iter()
        .collect();
    let items = due.into_iter().filter_map(|Due { sharer, reasons, age }| {
        let (name, sex) = people.remove(&sharer.person_id)?;
        Some(FollowUp {
            id: sharer.person_id,
            region_code: sharer.region_code,
            name,
            sex: sex.into(),
            age,
            phone: phones.remove(&sharer.person_id),
            reasons: reasons
                .iter()
                .map(|reason| FollowUpCause { code: *reason, text: reason.text() })
                .collect(),
            last_measured_at: sharer.last_measured_at,
            last_pressure: sharer.digest.last_pressure.map(|pressure| FollowUpPressure {
                at: pressure.at,
                systolic: pressure.systolic,
                diastolic: pressure.diastolic,
                at_home: pressure.at_home,
            }),
            last_call: sharer.standing.map(|standing| LastCall {
                called_at: standing.called_at,
                outcome: standing.outcome.into(),
                next_on: standing.next_on,
            }),
            is_referred: referred.contains(&sharer.person_id),
        })
    });
    Ok(items.collect())
}

/// Names and sexes.
pub(super) async fn people(
    state: &AppState,
    connection: &impl ConnectionTrait,
    ids: &[Uuid],
) -> ApiResult<HashMap<Uuid, (Option<String>, person::Sex)>> {
    let rows =
        person::Entity::find().filter(person::Column::Id.is_in(ids.iter().copied())).all(connection).await?;
    let cells: Vec<(&[u8], &[u8])> = rows
        .iter()
        .filter_map(|row| Some((row.id.as_bytes().as_slice(), row.name_cell.as_deref()?)))
        .collect();
    let mut plain = state.vault.open_many(connection, NAME, &cells).await?.into_iter();
    let mut people = HashMap::with_capacity(rows.len());
    for row in &rows {
        let name = row.name_cell.as_ref().and_then(|_| plain.next().flatten());
        let name = name.and_then(|name| String::from_utf8(name.to_vec()).ok());
        people.insert(row.id, (name, row.sex));
    }
    Ok(people)
}

/// Numbers to call: of the person's own account, or of whoever keeps the record.
async fn phones(
    state: &AppState,
    connection: &impl ConnectionTrait,
    ids: &[Uuid],
) -> ApiResult<HashMap<Uuid, String>> {
    let keepers: Vec<(Uuid, Uuid)> = family_member::Entity::find()
        .select_only()
        .column(family_member::Column::AccountId)
        .column(family_member::Column::PersonId)
        .filter(family_member::Column::PersonId.is_in(ids.iter().copied()))
        .filter(family_member::Column::EndedAt.is_null())
        .into_tuple()
        .all(connection)
        .await?;
    let of_account = account::Column::PersonId
        .is_in(ids.iter().copied())
        .or(account::Column::Id.is_in(keepers.iter().map(|(account_id, _)| *account_id)));
    let accounts = account::Entity::find()
        .filter(of_account)
        .filter(account::Column::Status.eq(account::Status::Active))
        .filter(account::Column::PhoneCell.is_not_null())
        .all(connection)
        .await?;
    let cells: Vec<(&[u8], &[u8])> = accounts
        .iter()
        .filter_map(|row| Some((row.id.as_bytes().as_slice(), row.phone_cell.as_deref()?)))
        .collect();
    let plain = state.vault.open_many(connection, PHONE, &cells).await?;
    let mut phones = HashMap::new();
    let mut own = HashMap::new();
    for (account, plain) in accounts.iter().zip(plain) {
        let Some(phone) = plain.and_then(|plain| String::from_utf8(plain.to_vec()).ok()) else { continue };
        for (_, kept) in keepers.iter().filter(|(account_id, _)| *account_id == account.id) {
            phones.insert(*kept, phone.clone());
        }
        own.insert(account.person_id, phone);
    }
    // Who has a number of their own is called there.
    phones.extend(own.into_iter().filter(|(person_id, _)| ids.contains(person_id)));
    Ok(phones)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let id = Uuid::from_u128(7);
        for reason in [
            Reason::VeryHighPressure,
            Reason::ThreeHighDays,
            Reason::WeightLoss,
            Reason::CallAgain,
            Reason::NoReading,
        ] {
            assert_eq!(read_cursor(&cursor(&(reason, id))).unwrap(), (reason, id));
        }
        for wrong in ["", "0", "5.00000000-0000-0000-0000-000000000007", "0.x", "x.7"] {
            assert!(read_cursor(wrong).is_err(), "{wrong}");
        }
    }
}
