use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{message_credit, message_outbox, message_template};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::service::Finding;
use super::subscription::{Answer, Subscription};

/// Whether one agreement is good for one message or for all.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum MessageTemplateKind {
    /// For one message.
    Once,
    /// Until the resident refuses.
    Long,
}

/// What the resident answered last.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SubscriptionStatus {
    /// Never asked.
    None,
    /// Agreed.
    Accept,
    /// Refused.
    Reject,
}

/// A kind of message that a resident may agree to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageSubscription {
    /// What the message is for.
    #[schema(example = "activity_reminder")]
    biz_key: String,
    /// What residents are told it is for.
    #[schema(example = "活动开始提醒")]
    title: String,
    /// For `wx.requestSubscribeMessage`.
    template_id: String,
    kind: MessageTemplateKind,
    /// How many messages the resident has agreed to and not yet got; nothing for long-term templates.
    credits: i32,
    status: SubscriptionStatus,
}

/// The kinds of messages, at most a few.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageSubscriptionList {
    pub(super) items: Vec<MessageSubscription>,
    /// Always null.
    pub(super) next: Option<String>,
}

/// What `wx.requestSubscribeMessage` told the phone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionReport {
    /// The answer for each template id, at most 20.
    pub(super) results: BTreeMap<String, SubscriptionAnswer>,
}

/// The answer for one template, in WeChat's words.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SubscriptionAnswer {
    /// Agreed.
    Accept,
    /// Refused.
    Reject,
    /// WeChat has banned the template.
    Ban,
    /// WeChat wants another template of the same title.
    Filter,
}

/// Which value fills which key of WeChat's template.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageTemplateField {
    /// Key of WeChat's template.
    #[schema(example = "thing1")]
    pub(super) key: String,
    /// Name of the value: lower-case letters, digits and underscores.
    #[schema(example = "title")]
    pub(super) source: String,
}

/// A template as staff set it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageTemplateDraft {
    /// What WeChat calls the template.
    #[schema(min_length = 1, max_length = 64)]
    pub(super) template_id: String,
    /// What residents are told it is for.
    #[schema(min_length = 1, max_length = 40)]
    pub(super) title: String,
    pub(super) kind: MessageTemplateKind,
    /// One for every key of WeChat's template.
    #[schema(min_items = 1, max_items = 10)]
    pub(super) fields: Vec<MessageTemplateField>,
    /// Page of the mini-program that a tap opens, without its query.
    #[schema(max_length = 128, example = "pages/activity/activity")]
    #[serde(default)]
    pub(super) page: Option<String>,
    /// Whether messages go out with it.
    pub(super) enabled: bool,
}

/// A template.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageTemplate {
    /// What the message is for.
    #[schema(example = "activity_reminder")]
    biz_key: String,
    /// What WeChat calls the template.
    template_id: String,
    /// What residents are told it is for.
    title: String,
    kind: MessageTemplateKind,
    fields: Vec<MessageTemplateField>,
    page: Option<String>,
    enabled: bool,
    /// Why the server itself stopped using it: `unknown_template`, when WeChat does not know it (40037).
    disabled_reason: Option<String>,
    /// For `If-Match`.
    pub(super) version: i32,
    updated_at: DateTime<Utc>,
}

/// All templates.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageTemplateList {
    pub(super) items: Vec<MessageTemplate>,
    /// Always null.
    pub(super) next: Option<String>,
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OutboxState {
    /// Waits for its time.
    Pending,
    /// Is being sent.
    Sending,
    /// WeChat took it.
    Sent,
    /// The resident agreed to no further message.
    NoCredit,
    /// It will not be sent.
    Failed,
    /// It may have been sent; a person must find out.
    Unknown,
    /// Its reason is gone.
    Cancelled,
}

/// A message, without anything that tells to whom it goes or what it says.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OutboxMessage {
    id: Uuid,
    /// What it is for.
    biz_key: String,
    /// Kind of its reason.
    biz_type: String,
    state: OutboxState,
    /// How often it was tried.
    attempts: i32,
    /// Not sent before.
    next_at: DateTime<Utc>,
    /// Of no use afterwards.
    expires_at: DateTime<Utc>,
    /// Why it was not sent, or not yet.
    #[schema(example = "bad_value")]
    fault: Option<String>,
    /// Key of the template whose value was at fault.
    #[schema(example = "thing3")]
    fault_field: Option<String>,
    /// WeChat's number for the fault.
    errcode: Option<i32>,
    /// WeChat's name for the message.
    message_id: Option<String>,
    created_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
}

/// Messages, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OutboxMessageList {
    pub(super) items: Vec<OutboxMessage>,
    /// For the parameter `cursor`; null on the last page.
    pub(super) next: Option<String>,
}

