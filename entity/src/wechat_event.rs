//! Events that WeChat pushed, until they have been acted on.

use sea_orm::entity::prelude::*;

/// One event. Its content is sealed, and gone once the event is done; the keys stay a while, so that a
/// repetition is recognised.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wechat_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `subscribe_popup`, `subscribe_change`, `subscribe_sent`, `media_checked` or `other`.
    pub kind: String,
    /// Keyed hash of the push's signature: no signature is accepted twice.
    pub delivery_key: String,
    /// Keyed hash of what identifies the event: no event is kept twice.
    pub message_key: String,
    /// The message as it came.
    pub payload_cell: Option<Vec<u8>>,
    /// `open`, `done`, or `failed` when it is set aside for an operator.
    pub status: String,
    /// How often it was claimed.
    pub attempts: i32,
    /// From when on it may be claimed; the end of the claim while it is claimed.
    pub available_at: ChronoUnixTimestampMillis,
    /// Who claimed it last.
    pub claim_id: Option<Uuid>,
    pub received_at: ChronoUnixTimestampMillis,
    pub finished_at: Option<ChronoUnixTimestampMillis>,
}

impl ActiveModelBehavior for ActiveModel {}
