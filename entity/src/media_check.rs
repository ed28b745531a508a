//! WeChat's checks of pictures.

use sea_orm::entity::prelude::*;

/// What WeChat suggests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Suggestion {
    /// Nothing was found.
    #[sea_orm(string_value = "pass")]
    Pass,
    /// Somebody should look.
    #[sea_orm(string_value = "review")]
    Review,
    /// Not to be shown.
    #[sea_orm(string_value = "risky")]
    Risky,
}

/// One check. Its result may come before it is known which item it belongs to.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media_check")]
pub struct Model {
    /// What WeChat calls the check.
    #[sea_orm(primary_key, auto_increment = false)]
    pub trace_id: String,
    pub item_id: Option<Uuid>,
    pub suggestion: Option<Suggestion>,
    pub label: Option<String>,
    pub noted_at: ChronoUnixTimestampMillis,
    #[sea_orm(belongs_to, from = "item_id", to = "id")]
    pub item: BelongsTo<Option<super::moderation_item::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
