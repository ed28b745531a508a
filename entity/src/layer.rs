//! Layers of the health map: greenways, parks, courts, health huts and whatever a place adds.

use sea_orm::entity::prelude::*;

/// One layer. Layers are rows, so that each place has its own.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "layer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub title: String,
    pub title_en: String,
    pub description: String,
    pub icon: String,
    pub min_zoom: i32,
    pub max_zoom: i32,
    /// JSON array of `point`, `line`, `polygon`.
    pub geometry_kinds: Json,
    /// Display order, ascending.
    pub position: i32,
    #[sea_orm(has_many)]
    pub features: HasMany<super::feature::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
