//! Revisions on their way through review.

use sea_orm::entity::prelude::*;

/// One submission of one revision.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article_review")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub article_id: i32,
    /// Number of the revision.
    pub number: i32,
    /// How many people have to agree, one after the other.
    pub steps: i32,
    pub state: State,
    /// JSON array of the ids of staff who wrote the revision.
    pub editors: Json,
    pub submitted_by: Uuid,
    pub submitted_at: ChronoUnixTimestampMillis,
    pub closed_at: Option<ChronoUnixTimestampMillis>,
}

/// How far a review is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum State {
    Open,
    Approved,
    Returned,
    /// The author took it back.
    Recalled,
}

impl ActiveModelBehavior for ActiveModel {}
