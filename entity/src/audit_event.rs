//! What happened, in an order that cannot be changed afterwards.

use sea_orm::entity::prelude::*;

/// One row of the audit log. Its hash covers its fields and the hash of the row before.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_event")]
pub struct Model {
    /// 1, 2, 3, … without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub at: ChronoUnixTimestampMillis,
    /// Stable word, such as `login.succeeded`.
    pub action: String,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub object_kind: Option<String>,
    pub object_id: Option<String>,
    /// Region it concerns; where absent it concerns the installation.
    pub region_code: Option<String>,
    pub outcome: String,
    /// A JSON object as text: its bytes are what was hashed.
    pub detail: String,
    /// Name of the request in the server's log.
    pub request_id: Option<String>,
    /// Network the request came from, never the whole address.
    pub client_prefix: Option<String>,
    /// Hash of the row before.
    #[sea_orm(column_type = "Blob")]
    pub prev_hash: Vec<u8>,
    /// SHA-256 over this row and the hash of the row before.
    #[sea_orm(column_type = "Blob")]
    pub hash: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
