//! Templates of subscribe messages.

use sea_orm::entity::prelude::*;

/// How often a resident's agreement can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Kind {
    /// One message for each agreement.
    #[sea_orm(string_value = "once")]
    Once,
    /// Any number until the resident refuses; WeChat grants such templates to public services.
    #[sea_orm(string_value = "long")]
    Long,
}

/// What a kind of message is sent with.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "message_template")]
pub struct Model {
    /// What the message is for, such as `activity_reminder`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub biz_key: String,
    /// What WeChat calls the template.
    pub template_id: String,
    /// What residents are told it is for.
    pub title: String,
    pub kind: Kind,
    /// JSON array of `{key, source}`: which value of the reason fills which key of the template.
    pub fields: Json,
    /// Page that a tap opens, without its query.
    pub page: Option<String>,
    pub enabled: bool,
    /// Why the server itself stopped using it.
    pub disabled_reason: Option<String>,
    /// Grows by one with every change.
    pub version: i32,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
