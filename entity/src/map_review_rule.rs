//! How many people have to agree to a change of the map.

use sea_orm::entity::prelude::*;

/// One rule; the nearest region decides.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "map_review_rule")]
pub struct Model {
    /// `all` for every region without a rule.
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_code: String,
    /// 0: whoever may edit and review publishes alone.
    pub steps: i32,
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
