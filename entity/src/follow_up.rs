//! Where persons stand whom officers call.

use sea_orm::entity::prelude::*;

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Outcome {
    /// The person will measure again.
    WillMeasure,
    /// The person sees a doctor, or is referred to one.
    SeesDoctor,
    /// The person was given advice.
    Advised,
    /// The person wants no calls about it.
    Declined,
    /// Nobody answered.
    NoAnswer,
    /// It is not their number.
    WrongNumber,
    /// The person lives elsewhere now.
    MovedAway,
    /// The person died.
    Died,
}

/// What came of the last call to one person, and when the next is due.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "follow_up")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: Uuid,
    pub outcome: Outcome,
    pub called_at: ChronoUnixTimestampMillis,
    pub next_on: Date,
    /// Whether the day was agreed with the person.
    pub agreed: bool,
}

impl ActiveModelBehavior for ActiveModel {}
