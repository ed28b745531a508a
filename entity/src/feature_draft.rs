//! Changes of the map that wait: being written, being reviewed, returned.

use sea_orm::entity::prelude::*;

/// What may become the next version of a place, or a new place.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feature_draft")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    /// The place; absent for a new one until it is published.
    pub feature_id: Option<i32>,
    /// The version of the place that the author saw.
    pub base_version: Option<i32>,
    pub layer_id: String,
    pub region_code: String,
    pub name: String,
    /// Everything but the geometry.
    pub content: Json,
    /// Geometry as WKB in WGS-84.
    #[sea_orm(column_type = "Blob", nullable)]
    pub geometry: Option<Vec<u8>>,
    /// Takes the place off the map.
    pub retires: bool,
    pub state: State,
    /// How many people have to agree, one after the other.
    pub steps: i32,
    /// JSON array of the ids of staff who agreed since it was handed in.
    pub approvals: Json,
    /// JSON array of the ids of staff who wrote in it.
    pub editors: Json,
    /// JSON array of `{code, message}`: what a reviewer should look at.
    pub warnings: Option<Json>,
    /// What the author says about it.
    pub note: Option<String>,
    /// Why it was returned.
    pub reason: Option<String>,
    pub author_id: Uuid,
    /// Grows by one with everything that is done to it.
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
    pub submitted_at: Option<ChronoUnixTimestampMillis>,
}

/// How far a draft is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum State {
    Draft,
    InReview,
    Returned,
    Published,
    Discarded,
}

impl ActiveModelBehavior for ActiveModel {}
