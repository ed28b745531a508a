//! Accounts of residents.

use sea_orm::entity::prelude::*;

/// Where in its life an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Status {
    /// In use.
    #[sea_orm(string_value = "active")]
    Active,
    /// The resident asked for erasure and may still change their mind.
    #[sea_orm(string_value = "closing")]
    Closing,
    /// Erased.
    #[sea_orm(string_value = "erased")]
    Erased,
}

/// How a resident logs in. Every identifier is sealed; it is found by a keyed index.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The resident as a person.
    #[sea_orm(unique)]
    pub person_id: Uuid,
    /// Number of the key that the three indexes are made with.
    pub index_key: i32,
    pub openid_index: Option<Vec<u8>>,
    pub openid_cell: Option<Vec<u8>>,
    pub unionid_index: Option<Vec<u8>>,
    pub unionid_cell: Option<Vec<u8>>,
    /// Sealed WeChat session key, needed to read what the phone sends encrypted.
    pub session_key_cell: Option<Vec<u8>>,
    pub session_key_at: Option<ChronoUnixTimestampMillis>,
    pub phone_index: Option<Vec<u8>>,
    pub phone_cell: Option<Vec<u8>>,
    pub phone_verified_at: Option<ChronoUnixTimestampMillis>,
    /// Whether the resident chose large type.
    pub elder_mode: bool,
    /// A session with another stamp is over.
    pub security_stamp: Uuid,
    pub status: Status,
    /// When a closing account is erased.
    pub erase_at: Option<ChronoUnixTimestampMillis>,
    /// Grows by one with every change.
    pub version: i32,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
