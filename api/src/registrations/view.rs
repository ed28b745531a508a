//! What residents see of their registrations.

use std::sync::Arc;

use entity::registration::{self, EndReason, Status};
use entity::{activity, person, registration_person};
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::cancel::{find, no_such_registration, people};
use super::dto::{RegisteredActivity, RegisteredPerson, Registration, RegistrationList};
use crate::activities::published::Activity;
use crate::error::ApiResult;
use crate::identity::caller::Resident;
use crate::people::profile;
use crate::state::AppState;

/// One registration of the caller.
pub(super) async fn get(
    state: &AppState,
    resident: Resident,
    registration_id: Uuid,
) -> ApiResult<Registration> {
    let entry = find(state.database.reader(), registration_id).await?;
    one(state, resident, entry).await
}

/// A registration as the caller sees it.
pub(super) async fn one(
    state: &AppState,
    resident: Resident,
    entry: registration::Model,
) -> ApiResult<Registration> {
    let reader = state.database.reader();
    let people = people(reader, entry.id).await?;
    let is_own = entry.account_id == Some(resident.account_id);
    if !is_own && !people.iter().any(|person| person.person_id == resident.person_id) {
        return Err(no_such_registration());
    }
    let place_in_line = match entry.wait_number.filter(|_| entry.status == Status::Waiting) {
        Some(number) => Some(ahead_of(reader, &entry, number).await? + 1),
        None => None,
    };
    let activity = activity_of(state, reader, entry.activity_id).await?;
    let mut shown = Vec::with_capacity(people.len());
    for row in people {
        // Who only is one of the people sees nobody else.
        if !is_own && row.person_id != resident.person_id {
            continue;
        }
        let person = person::Entity::find_by_id(row.person_id).one(reader).await?;
        let person = person.filter(|person| person.status == person::Status::Active);
        let name = match person {
            Some(person) => profile::name(reader, &state.vault, &person).await?,
            None => None,
        };
        shown.push(RegisteredPerson {
            person_id: row.person_id,
            registration_person_id: row.id,
            name,
            status: row.status.into(),
        });
    }
    Ok(Registration {
        id: entry.id,
        status: entry.status.into(),
        people: shown,
        place_in_line,
        offer_expires_at: entry.offer_expires_at.map(|at| activity.told(*at)),
        end_reason: entry.end_reason.map(reason),
        created_at: activity.told(*entry.created_at),
        activity: RegisteredActivity {
            id: activity.row.id,
            title: activity.row.title.clone(),
            starts_at: activity.told(*activity.row.starts_at),
            ends_at: activity.told(*activity.row.ends_at),
            place_name: activity.row.place_name.clone(),
        },
    })
}

fn reason(reason: EndReason) -> &'static str {
    match reason {
        EndReason::ByResident => "by_resident",
        EndReason::ByStaff => "by_staff",
        EndReason::OfferExpired => "offer_expired",
        EndReason::ActivityCancelled => "activity_cancelled",
        EndReason::Erased => "erased",
    }
}

async fn ahead_of(
    connection: &impl ConnectionTrait,
    entry: &registration::Model,
    number: i64,
) -> ApiResult<i64> {
    let ahead = registration::Entity::find()
        .filter(registration::Column::ActivityId.eq(entry.activity_id))
        .filter(registration::Column::Status.eq(Status::Waiting))
        .filter(registration::Column::WaitNumber.lt(number))
        .count(connection)
        .await?;
    Ok(i64::try_from(ahead).unwrap_or(i64::MAX))
}

async fn activity_of(
    state: &AppState,
    connection: &impl ConnectionTrait,
    activity_id: i32,
) -> ApiResult<Arc<Activity>> {
    if let Some(known) = state.activities.current().get(activity_id) {
        return Ok(Arc::clone(known));
    }
    let row = activity::Entity::find_by_id(activity_id).one(connection).await?;
    let row = row.ok_or_else(no_such_registration)?;
    let loaded = crate::activities::load(connection, vec![row]).await?.pop();
    loaded.map(Arc::new).ok_or_else(no_such_registration)
}

/// Registrations of the caller, the newest first: those of the account, and where somebody else signed the
/// caller up.
pub(super) async fn list(
    state: &AppState,
    resident: Resident,
    before: Option<Uuid>,
    limit: usize,
) -> ApiResult<RegistrationList> {
    let own_person = Query::select()
        .column(registration_person::Column::RegistrationId)
        .from(registration_person::Entity)
        .and_where(registration_person::Column::PersonId.eq(resident.person_id))
        .to_owned();
    let mut query = registration::Entity::find()
        .filter(
            Condition::any()
                .add(registration::Column::AccountId.eq(resident.account_id))
                .add(registration::Column::Id.in_subquery(own_person)),
        )
        .order_by_desc(registration::Column::Id)
        .limit(limit as u64 + 1);
    if let Some(before) = before {
        query = query.filter(registration::Column::Id.lt(before));
    }
    let mut entries = query.all(state.database.reader()).await?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| more).map(|entry| entry.id.to_string());
    let mut items = Vec::with_capacity(entries.len());
    for entry in entries {
        items.push(one(state, resident, entry).await?);
    }
    Ok(RegistrationList { items, next })
}
