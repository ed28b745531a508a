//! Reports of phones about what residents agreed to.

use sea_orm::entity::prelude::*;

/// One report that was counted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_report")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// What the phone called it, so that a repetition is known.
    #[sea_orm(primary_key, auto_increment = false)]
    pub idempotency_key: String,
    pub reported_at: ChronoUnixTimestampMillis,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
