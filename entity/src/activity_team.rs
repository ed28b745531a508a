//! Who of the staff runs an activity.

use sea_orm::entity::prelude::*;

/// What somebody does in the team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Duty {
    Lead,
    Member,
}

/// One member of one team.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_team")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub activity_id: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub staff_id: Uuid,
    pub duty: Duty,
}

impl ActiveModelBehavior for ActiveModel {}
