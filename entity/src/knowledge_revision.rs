//! The one counter that numbers the states of what residents read.

use sea_orm::entity::prelude::*;

/// The current revision; replicas look whether it grew.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "knowledge_revision")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub revision: i64,
    /// The last revision in which more than single articles changed.
    pub whole_revision: i64,
    pub changed_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
