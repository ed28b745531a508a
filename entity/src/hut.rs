//! Health huts.

use sea_orm::entity::prelude::*;

/// Whether people can measure themselves there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Status {
    /// They can.
    Open,
    /// It was given up.
    Closed,
}

/// One hut: a place of the map that somebody keeps.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hut")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub feature_id: i32,
    pub region_code: String,
    /// The member of staff who looks after it.
    pub keeper_id: Option<Uuid>,
    /// For colleagues.
    pub note: Option<String>,
    pub status: Status,
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
