//! The people of registrations with their names and arrivals.

use std::collections::BTreeMap;

use entity::registration::Status;
use entity::{check_in, person, registration_person, staff};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult};
use crate::people::profile;
use crate::vault::Vault;

/// As many ids as one statement should carry.
const IDS: usize = 500;

/// One person of a registration.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    pub(crate) row: registration_person::Model,
    pub(crate) person: Option<person::Model>,
    /// Empty where the person was erased.
    pub(crate) name: String,
    /// That counts.
    pub(crate) arrival: Option<check_in::Model>,
    /// Those that were undone.
    pub(crate) undone: Vec<check_in::Model>,
}

impl Guest {
    /// Whether the person holds a seat.
    pub(crate) fn has_seat(&self) -> bool {
        self.row.status == Status::Confirmed
    }
}

/// The people of these registrations, by registration and position.
pub(crate) async fn of_registrations(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    registration_ids: &[Uuid],
) -> ApiResult<Vec<Guest>> {
    let mut guests = Vec::new();
    for ids in registration_ids.chunks(IDS) {
        let rows = registration_person::Entity::find()
            .filter(registration_person::Column::RegistrationId.is_in(ids.iter().copied()))
            .order_by_asc(registration_person::Column::RegistrationId)
            .order_by_asc(registration_person::Column::Position)
            .all(connection)
            .await?;
        guests.extend(with_names(connection, vault, rows).await?);
    }
    Ok(guests)
}

async fn with_names(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    rows: Vec<registration_person::Model>,
) -> ApiResult<Vec<Guest>> {
    let mut people = BTreeMap::new();
    let mut arrivals: BTreeMap<Uuid, Vec<check_in::Model>> = BTreeMap::new();
    for rows in rows.chunks(IDS) {
        let ids = rows.iter().map(|row| row.person_id);
        let found = person::Entity::find().filter(person::Column::Id.is_in(ids)).all(connection).await?;
        people.extend(found.into_iter().map(|person| (person.id, person)));
        let ids = rows.iter().map(|row| row.id);
        let found = check_in::Entity::find()
            .filter(check_in::Column::RegistrationPersonId.is_in(ids))
            .order_by_asc(check_in::Column::Id)
            .all(connection)
            .await?;
        for arrival in found {
            arrivals.entry(arrival.registration_person_id).or_default().push(arrival);
        }
    }
    let mut guests = Vec::with_capacity(rows.len());
    for row in rows {
        let person = people.get(&row.person_id).cloned();
        let name = match &person {
            Some(person) => name_of(connection, vault, person).await?,
            None => String::new(),
        };
        let (undone, counting): (Vec<_>, Vec<_>) = arrivals
            .remove(&row.id)
            .unwrap_or_default()
            .into_iter()
            .partition(|arrival| arrival.reverted_at.is_some());
        guests.push(Guest { row, person, name, arrival: counting.into_iter().next(), undone });
    }
    Ok(guests)
}

/// The name, empty for somebody who was erased a moment ago.
async fn name_of(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    person: &person::Model,
) -> ApiResult<String> {
    match profile::name(connection, vault, person).await {
        Ok(name) => Ok(name.unwrap_or_default()),
        Err(ApiError::Gone { .. }) => Ok(String::new()),
        Err(error) => Err(error),
    }
}

/// What colleagues call these members of staff.
pub(crate) async fn staff_names(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> ApiResult<BTreeMap<Uuid, String>> {
    let mut ids: Vec<Uuid> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let mut names = BTreeMap::new();
    for ids in ids.chunks(IDS) {
        let found = staff::Entity::find().filter(staff::Column::Id.is_in(ids.iter().copied()));
        names.extend(found.all(connection).await?.into_iter().map(|member| (member.id, member.display_name)));
    }
    Ok(names)
}
