//! How many steps of review articles go through.

use sea_orm::entity::prelude::*;

/// One rule; the nearest region decides, then the kind.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review_rule")]
pub struct Model {
    /// Region and kind with a colon between, `all` for what is absent.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub region_code: Option<String>,
    /// `article`, `video` or `notice`.
    pub kind: Option<String>,
    pub steps: i32,
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
