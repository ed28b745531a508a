//! Who sits in front of the devices of a hut.

use sea_orm::entity::prelude::*;

/// How it was told who measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Way {
    /// The resident scanned the code of the hut.
    HutCode,
    /// The hut read the code of the resident.
    PersonCode,
    /// A member of staff picked the person.
    Staff,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum EndReason {
    /// The first set of values arrived.
    Measured,
    /// Nobody measured in time.
    Expired,
    /// The person left.
    Left,
    /// The hut was closed.
    Closed,
}

/// One session: the first set of values that is measured during it is this person's.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hut_session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub hut_id: Uuid,
    pub person_id: Uuid,
    pub way: Way,
    /// Account, member of staff or gateway, by the way.
    pub opened_by: Uuid,
    pub opened_at: ChronoUnixTimestampMillis,
    pub expires_at: ChronoUnixTimestampMillis,
    pub ended_at: Option<ChronoUnixTimestampMillis>,
    pub end_reason: Option<EndReason>,
    /// The set of values that it was for.
    pub set_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
