//! A person as a `Patient`.

use entity::person::{self, Sex};
use sea_orm::ConnectionTrait;

use super::codes::URI;
use super::resource::{HumanName, Identifier, Meta, Patient, PatientType};
use crate::error::ApiResult;
use crate::people::{PersonAccess, profile};
use crate::vault::Vault;

/// The person of an access.
pub(super) async fn patient(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    access: &PersonAccess,
) -> ApiResult<Patient> {
    of(connection, vault, access.person()).await
}

/// A person whom the caller may tell everything about.
pub(super) async fn of(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    person: &person::Model,
) -> ApiResult<Patient> {
    let name = profile::name(connection, vault, person).await?;
    Ok(Patient {
        resource_type: PatientType::Patient,
        id: person.id.to_string(),
        meta: meta(person),
        identifier: vec![Identifier { system: URI, value: format!("urn:uuid:{}", person.id) }],
        active: person.status == person::Status::Active,
        name: name.into_iter().map(|text| HumanName { text }).collect(),
        gender: match person.sex {
            Sex::Female => "female",
            Sex::Male => "male",
            Sex::Unknown => "unknown",
        },
        birth_date: profile::birth_date(connection, vault, person).await?,
    })
}

fn meta(person: &person::Model) -> Meta {
    Meta { version_id: person.version.to_string(), last_updated: *person.updated_at, profile: Vec::new() }
}
