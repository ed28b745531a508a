//! Requests for erasure and their receipts.

use sea_orm::entity::prelude::*;

/// How far an erasure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum State {
    Pending,
    Cancelled,
    Done,
}

/// One request. After the erasure it tells that it was done, not for whom: the account holds nothing.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "erasure")]
pub struct Model {
    /// Number that nobody can guess.
    #[sea_orm(primary_key, auto_increment = false)]
    pub receipt: String,
    pub account_id: Uuid,
    pub state: State,
    pub requested_at: ChronoUnixTimestampMillis,
    /// When it is carried out unless it is cancelled.
    pub due_at: ChronoUnixTimestampMillis,
    pub finished_at: Option<ChronoUnixTimestampMillis>,
}

impl ActiveModelBehavior for ActiveModel {}
