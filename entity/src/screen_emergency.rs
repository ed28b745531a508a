//! Emergency messages.

use sea_orm::entity::prelude::*;

/// The four levels of public warnings (突发事件预警), from the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Level {
    /// 一般.
    Blue,
    /// 较大.
    Yellow,
    /// 重大.
    Orange,
    /// 特别重大.
    Red,
}

/// A message that is shown before anything else.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "screen_emergency")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its screens, and those of all regions below.
    pub region_code: String,
    /// Only this one of them.
    pub screen_id: Option<Uuid>,
    pub level: Level,
    pub message: String,
    pub created_at: ChronoUnixTimestampMillis,
    pub ends_at: ChronoUnixTimestampMillis,
    pub withdrawn_at: Option<ChronoUnixTimestampMillis>,
    pub created_by: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
