//! The record of a person who has none yet.

use chrono::{DateTime, NaiveDate, Utc};
use entity::person;
use sea_orm::{ActiveValue, DatabaseTransaction, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::profile::{self, Name};
use crate::error::ApiResult;
use crate::state::AppState;

/// Who somebody is, checked.
#[derive(Clone, Debug)]
pub struct NewRecord {
    /// Id the person gets.
    pub person_id: Uuid,
    /// Name.
    pub name: Name,
    /// When the person was born, where it is known.
    pub birth_date: Option<NaiveDate>,
    /// Sex.
    pub sex: person::Sex,
    /// Community or street, where it is known.
    pub region_code: Option<String>,
}

/// Adds a person with a key of their own. Whose family they belong to, if any, is the caller's business.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    transaction: &DatabaseTransaction,
    state: &AppState,
    record: &NewRecord,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let person_id = record.person_id;
    let bare = person::Model {
        id: person_id,
        name_cell: None,
        birth_date_cell: None,
        sex: record.sex,
        region_code: record.region_code.clone(),
        status: person::Status::Active,
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    person::Entity::insert(bare.into_active_model()).exec_without_returning(transaction).await?;
    // Cells need the key of the person, and the key needs the person.
    state.vault.create_person_key(transaction, person_id, now).await?;
    let name_cell = profile::seal_name(transaction, &state.vault, person_id, &record.name).await?;
    let birth_date_cell = match record.birth_date {
        Some(born) => Some(profile::seal_birth_date(transaction, &state.vault, person_id, born).await?),
        None => None,
    };
    let sealed = person::ActiveModel {
        id: ActiveValue::Unchanged(person_id),
        name_cell: ActiveValue::Set(Some(name_cell)),
        birth_date_cell: ActiveValue::Set(birth_date_cell),
        ..Default::default()
    };
    person::Entity::update(sealed).exec(transaction).await?;
    Ok(())
}
