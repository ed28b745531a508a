//! Subscribe messages.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::{NO_CREDIT, WechatClient, WechatError};
use crate::wechat::lenient;
use crate::wechat::message_values::MessageValues;

/// Which edition of the mini-program a message opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MiniProgramState {
    /// The one that residents have.
    Formal,
    /// The one being tried out.
    Trial,
    /// The one being developed.
    Developer,
}

/// A message to one user.
#[derive(Clone)]
pub struct SubscribeMessage<'m> {
    /// Who gets it.
    pub openid: &'m str,
    /// The template that the user agreed to.
    pub template_id: &'m str,
    /// The page that a tap opens, with its query; it must exist in the released mini-program.
    pub page: Option<&'m str>,
    /// A value for every key of the template.
    pub values: &'m MessageValues,
    /// Which edition a tap opens.
    pub state: MiniProgramState,
}

impl fmt::Debug for SubscribeMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubscribeMessage(..)")
    }
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// WeChat will deliver it; one credit is used.
    Accepted {
        /// What the later event about its delivery names it by.
        message_id: Option<String>,
    },
    /// 40003: no user of our mini-program has this openid.
    UnknownRecipient,
    /// 40037: no such template, or not ours. All its messages will fail until an operator mends it.
    UnknownTemplate,
    /// 43101: the user has refused or has no credit left. Not to be sent again.
    NoCredit,
    /// 47003: a value breaks its format, the key where WeChat names it. Not to be sent again.
    BadValue {
        /// Such as `thing3`.
        field: Option<String>,
    },
    /// 41030: no such page in the released mini-program. Not to be sent again.
    BadPage,
    /// 45009: no message will be accepted before this instant.
    QuotaSpent {
        /// Midnight in Beijing.
        until: DateTime<Utc>,
    },
    /// Sent, but no readable answer came. Not to be sent again until an event or a person tells: it may
    /// have been delivered and a credit used.
    Unknown,
    /// Nothing happened; another try later makes sense. Also when an operator must mend the
    /// configuration first.
    Later(WechatError),
    /// Any other refusal. Not to be sent again.
    Refused {
        /// WeChat's number.
        errcode: i64,
    },
}

#[derive(Deserialize)]
struct SendReply {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    msgid: Option<String>,
}

impl WechatClient {
    /// Sends a subscribe message once (`POST /cgi-bin/message/subscribe/send`). The client never repeats
    /// it: whoever keeps the message decides by the outcome.
    pub async fn send_subscribe_message(&self, message: &SubscribeMessage<'_>) -> SendOutcome {
        match self.post(Endpoint::SubscribeSend, &body(message)).await {
            Ok(answer) => {
                let reply = serde_json::from_slice::<SendReply>(&answer.body);
                // The id is a convenience; a message without one is accepted all the same.
                SendOutcome::Accepted { message_id: reply.ok().and_then(|reply| reply.msgid) }
            }
            Err(error) => outcome_of(error),
        }
    }
}

fn body(message: &SubscribeMessage<'_>) -> Value {
    let mut body = json!({
        "touser": message.openid,
        "template_id": message.template_id,
        "miniprogram_state": match message.state {
            MiniProgramState::Formal => "formal",
            MiniProgramState::Trial => "trial",
            MiniProgramState::Developer => "developer",
        },
        "lang": "zh_CN",
        "data": message.values.on_the_wire(),
    });
    if let (Some(page), Some(fields)) = (message.page, body.as_object_mut()) {
        fields.insert("page".to_owned(), page.into());
    }
    body
}

fn outcome_of(error: WechatError) -> SendOutcome {
    match error {
        WechatError::Refused { errcode: 40003, .. } => SendOutcome::UnknownRecipient,
        WechatError::Refused { errcode: 40037, .. } => SendOutcome::UnknownTemplate,
        WechatError::Refused { errcode: NO_CREDIT, .. } => SendOutcome::NoCredit,
        WechatError::Refused { errcode: 47003, field } => SendOutcome::BadValue { field },
        WechatError::Refused { errcode: 41030, .. } => SendOutcome::BadPage,
        WechatError::Refused { errcode, .. } => SendOutcome::Refused { errcode },
        WechatError::QuotaSpent { until } => SendOutcome::QuotaSpent { until },
        WechatError::OutcomeUnknown | WechatError::Unreadable => SendOutcome::Unknown,
        WechatError::CodeRefused
        | WechatError::TooManyCalls { .. }
        | WechatError::UserBlocked
        | WechatError::Unavailable
        | WechatError::TokenRefused
        | WechatError::Misconfigured { .. } => SendOutcome::Later(error),
    }
}
