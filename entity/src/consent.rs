//! What was agreed to, when and by whom.

use sea_orm::entity::prelude::*;

use super::proxy::Capacity;

/// One consent. One that ended stays as evidence.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    pub purpose: String,
    pub text_version: i32,
    pub given_by_account_id: Uuid,
    pub given_as: Capacity,
    pub granted_at: ChronoUnixTimestampMillis,
    pub ended_at: Option<ChronoUnixTimestampMillis>,
    /// `withdrawn`, `renewed`, `handed_over`, `removed` or `erased`.
    pub end_reason: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
