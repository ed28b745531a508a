//! What was erased of whom, so that it can be erased again in a restored database.

use sea_orm::entity::prelude::*;

/// One erasure. Its ids lead to nobody once it is done.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "erasure_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub person_id: Uuid,
    /// The person's own account, where there was one.
    pub account_id: Option<Uuid>,
    /// What was kept for this purpose was erased, because the consent was withdrawn; everything where it is
    /// missing.
    pub purpose: Option<String>,
    /// Receipt of a request that this carried out.
    pub receipt: Option<String>,
    pub requested_at: Option<ChronoUnixTimestampMillis>,
    pub erased_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
