//! Screens of whose silence workers were told.

use sea_orm::entity::prelude::*;

/// One screen that is silent; the row goes when it is heard of again.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "screen_alarm")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub screen_id: Uuid,
    /// When it was heard of last, or paired.
    pub silent_since: ChronoUnixTimestampMillis,
    pub told_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
