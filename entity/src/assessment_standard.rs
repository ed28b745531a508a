//! Standards and guidelines that measured values are judged by, each edition a row.

use sea_orm::entity::prelude::*;

/// One standard in one edition.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assessment_standard")]
pub struct Model {
    /// Such as `ws_t_586_2018`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The same in all editions, such as `WS/T 586`.
    pub code: String,
    pub edition: String,
    pub title: String,
    /// First day on which measurements are judged by it.
    pub valid_from: Date,
    /// Last day, where it was withdrawn without a successor.
    pub valid_to: Option<Date>,
    /// Of several standards for one measurement those with the highest precedence count.
    pub precedence: i32,
    /// Where the numbers come from and what is to be checked.
    pub provenance: String,
    pub planted_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
