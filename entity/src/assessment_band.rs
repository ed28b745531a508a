//! Bands of standards: from where to where a value is called what, for whom.

use sea_orm::entity::prelude::*;

use super::person::Sex;

/// What a band is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Purpose {
    /// Says what a value is.
    Band,
    /// What somebody in treatment aims at.
    Target,
}

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Level {
    Usual,
    Attention,
    High,
    Urgent,
}

/// One band. Limits are whole numbers in the canonical unit of the quantity.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assessment_band")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub standard_id: String,
    /// Stable word such as `systolic`.
    pub quantity: String,
    pub purpose: Purpose,
    /// Setting or meal, where it depends on that.
    pub context: Option<String>,
    pub sex: Option<Sex>,
    /// First completed month of age.
    pub age_from_months: i32,
    /// First completed month of age that is too old.
    pub age_to_months: Option<i32>,
    /// A second quantity decides: from here, included.
    pub key_from: Option<i32>,
    /// To here, not included.
    pub key_to: Option<i32>,
    pub lower_limit: Option<i32>,
    pub lower_included: bool,
    pub upper_limit: Option<i32>,
    pub upper_included: bool,
    /// Stable word such as `overweight`.
    pub code: String,
    pub level: Level,
    /// Of several bands that hold a value the one with the highest position is told.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
