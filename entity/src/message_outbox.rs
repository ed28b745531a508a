//! Subscribe messages to be sent, being sent, and sent.

use sea_orm::entity::prelude::*;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum State {
    /// Waits for its time.
    #[sea_orm(string_value = "pending")]
    Pending,
    /// The call to WeChat may be under way.
    #[sea_orm(string_value = "sending")]
    Sending,
    /// WeChat took it.
    #[sea_orm(string_value = "sent")]
    Sent,
    /// The resident agreed to no such message, or to no further one.
    #[sea_orm(string_value = "no_credit")]
    NoCredit,
    /// It will not be sent.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// It may have been sent or not; an event or a person tells.
    #[sea_orm(string_value = "unknown")]
    Unknown,
    /// Its reason is gone.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

/// One message to one resident, written in the transaction of its reason.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_outbox")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    pub biz_key: String,
    /// Kind of the reason, such as `registration`.
    pub biz_type: String,
    /// Id of the reason.
    pub biz_id: String,
    /// Values sealed with the recipient's key; gone once the message needs them no more.
    #[sea_orm(column_type = "Blob", nullable)]
    pub payload_cell: Option<Vec<u8>>,
    pub state: State,
    pub attempts: i32,
    /// Not sent before.
    pub next_at: ChronoUnixTimestampMillis,
    /// Of no use afterwards.
    pub expires_at: ChronoUnixTimestampMillis,
    /// The sender that is at it.
    pub claimed_by: Option<Uuid>,
    /// A sender that has not finished by then is gone.
    pub claimed_until: Option<ChronoUnixTimestampMillis>,
    /// WeChat's template of the last try.
    pub template_id: Option<String>,
    /// Whether it holds a credit of the resident.
    pub credit_taken: bool,
    /// Why it was not sent, as a stable word.
    pub fault: Option<String>,
    /// Key of the template whose value was at fault.
    pub fault_field: Option<String>,
    /// WeChat's number for the fault.
    pub errcode: Option<i32>,
    /// WeChat's name for the message.
    pub message_id: Option<String>,
    pub created_at: ChronoUnixTimestampMillis,
    pub sent_at: Option<ChronoUnixTimestampMillis>,
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
    #[sea_orm(belongs_to, from = "biz_key", to = "biz_key")]
    pub template: BelongsTo<super::message_template::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
