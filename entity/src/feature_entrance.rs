//! Ways into a place: gates of a park, ends of a greenway.

use sea_orm::entity::prelude::*;

/// One entrance of a place, in WGS-84 degrees.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "feature_entrance")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub feature_id: i32,
    pub name: Option<String>,
    /// `main`, `side`, `accessible` or `trailhead`.
    pub kind: String,
    pub lon: f64,
    pub lat: f64,
    #[sea_orm(belongs_to, from = "feature_id", to = "id")]
    pub feature: BelongsTo<super::feature::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
