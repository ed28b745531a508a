//! Units that values may come in.

use sea_orm::entity::prelude::*;

/// How a value becomes canonical steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Method {
    /// `(value × multiplier + addend) ÷ divisor`.
    Linear,
    /// Decimal visual acuity to the record in five points (GB/T 11533).
    FivePoint,
}

/// One unit of one number of a metric.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "metric_unit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub metric: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub component: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    pub position: i32,
    /// What people call it.
    pub name: String,
    /// Absent where UCUM has no such unit.
    pub ucum: Option<String>,
    pub method: Method,
    pub multiplier: i64,
    pub addend: i64,
    pub divisor: i64,
}

impl ActiveModelBehavior for ActiveModel {}
