//! The history of articles. Rows are only added.

use sea_orm::entity::prelude::*;

/// One thing that was done to an article.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_event")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub article_id: i32,
    /// Number of the revision it was done to.
    pub number: Option<i32>,
    pub action: String,
    /// Absent where it was the time.
    pub staff_id: Option<Uuid>,
    pub at: ChronoUnixTimestampMillis,
    pub review_id: Option<i32>,
    /// Step of the review, from 1.
    pub step: Option<i32>,
    pub reason: Option<String>,
    /// JSON object with what else is to be known.
    pub detail: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}
