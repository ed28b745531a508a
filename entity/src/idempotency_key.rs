//! Answers that are given again when a phone asks again with the same key.

use sea_orm::entity::prelude::*;

/// One key and the answer to its request.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who asked, such as `account:` with an id.
    pub principal: String,
    /// What was asked for, such as `activities.sign_up`.
    pub operation: String,
    pub key: String,
    /// SHA-256 of method, path and canonical body.
    pub fingerprint: Vec<u8>,
    /// HTTP status of the answer.
    pub status: i32,
    /// The answer, sealed with the key of whoever asked.
    pub answer_cell: Vec<u8>,
    pub created_at: ChronoUnixTimestampMillis,
    pub expires_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
