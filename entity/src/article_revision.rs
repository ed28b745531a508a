//! What an article says, revision by revision.

use sea_orm::entity::prelude::*;

/// One revision. It is never changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_revision")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub article_id: i32,
    /// 1, 2, 3, … within the article.
    pub number: i32,
    pub title: String,
    /// To be read aloud; at most 80 characters.
    pub elder_summary: String,
    /// Sanitised: only what the rich text of WeChat shows.
    #[sea_orm(column_type = "Text")]
    pub body_html: String,
    /// The same content as a JSON array of blocks.
    pub body_blocks: Json,
    pub cover_url: Option<String>,
    pub audio_url: Option<String>,
    pub video_url: Option<String>,
    /// JSON array of words such as `elders`.
    pub audiences: Json,
    pub source_name: String,
    pub source_edition: Option<String>,
    pub source_url: Option<String>,
    pub medical_reviewer: Option<String>,
    pub reviewed_on: Option<Date>,
    pub review_by: Option<Date>,
    /// Edition of the 66 items of health literacy that the numbers below belong to.
    pub literacy_edition: Option<i32>,
    /// JSON array of numbers.
    pub literacy_items: Json,
    /// A question with choices, the number of the right one and an explanation.
    pub quiz: Option<Json>,
    pub demo: bool,
    pub author_id: Option<Uuid>,
    pub created_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
