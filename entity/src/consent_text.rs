//! What residents are asked to agree to.

use sea_orm::entity::prelude::*;

/// One version of the text of one purpose. What somebody agreed to is never changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent_text")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub purpose: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    pub title: String,
    /// Plain Chinese: what, why, what it means, how to take it back.
    pub body: String,
    /// From when it is the text that is asked.
    pub effective_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
