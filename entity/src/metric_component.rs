//! The numbers that a metric consists of.

use sea_orm::entity::prelude::*;

/// One number of a metric. Ranges are in canonical steps, of which `scale` make one of `ucum`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "metric_component")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub metric: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    pub position: i32,
    /// Empty where the metric has no other number.
    pub name: String,
    /// LOINC code, where it is not that of the metric.
    pub loinc: Option<String>,
    pub ucum: String,
    /// What people call the unit.
    pub unit_name: String,
    pub scale: i32,
    /// Decimals that are shown.
    pub decimals: i32,
    pub required: bool,
    /// Below it is no measurement.
    pub reject_below: i64,
    /// Above it is no measurement.
    pub reject_above: i64,
    /// Below it is asked again.
    pub ask_below: Option<i64>,
    /// Above it is asked again.
    pub ask_above: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
