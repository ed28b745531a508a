//! The app's own list of what residents are told.

use sea_orm::entity::prelude::*;

/// One notice to one resident, written in the transaction of its reason.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    /// Such as `registration_confirmed`.
    pub kind: String,
    /// Kind of what it is about, such as `registration`.
    pub subject_kind: String,
    pub subject_id: String,
    /// What tells repeated notices of one kind about one subject apart; may be empty.
    pub occasion: String,
    /// Names nobody.
    pub title: String,
    /// Sealed with the recipient's key.
    pub body_cell: Vec<u8>,
    /// Query of the page that a tap opens, without `?`.
    pub page_query: Option<String>,
    pub created_at: ChronoUnixTimestampMillis,
    /// Not shown before.
    pub visible_at: ChronoUnixTimestampMillis,
    pub read_at: Option<ChronoUnixTimestampMillis>,
    /// Its reason was gone before it was visible; nobody sees it.
    pub withdrawn_at: Option<ChronoUnixTimestampMillis>,
}

impl ActiveModelBehavior for ActiveModel {}
