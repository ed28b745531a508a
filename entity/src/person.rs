//! Persons: residents and the members of their families.

use sea_orm::entity::prelude::*;

/// Sex as norms of health values distinguish it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Sex {
    /// Not told.
    #[sea_orm(string_value = "unknown")]
    Unknown,
    /// Female.
    #[sea_orm(string_value = "female")]
    Female,
    /// Male.
    #[sea_orm(string_value = "male")]
    Male,
}

/// Whether the person is still known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Status {
    /// Known.
    #[sea_orm(string_value = "active")]
    Active,
    /// Erased; only the id is left.
    #[sea_orm(string_value = "erased")]
    Erased,
}

/// Somebody whose data is kept. After an erasure the row stays without anything that tells who it was.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Sealed name.
    pub name_cell: Option<Vec<u8>>,
    /// Sealed date of birth, `YYYY-MM-DD`.
    pub birth_date_cell: Option<Vec<u8>>,
    pub sex: Sex,
    /// Community or street the person chose; decides which staff may be concerned.
    pub region_code: Option<String>,
    pub status: Status,
    /// Grows by one with every change.
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
