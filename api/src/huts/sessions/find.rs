//! Whom a keeper may pick at a hut, found by the end of a phone number.
//!
//! The numbers of those who share with the community are opened and compared. An index of endings would be smaller
//! work and a weaker secret: there are ten thousand endings, and whoever held the database could sort people by
//! them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use entity::{account, consent, family_member, person};
use sea_orm::sea_query::{ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::dto::{FoundHutPeople, FoundHutPerson};
use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong;
use crate::huts::in_charge::InCharge;
use crate::me::PHONE;
use crate::people::age::{civil_day, full_years};
use crate::people::masking::masked;
use crate::people::profile;
use crate::privacy::access_log;
use crate::state::AppState;

/// More than fit on a small screen are no help.
const MOST_FOUND: usize = 10;
/// As many ids as one statement should carry.
const IDS: usize = 500;

/// Finds people of the hut's community, and notes for each of them that they were looked for.
pub(super) async fn by_phone_ending(
    state: &AppState,
    caller: InCharge,
    hut_id: Uuid,
    ending: &str,
) -> ApiResult<FoundHutPeople> {
    let (reader, now) = (state.database.reader(), state.clock.now());
    let hut = caller.hut(reader, hut_id).await?;
    if ending.len() != 4 || !ending.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("/last_four", "bad_ending", "请填写手机号的后四位数字，例如 5678。"));
    }
    let people = sharers(reader, &hut.region_code).await?;
    let fitting = with_ending(state, reader, &people, ending).await?;
    let found: Vec<person::Model> =
        people.into_iter().filter(|person| fitting.contains(&person.id)).collect();
    let shared = state.clone();
    let told = state.database.write(move |transaction| {
        let (state, caller, found) = (shared.clone(), caller.clone(), found.clone());
        Box::pin(async move { told(&state, transaction, &caller, &found, now).await })
    });
    Ok(FoundHutPeople { items: told.await?, next: None })
}

/// Everybody of a community who agreed to a record and to sharing it; whether that still counts at their age is
/// looked at for those who are found.
async fn sharers(connection: &impl ConnectionTrait, region_code: &str) -> ApiResult<Vec<person::Model>> {
    Ok(person::Entity::find()
        .filter(person::Column::RegionCode.eq(region_code))
        .filter(person::Column::Status.eq(person::Status::Active))
        .filter(person::Column::Id.in_subquery(who_agreed_to(Purpose::Sharing)))
        .filter(person::Column::Id.in_subquery(who_agreed_to(Purpose::Records)))
        .order_by_asc(person::Column::Id)
        .all(connection)
        .await?)
}

fn who_agreed_to(purpose: Purpose) -> SelectStatement {
    Query::select()
        .column(consent::Column::PersonId)
        .from(consent::Entity)
        .and_where(consent::Column::Purpose.eq(purpose.as_str()))
        .and_where(consent::Column::EndedAt.is_null())
        .to_owned()
}

/// Those whose own number, or that of whoever keeps their record, ends so.
async fn with_ending(
    state: &AppState,
    connection: &impl ConnectionTrait,
    people: &[person::Model],
    ending: &str,
) -> ApiResult<BTreeSet<Uuid>> {
    let mut fitting = BTreeSet::new();
    for people in people.chunks(IDS) {
        let ids: Vec<Uuid> = people.iter().map(|person| person.id).collect();
        let called = phones_of(connection, &ids).await?;
        let cells: Vec<(&[u8], &[u8])> = called
            .values()
            .filter_map(|(account, _)| {
                Some((account.id.as_bytes().as_slice(), account.phone_cell.as_deref()?))
            })
            .collect();
        let numbers = state.vault.open_many(connection, PHONE, &cells).await?;
        let with_phone = called.values().filter(|(account, _)| account.phone_cell.is_some());
        for ((_, persons), number) in with_phone.zip(numbers) {
            if number.is_some_and(|number| number.ends_with(ending.as_bytes())) {
                fitting.extend(persons);
            }
        }
    }
    Ok(fitting)
}

/// Accounts by id, each with the persons of these whom one calls there.
async fn phones_of(
    connection: &impl ConnectionTrait,
    ids: &[Uuid],
) -> ApiResult<BTreeMap<Uuid, (account::Model, Vec<Uuid>)>> {
    let kept = family_member::Entity::find()
        .filter(family_member::Column::PersonId.is_in(ids.iter().copied()))
        .filter(family_member::Column::EndedAt.is_null())
        .all(connection)
        .await?;
    let mut keepers: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for row in kept {
        keepers.entry(row.account_id).or_default().push(row.person_id);
    }
    let own = account::Column::PersonId.is_in(ids.iter().copied());
    let of_keepers = account::Column::Id.is_in(keepers.keys().copied());
    let accounts = account::Entity::find()
        .filter(own.or(of_keepers))
        .filter(account::Column::Status.eq(account::Status::Active))
        .filter(account::Column::PhoneCell.is_not_null())
        .all(connection)
        .await?;
    let with_persons = accounts.into_iter().map(|account| {
        let mut persons = keepers.remove(&account.id).unwrap_or_default();
        if ids.contains(&account.person_id) {
            persons.push(account.person_id);
        }
        (account.id, (account, persons))
    });
    Ok(with_persons.collect())
}

/// What is told of those who may be picked at this moment; what cannot be noted for them is not told.
async fn told(
    state: &AppState,
    transaction: &DatabaseTransaction,
    caller: &InCharge,
    found: &[person::Model],
    now: DateTime<Utc>,
) -> ApiResult<Vec<FoundHutPerson>> {
    let mut items = Vec::new();
    for person in found {
        if items.len() == MOST_FOUND {
            break;
        }
        if !shares(state, transaction, person.id, now).await? {
            continue;
        }
        let name = profile::name(transaction, &state.vault, person).await?.unwrap_or_default();
        let born = profile::birth_date(transaction, &state.vault, person).await?;
        access_log::note(transaction, state, &caller.reading(person.id), now).await?;
        items.push(FoundHutPerson {
            id: person.id,
            name: masked(&name),
            age: born.map(|born| full_years(born, civil_day(now))),
        });
    }
    Ok(items)
}

/// Whether both consents count now; what a guardian agreed to lapses with the years.
async fn shares(
    state: &AppState,
    transaction: &DatabaseTransaction,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    for purpose in [Purpose::Sharing, Purpose::Records] {
        match consents::require(transaction, &state.vault, person_id, purpose, now).await {
            Ok(_) => {}
            Err(ApiError::Forbidden { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}
