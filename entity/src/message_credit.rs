//! How many subscribe messages residents agreed to.

use sea_orm::entity::prelude::*;

/// What the resident answered last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Status {
    /// Agreed.
    #[sea_orm(string_value = "accept")]
    Accept,
    /// Refused.
    #[sea_orm(string_value = "reject")]
    Reject,
}

/// The credits of one resident for one template: each agreement adds one, each message takes one.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_credit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// WeChat's template.
    #[sea_orm(primary_key, auto_increment = false)]
    pub template_id: String,
    /// At most 100: nobody agrees to more.
    pub credits: i32,
    pub status: Status,
    pub updated_at: ChronoUnixTimestampMillis,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
