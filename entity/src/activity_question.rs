//! What is asked at sign-up.

use sea_orm::entity::prelude::*;

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Kind {
    Text,
    YesNo,
    OneOf,
    SomeOf,
    Number,
}

/// One question.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_question")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub activity_id: i32,
    /// Display order, ascending.
    pub position: i32,
    pub kind: Kind,
    pub label: String,
    /// JSON array of what can be chosen.
    pub options: Json,
    pub required: bool,
    /// Whether each person answers it, or whoever signs them up once for all.
    pub per_person: bool,
}

impl ActiveModelBehavior for ActiveModel {}
