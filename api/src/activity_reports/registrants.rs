//! The list of an activity: who is signed up, who came.

use std::collections::BTreeMap;

use entity::activity;
use entity::registration::{self, Status};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use uuid::Uuid;

use super::dto::{ActivityRegistrant, ActivityRegistration};
use crate::attendance::guests::{self, Guest};
use crate::attendance::phones;
use crate::attendance::refusal::zone_of;
use crate::error::{ApiError, ApiResult};
use crate::people::{age, profile};
use crate::state::AppState;
use crate::vault::Column;

const CONSENT_NOTE: Column = Column { table: "registration", column: "consent_note_cell" };
const ANSWERS: Column = Column { table: "registration_person", column: "answers_cell" };

/// A registration with its people.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) row: registration::Model,
    pub(super) phone: Option<String>,
    pub(super) consent_note: Option<String>,
    /// The worker who signed them up.
    pub(super) signed_up_by: Option<String>,
    pub(super) people: Vec<ListedPerson>,
}

/// One of the people of a registration.
#[derive(Clone, Debug)]
pub(super) struct ListedPerson {
    pub(super) guest: Guest,
    pub(super) age: Option<i32>,
    pub(super) answers: Option<Value>,
    /// Who let them in.
    pub(super) by: Option<String>,
}

/// Part of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// All that stand somehow, or only so.
    pub(super) status: Option<Status>,
    pub(super) after: Option<Uuid>,
    pub(super) limit: Option<u64>,
}

/// The registrations of an activity in the order they were made.
pub(super) async fn list(state: &AppState, activity: &activity::Model, part: Part) -> ApiResult<Vec<Listed>> {
    let reader = state.database.reader();
    let mut query = registration::Entity::find()
        .filter(registration::Column::ActivityId.eq(activity.id))
        .order_by_asc(registration::Column::Id);
    if let Some(status) = part.status {
        query = query.filter(registration::Column::Status.eq(status));
    }
    if let Some(after) = part.after {
        query = query.filter(registration::Column::Id.gt(after));
    }
    if let Some(limit) = part.limit {
        query = query.limit(limit);
    }
    let rows = query.all(reader).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let guests = guests::of_registrations(reader, &state.vault, &ids).await?;
    let arrivals = guests.iter().filter_map(|guest| guest.arrival.as_ref()?.staff_id);
    let workers = arrivals.chain(rows.iter().filter_map(|row| row.staff_id));
    let names = guests::staff_names(reader, workers).await?;
    let mut consent_notes = consent_notes(state, &rows).await?;
    let mut phones = phones::of_registrations(reader, &state.vault, &rows).await?;
    let mut people: BTreeMap<Uuid, Vec<ListedPerson>> = BTreeMap::new();
    for guest in guests {
        let listed = listed_person(state, activity, guest, &names).await?;
        people.entry(listed.guest.row.registration_id).or_default().push(listed);
    }
    let listed = |row: registration::Model| Listed {
        phone: phones.remove(&row.id).and_then(|numbers| numbers.into_iter().next()),
        consent_note: consent_notes.remove(&row.id),
        signed_up_by: row.staff_id.and_then(|id| names.get(&id).cloned()),
        people: people.remove(&row.id).unwrap_or_default(),
        row,
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// What workers noted of the consent of those whom they signed up.
async fn consent_notes(state: &AppState, rows: &[registration::Model]) -> ApiResult<BTreeMap<Uuid, String>> {
    let mut notes = BTreeMap::new();
    for row in rows.iter().filter(|row| row.consent_note_cell.is_some()) {
        let cell = row.consent_note_cell.as_deref();
        let note =
            phones::opened(state.database.reader(), &state.vault, (CONSENT_NOTE, row.id), cell).await?;
        notes.extend(note.map(|note| (row.id, note)));
    }
    Ok(notes)
}

async fn listed_person(
    state: &AppState,
    activity: &activity::Model,
    guest: Guest,
    names: &BTreeMap<Uuid, String>,
) -> ApiResult<ListedPerson> {
    let reader = state.database.reader();
    let on = activity.starts_at.with_timezone(&zone_of(activity)).date_naive();
    let born = match &guest.person {
        Some(person) => match profile::birth_date(reader, &state.vault, person).await {
            Ok(born) => born,
            Err(ApiError::Gone { .. }) => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    let cell = guest.row.answers_cell.as_deref();
    let answers = phones::opened(reader, &state.vault, (ANSWERS, guest.row.id), cell).await?;
    Ok(ListedPerson {
        age: born.map(|born| age::full_years(born, on)),
        answers: answers.and_then(|text| serde_json::from_str(&text).ok()),
        by: guest.arrival.as_ref().and_then(|arrival| names.get(&arrival.staff_id?).cloned()),
        guest,
    })
}

/// A registration as it is told.
pub(super) fn told(listed: Listed) -> ActivityRegistration {
    let row = listed.row;
    ActivityRegistration {
        id: row.id,
        status: row.status.to_value(),
        channel: row.channel.to_value(),
        seats: row.seats,
        wait_number: row.wait_number,
        phone: listed.phone,
        signed_up_by: listed.signed_up_by,
        consent_kind: row.consent_kind.map(|kind| kind.to_value()),
        consent_note: listed.consent_note,
        created_at: *row.created_at,
        confirmed_at: row.confirmed_at.map(|at| *at),
        ended_at: row.ended_at.map(|at| *at),
        version: row.version,
        people: listed.people.into_iter().map(told_person).collect(),
    }
}

fn told_person(listed: ListedPerson) -> ActivityRegistrant {
    let guest = listed.guest;
    ActivityRegistrant {
        id: guest.row.id,
        name: guest.name,
        sex: guest.person.map_or_else(|| "unknown".to_owned(), |person| person.sex.to_value()),
        age: listed.age,
        status: guest.row.status.to_value(),
        answers: listed.answers,
        checked_in_at: guest.arrival.as_ref().map(|arrival| *arrival.checked_in_at),
        checked_in_by: listed.by,
        source: guest.arrival.map(|arrival| arrival.source.to_value()),
        excused: guest.row.excused_at.is_some(),
    }
}
