//! Everything about a person in one bundle, to take along.

use entity::measurement::{self, Validity};
use entity::person;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::to_vec;
use uuid::Uuid;

use super::observation::observation;
use super::patient;
use super::resource::{Bundle, BundleType, Entry, Resource};
use crate::error::ApiResult;
use crate::people::no_such_person;
use crate::records::readings::opened;
use crate::state::AppState;

/// Person and readings as a `Bundle` of the type `collection`, the oldest reading first. Resources are named by
/// their `urn:uuid:`, so the bundle means the same wherever it is opened.
///
/// # Errors
/// 404 where there is no such person; when the database fails or a cell is damaged.
pub async fn collection(state: &AppState, person_id: Uuid) -> ApiResult<Vec<u8>> {
    let reader = state.database.reader();
    let person = person::Entity::find_by_id(person_id).one(reader).await?.ok_or_else(no_such_person)?;
    let patient = patient::of(reader, &state.vault, &person).await?;
    let rows = measurement::Entity::find()
        .filter(measurement::Column::PersonId.eq(person_id))
        .filter(measurement::Column::Validity.eq(Validity::Valid))
        .order_by_asc(measurement::Column::MeasuredAt)
        .order_by_asc(measurement::Column::Id)
        .all(reader)
        .await?;
    let readings = opened(state, reader, rows).await?;
    let observations = readings.iter().filter_map(|reading| {
        let mut told = observation(&state.catalogue, reading)?;
        told.subject.reference = format!("urn:uuid:{person_id}");
        // The bundle holds no devices, and a reference into nothing helps nobody.
        told.device = None;
        Some((reading.row.id, Resource::Observation(Box::new(told))))
    });
    let patient = std::iter::once((person_id, Resource::Patient(Box::new(patient))));
    let entry = |(id, resource): (Uuid, Resource)| Entry {
        full_url: Some(format!("urn:uuid:{id}")),
        resource: Some(resource),
        ..Entry::default()
    };
    let bundle = Bundle {
        resource_type: BundleType::Bundle,
        kind: "collection",
        link: Vec::new(),
        entry: patient.chain(observations).map(entry).collect(),
    };
    Ok(to_vec(&bundle).map_err(anyhow::Error::from)?)
}
