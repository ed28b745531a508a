//! For which terms revisions of articles are public.

use sea_orm::entity::prelude::*;

/// One revision for one term. Of all terms of an article that have begun and are not cancelled, the one that
/// began last decides what the public sees.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_release")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub article_id: i32,
    /// Number of the revision.
    pub number: i32,
    pub published_at: ChronoUnixTimestampMillis,
    pub expire_at: Option<ChronoUnixTimestampMillis>,
    pub withdrawn_at: Option<ChronoUnixTimestampMillis>,
    /// It was scheduled and called off before it began.
    pub cancelled_at: Option<ChronoUnixTimestampMillis>,
    pub created_by: Option<Uuid>,
    pub created_at: ChronoUnixTimestampMillis,
    /// When the history was told that it began.
    pub told_at: Option<ChronoUnixTimestampMillis>,
    /// When the history was told that it expired.
    pub end_told_at: Option<ChronoUnixTimestampMillis>,
}

impl ActiveModelBehavior for ActiveModel {}
