//! Administrative regions as a tree: province, city, district, street, community.

use sea_orm::entity::prelude::*;

/// One region, named by its 12-digit statistical code (国家统计局 统计用区划代码).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "region")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    pub name: String,
    pub short_name: String,
    pub level: Level,
    pub parent_code: Option<String>,
    /// Boundary as WKB in WGS-84, where a trustworthy one is known.
    #[sea_orm(column_type = "Blob", nullable)]
    pub boundary: Option<Vec<u8>>,
    pub population: Option<i64>,
    pub population_year: Option<i32>,
    pub population_source: Option<String>,
    /// IANA name; civil days and opening hours are read in it.
    pub time_zone: String,
    #[sea_orm(self_ref, relation_enum = "Parent", from = "parent_code", to = "code")]
    pub parent: HasOne<Entity>,
}

/// The step of the tree a region stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Level {
    Province,
    City,
    District,
    Street,
    Community,
}

impl ActiveModelBehavior for ActiveModel {}
