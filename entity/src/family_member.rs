//! Whose record an account keeps besides that of its own person.

use sea_orm::entity::prelude::*;

/// What the person is to the owner of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Kinship {
    Child,
    Grandchild,
    Parent,
    Grandparent,
    Spouse,
    Sibling,
    Other,
}

/// As whom the account keeps the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Capacity {
    /// The person was a minor when added: the access ends when they come of age.
    Guardian,
    /// The person was an adult when added and has no account of their own.
    Caretaker,
}

/// One person in one account's family.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "family_member")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub person_id: Uuid,
    pub kinship: Kinship,
    pub capacity: Capacity,
    pub added_at: ChronoUnixTimestampMillis,
    pub ended_at: Option<ChronoUnixTimestampMillis>,
    /// `removed`, `handed_over` or `erased`.
    pub end_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
