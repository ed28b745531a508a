//! Which places each revision of the public map touched.

use sea_orm::entity::prelude::*;

/// One place that one revision published, changed or took away.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "map_change")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub feature_id: i32,
    pub changed_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