/// Which messages are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OutboxParameters {
    /// Only those in this state
    #[param(inline)]
    pub(super) state: Option<OutboxState>,
    /// `next` of the page before
    pub(super) cursor: Option<Uuid>,
    /// How many, 20 by default
    #[param(minimum = 1, maximum = 100)]
    pub(super) limit: Option<u64>,
}

/// What was found out about a message whose fate was unknown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OutboxSettlement {
    pub(super) outcome: OutboxFinding,
}

/// Whether the resident has the message.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OutboxFinding {
    /// Yes.
    Sent,
    /// No: it is sent again.
    NotSent,
}

impl From<message_template::Kind> for MessageTemplateKind {
    fn from(kind: message_template::Kind) -> Self {
        match kind {
            message_template::Kind::Once => Self::Once,
            message_template::Kind::Long => Self::Long,
        }
    }
}

impl From<MessageTemplateKind> for message_template::Kind {
    fn from(kind: MessageTemplateKind) -> Self {
        match kind {
            MessageTemplateKind::Once => Self::Once,
            MessageTemplateKind::Long => Self::Long,
        }
    }
}

impl From<SubscriptionAnswer> for Answer {
    fn from(answer: SubscriptionAnswer) -> Self {
        match answer {
            SubscriptionAnswer::Accept => Self::Accept,
            SubscriptionAnswer::Reject => Self::Reject,
            SubscriptionAnswer::Ban => Self::Ban,
            SubscriptionAnswer::Filter => Self::Filter,
        }
    }
}

impl From<OutboxFinding> for Finding {
    fn from(finding: OutboxFinding) -> Self {
        match finding {
            OutboxFinding::Sent => Self::Sent,
            OutboxFinding::NotSent => Self::NotSent,
        }
    }
}

impl From<message_outbox::State> for OutboxState {
    fn from(state: message_outbox::State) -> Self {
        match state {
            message_outbox::State::Pending => Self::Pending,
            message_outbox::State::Sending => Self::Sending,
            message_outbox::State::Sent => Self::Sent,
            message_outbox::State::NoCredit => Self::NoCredit,
            message_outbox::State::Failed => Self::Failed,
            message_outbox::State::Unknown => Self::Unknown,
            message_outbox::State::Cancelled => Self::Cancelled,
        }
    }
}

impl From<OutboxState> for message_outbox::State {
    fn from(state: OutboxState) -> Self {
        match state {
            OutboxState::Pending => Self::Pending,
            OutboxState::Sending => Self::Sending,
            OutboxState::Sent => Self::Sent,
            OutboxState::NoCredit => Self::NoCredit,
            OutboxState::Failed => Self::Failed,
            OutboxState::Unknown => Self::Unknown,
            OutboxState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Subscription> for MessageSubscription {
    fn from(Subscription { template, credit }: Subscription) -> Self {
        let status = match credit.as_ref().map(|credit| credit.status) {
            None => SubscriptionStatus::None,
            Some(message_credit::Status::Accept) => SubscriptionStatus::Accept,
            Some(message_credit::Status::Reject) => SubscriptionStatus::Reject,
        };
        let once = template.kind == message_template::Kind::Once;
        Self {
            biz_key: template.biz_key,
            title: template.title,
            template_id: template.template_id,
            kind: template.kind.into(),
            credits: credit.filter(|_| once).map_or(0, |credit| credit.credits),
            status,
        }
    }
}

impl From<message_template::Model> for MessageTemplate {
    fn from(template: message_template::Model) -> Self {
        let fields = super::template::fields_of(&template.fields).unwrap_or_default();
        let fields =
            fields.into_iter().map(|field| MessageTemplateField { key: field.key, source: field.source });
        Self {
            biz_key: template.biz_key,
            template_id: template.template_id,
            title: template.title,
            kind: template.kind.into(),
            fields: fields.collect(),
            page: template.page,
            enabled: template.enabled,
            disabled_reason: template.disabled_reason,
            version: template.version,
            updated_at: template.updated_at.0,
        }
    }
}

impl From<message_outbox::Model> for OutboxMessage {
    fn from(row: message_outbox::Model) -> Self {
        Self {
            id: row.id,
            biz_key: row.biz_key,
            biz_type: row.biz_type,
            state: row.state.into(),
            attempts: row.attempts,
            next_at: row.next_at.0,
            expires_at: row.expires_at.0,
            fault: row.fault,
            fault_field: row.fault_field,
            errcode: row.errcode,
            message_id: row.message_id,
            created_at: row.created_at.0,
            sent_at: row.sent_at.map(|at| at.0),
        }
    }
}
