//! What is being written, beside what is live.

use sea_orm::entity::prelude::*;

/// The working copy of one article.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_draft")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: i32,
    /// Grows by one each time it is saved.
    pub version: i32,
    pub title: String,
    /// Everything it says, for looking through drafts.
    #[sea_orm(column_type = "Text")]
    pub plain_text: String,
    /// What was entered, complete or not.
    pub content: Json,
    /// Number of the revision that says the same; absent while there is something that no revision holds.
    pub frozen_as: Option<i32>,
    /// JSON array of the ids of staff who wrote since the last revision was frozen.
    pub editors: Json,
    pub saved_by: Option<Uuid>,
    pub saved_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
