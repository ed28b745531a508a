//! Accounts of staff.

use sea_orm::entity::prelude::*;

/// Whether the account may log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Status {
    /// May log in.
    #[sea_orm(string_value = "active")]
    Active,
    /// May not.
    #[sea_orm(string_value = "disabled")]
    Disabled,
}

/// Somebody who works for an office.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Log-in name in lower case.
    #[sea_orm(unique)]
    pub username: String,
    pub display_name: String,
    /// Argon2id in PHC string format.
    pub password_hash: String,
    pub password_changed_at: ChronoUnixTimestampMillis,
    /// Sealed TOTP secret (RFC 6238).
    pub totp_cell: Option<Vec<u8>>,
    /// Since when the second factor is demanded at log-in.
    pub totp_confirmed_at: Option<ChronoUnixTimestampMillis>,
    /// Time step of the last code that was taken; a code works once.
    pub totp_last_step: Option<i64>,
    /// A session with another stamp is over.
    pub security_stamp: Uuid,
    pub status: Status,
    /// Grows by one with every change.
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
