//! The one counter that numbers the states of the public map.

use sea_orm::entity::prelude::*;

/// The current revision. Its row is locked by each change of the map, so that revisions are dense
/// and become visible in order on PostgreSQL too.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "map_revision")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub revision: i64,
    pub changed_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
