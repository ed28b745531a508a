//! Hotlines, clinics and doors to other apps.

use sea_orm::entity::prelude::*;

/// One service.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub kind: Kind,
    pub title: String,
    pub description: String,
    pub phone: Option<String>,
    /// In the syntax of OpenStreetMap; absent is unknown, never closed.
    pub opening_hours: Option<String>,
    /// JSON array of words such as `elders`.
    pub audiences: Json,
    /// The smaller comes first.
    pub priority: i32,
    pub region_code: Option<String>,
    /// Key under which a source of the map knows the place.
    pub feature_key: Option<String>,
    /// `app` or `mini_program`.
    pub platform: Option<String>,
    pub appid: Option<String>,
    pub path: Option<String>,
    pub enabled: bool,
    pub source: String,
    pub demo: bool,
    /// Grows by one with every change.
    pub version: i32,
}

/// What a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Kind {
    Hotline,
    Clinic,
    AppLink,
}

impl ActiveModelBehavior for ActiveModel {}
