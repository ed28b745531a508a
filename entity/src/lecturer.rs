//! The roster of lecturers (讲师团).

use sea_orm::entity::prelude::*;

/// One lecturer. Everything here is public.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lecturer")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub name: String,
    /// Such as 主任医师; may be empty.
    pub title: String,
    pub organisation: String,
    pub introduction: String,
    /// JSON array of short texts.
    pub expertise: Json,
    /// Whose staff keep the entry.
    pub region_code: String,
    /// Whether new activities may name them.
    pub active: bool,
    pub demo: bool,
    /// Grows by one with every change.
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
