//! Who else may act for a person.

use sea_orm::entity::prelude::*;

/// As whom somebody acts for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Capacity {
    /// The person.
    #[sea_orm(string_value = "own")]
    Own,
    /// The guardian of a minor.
    #[sea_orm(string_value = "guardian")]
    Guardian,
    /// Who keeps the record of an adult without an account.
    #[sea_orm(string_value = "caretaker")]
    Caretaker,
}

/// One proxy: an invitation until it is accepted, and evidence after it ended.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "proxy")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    /// Account that granted it.
    pub granted_by: Uuid,
    pub granted_as: Capacity,
    /// Account that holds it.
    pub holder_account_id: Option<Uuid>,
    /// SHA-256 of the invitation code.
    pub invite_hash: Vec<u8>,
    pub invite_expires_at: ChronoUnixTimestampMillis,
    /// JSON array of words such as `records.read`.
    pub scopes: Json,
    pub created_at: ChronoUnixTimestampMillis,
    pub expires_at: ChronoUnixTimestampMillis,
    pub accepted_at: Option<ChronoUnixTimestampMillis>,
    pub ended_at: Option<ChronoUnixTimestampMillis>,
    /// `revoked`, `given_up`, `handed_over`, `removed` or `erased`.
    pub end_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
