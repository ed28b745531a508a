//! Who had a seat and did not come.

use sea_orm::entity::prelude::*;

/// Why a strike does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum ForgiveReason {
    /// There was a reason to stay away.
    Excused,
    /// The person was there after all.
    Came,
    /// It should not have been given.
    Mistake,
}

/// One strike; it counts until it expires or is forgiven.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "no_show_strike")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub registration_person_id: Uuid,
    pub person_id: Uuid,
    pub activity_id: i32,
    pub struck_at: ChronoUnixTimestampMillis,
    pub expires_at: ChronoUnixTimestampMillis,
    pub forgiven_at: Option<ChronoUnixTimestampMillis>,
    pub forgiven_by: Option<Uuid>,
    pub forgive_reason: Option<ForgiveReason>,
}

impl ActiveModelBehavior for ActiveModel {}
