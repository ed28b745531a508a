//! Something that is measured.

use sea_orm::entity::prelude::*;

/// One metric of the catalogue.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "metric")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// The smaller is shown first.
    pub position: i32,
    pub name: String,
    /// LOINC code of the whole.
    pub loinc: Option<String>,
    /// Computed, never entered.
    pub derived: bool,
}

impl ActiveModelBehavior for ActiveModel {}
