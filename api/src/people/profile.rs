//! Who a person is, sealed in the database.

use chrono::{Datelike, NaiveDate};
use entity::person;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::error::{ApiError, ApiResult, FieldError};
use crate::vault::{CellAddress, Column, KeyOwner, Vault};

/// The name of a person.
pub const NAME: Column = Column { table: "person", column: "name_cell" };
/// The date of birth of a person.
pub const BIRTH_DATE: Column = Column { table: "person", column: "birth_date_cell" };

/// Longest name in characters.
const NAME_CHARS: usize = 32;
/// Nobody alive was born before.
const EARLIEST_BIRTH_YEAR: i32 = 1900;

/// A name that may be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Trims and checks a name.
    ///
    /// # Errors
    /// What is wrong with it, about the field `pointer`.
    pub fn parse(text: &str, pointer: &str) -> Result<Self, FieldError> {
        let name = text.trim();
        let length = name.chars().count();
        if length == 0 || length > NAME_CHARS || name.chars().any(char::is_control) {
            return Err(FieldError {
                pointer: pointer.to_owned(),
                code: "bad_name".to_owned(),
                message: format!("请填写姓名或称呼，1 到 {NAME_CHARS} 个字。"),
            });
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Name(..)")
    }
}

/// Checks a date of birth.
///
/// # Errors
/// When it lies in the future or before 1900.
pub fn checked_birth_date(date: NaiveDate, today: NaiveDate, pointer: &str) -> Result<NaiveDate, FieldError> {
    if date > today || date.year() < EARLIEST_BIRTH_YEAR {
        return Err(FieldError {
            pointer: pointer.to_owned(),
            code: "bad_birth_date".to_owned(),
            message: "出生日期不正确，请检查年、月、日，例如 1956-03-08。".to_owned(),
        });
    }
    Ok(date)
}

/// Seals the name of a person.
///
/// # Errors
/// As [`Vault::seal`].
pub async fn seal_name(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    person_id: Uuid,
    name: &Name,
) -> ApiResult<Vec<u8>> {
    let address = CellAddress { column: NAME, row: person_id.as_bytes() };
    vault.seal(connection, KeyOwner::Person(person_id), address, name.0.as_bytes()).await
}

/// Seals the date of birth of a person.
///
/// # Errors
/// As [`Vault::seal`].
pub async fn seal_birth_date(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    person_id: Uuid,
    date: NaiveDate,
) -> ApiResult<Vec<u8>> {
    let address = CellAddress { column: BIRTH_DATE, row: person_id.as_bytes() };
    vault.seal(connection, KeyOwner::Person(person_id), address, date.to_string().as_bytes()).await
}

/// The name of a person, where it was told.
///
/// # Errors
/// As [`Vault::open`].
pub async fn name(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    person: &person::Model,
) -> ApiResult<Option<String>> {
    let address = CellAddress { column: NAME, row: person.id.as_bytes() };
    match &person.name_cell {
        Some(cell) => vault.open_text(connection, address, cell).await.map(Some),
        None => Ok(None),
    }
}

/// The date of birth of a person, where it was told.
///
/// # Errors
/// As [`Vault::open`].
pub async fn birth_date(
    connection: &impl ConnectionTrait,
    vault: &Vault,
    person: &person::Model,
) -> ApiResult<Option<NaiveDate>> {
    let address = CellAddress { column: BIRTH_DATE, row: person.id.as_bytes() };
    let Some(cell) = &person.birth_date_cell else {
        return Ok(None);
    };
    let text = vault.open_text(connection, address, cell).await?;
    let date =
        text.parse().or(Err(ApiError::Internal(anyhow::anyhow!("a sealed date of birth is no date"))))?;
    Ok(Some(date))
}
