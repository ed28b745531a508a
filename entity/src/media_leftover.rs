//! Objects that belong to no medium, or not yet.

use sea_orm::entity::prelude::*;

/// One folder of objects that is swept once it is old enough that nobody can be filling it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media_leftover")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub noted_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
