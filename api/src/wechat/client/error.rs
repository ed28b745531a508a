//! Why a call to WeChat brought nothing.

use chrono::{DateTime, Utc};

/// Why a call to WeChat brought nothing. No variant holds an address, a secret, an openid or WeChat's
/// own words, so that the text may go into any log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WechatError {
    /// 40029, 40163: the code was used, is older than five minutes, or belongs to another mini-program.
    /// The phone asks WeChat for a new one; the same code is never sent again.
    #[error("the code was refused")]
    CodeRefused,
    /// 45011: too many calls in this minute for this user.
    #[error("too many calls in this minute")]
    TooManyCalls {
        /// After how many seconds another try makes sense.
        retry_after_s: u32,
    },
    /// 45009: the quota of the endpoint is used up; it is not called again before `until`.
    #[error("the quota is used up")]
    QuotaSpent {
        /// When the next window begins.
        until: DateTime<Utc>,
    },
    /// 40226: WeChat holds this user for dangerous and lets nobody log him in.
    #[error("the user is blocked by WeChat")]
    UserBlocked,
    /// -1, 5xx, or no connection: nothing happened, another try later makes sense.
    #[error("WeChat is busy or cannot be reached")]
    Unavailable,
    /// The call was sent and no answer came in time: it may have been carried out or not.
    #[error("no answer came in time, the outcome is unknown")]
    OutcomeUnknown,
    /// 40001, 40014, 42001 for a fresh token too: somebody else refreshes by force, or the secret is wrong.
    #[error("a fresh access token was refused")]
    TokenRefused,
    /// Wrong appid or secret, a server address that is not on WeChat's list, an interface that was not
    /// granted, a restricted account: an operator must mend it.
    #[error("WeChat refused the configuration of the mini-program (errcode {errcode})")]
    Misconfigured {
        /// WeChat's number.
        errcode: i64,
    },
    /// Any other refusal; what it means depends on the endpoint.
    #[error("WeChat refused the call (errcode {errcode})")]
    Refused {
        /// WeChat's number.
        errcode: i64,
        /// The template key that WeChat found fault with (47003).
        field: Option<String>,
    },
    /// The answer is not what the documentation promises: no JSON, too large, a redirect, other types.
    #[error("the answer of WeChat cannot be read")]
    Unreadable,
}

impl WechatError {
    /// A stable word for the kind of failure, without anything particular of the call.
    pub fn class(&self) -> &'static str {
        match self {
            Self::CodeRefused => "code_refused",
            Self::TooManyCalls { .. } => "too_many_calls",
            Self::QuotaSpent { .. } => "quota_spent",
            Self::UserBlocked => "user_blocked",
            Self::Unavailable => "unavailable",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::TokenRefused => "token_refused",
            Self::Misconfigured { .. } => "misconfigured",
            Self::Refused { .. } => "refused",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What a number means wherever it comes from.
pub(super) fn of_errcode(errcode: i64, field: Option<String>) -> WechatError {
    match errcode {
        -1 => WechatError::Unavailable,
        40029 | 40163 => WechatError::CodeRefused,
        45011 => WechatError::TooManyCalls { retry_after_s: 60 },
        40226 => WechatError::UserBlocked,
        40013 | 40125 | 40164 | 41002 | 41004 | 41008 | 48001 | 50002 | 61024 => {
            WechatError::Misconfigured { errcode }
        }
        _ => WechatError::Refused { errcode, field },
    }
}

/// The numbers that say that an access token is not, or no longer, valid.
pub(super) fn is_about_the_token(errcode: i64) -> bool {
    matches!(errcode, 40001 | 40014 | 42001)
}
