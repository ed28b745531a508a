//! Health officers of communities.

use sea_orm::entity::prelude::*;

/// One post, with or without a name.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "officer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub region_code: String,
    pub unit: String,
    pub role: String,
    pub name: Option<String>,
    pub phone: Option<String>,
    /// In the syntax of OpenStreetMap.
    pub opening_hours: Option<String>,
    /// JSON array of short texts.
    pub duties: Json,
    pub description: String,
    pub source: String,
    pub demo: bool,
    /// Display order, ascending.
    pub position: i32,
    /// Grows by one with every change.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
