//! What an answer of WeChat means for a message (`wechat.md` 3.1).

use chrono::{DateTime, TimeDelta, Utc};

use crate::wechat::WechatError;
use crate::wechat::client::SendOutcome;

/// How often a message is tried when nothing happens.
pub(super) const MOST_ATTEMPTS: i32 = 5;
/// Before the second try; each further wait is four times as long.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(30);
/// Before a message is tried again that waits for an operator.
const OPERATOR_WAIT: TimeDelta = TimeDelta::minutes(10);

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// WeChat took it.
    Sent {
        /// WeChat's name for it.
        message_id: Option<String>,
    },
    /// The resident has no credit left, whatever the ledger says.
    NoCredit,
    /// It will not be sent.
    Failed(Fault),
    /// It waits for another try.
    Retry {
        /// Not before.
        at: DateTime<Utc>,
        /// Whether this try counts.
        counted: bool,
        /// What hindered it.
        fault: Fault,
    },
    /// It may have been sent; nothing but an event or a person can tell.
    Unknown,
    /// WeChat took it and then told that it could not be delivered.
    NotDelivered {
        /// WeChat's number.
        errcode: i64,
    },
}

impl Verdict {
    /// For the log.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Sent { .. } => "sent",
            Self::NoCredit => "no_credit",
            Self::Failed(fault) | Self::Retry { fault, .. } => fault.word,
            Self::Unknown => "unknown",
            Self::NotDelivered { .. } => "not_delivered",
        }
    }
}

/// Why a message was not sent. Holds nothing of its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// A stable word.
    pub(super) word: &'static str,
    /// Key of the template whose value was at fault.
    pub(super) field: Option<String>,
    /// WeChat's number.
    pub(super) errcode: Option<i32>,
}

/// What becomes of the other messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// They go on.
    GoOn,
    /// They wait for the next run: WeChat would treat them alike.
    Pause,
    /// None is sent before this instant.
    PauseUntil(DateTime<Utc>),
    /// Those of this template wait for an operator.
    DisableTemplate,
}

impl Fault {
    pub(super) fn new(word: &'static str) -> Self {
        Self { word, field: None, errcode: None }
    }

    fn numbered(word: &'static str, errcode: i64) -> Self {
        Self { word, field: None, errcode: i32::try_from(errcode).ok() }
    }
}

/// Judges the answer to the `attempts`-th try of a message.
pub(super) fn judge(outcome: SendOutcome, attempts: i32, now: DateTime<Utc>) -> (Verdict, Then) {
    let failed = |fault| (Verdict::Failed(fault), Then::GoOn);
    match outcome {
        SendOutcome::Accepted { message_id } => (Verdict::Sent { message_id }, Then::GoOn),
        SendOutcome::NoCredit => (Verdict::NoCredit, Then::GoOn),
        SendOutcome::UnknownRecipient => failed(Fault::numbered("unknown_recipient", 40_003)),
        SendOutcome::BadValue { field } => failed(Fault { field, ..Fault::numbered("bad_value", 47_003) }),
        SendOutcome::BadPage => failed(Fault::numbered("bad_page", 41_030)),
        SendOutcome::Refused { errcode } => failed(Fault::numbered("refused", errcode)),
        SendOutcome::Unknown => (Verdict::Unknown, Then::GoOn),
        SendOutcome::UnknownTemplate => {
            let fault = Fault::numbered("unknown_template", 40_037);
            (Verdict::Retry { at: now, counted: false, fault }, Then::DisableTemplate)
        }
        SendOutcome::QuotaSpent { until } => {
            let fault = Fault::numbered("quota_spent", 45_009);
            (Verdict::Retry { at: until, counted: false, fault }, Then::PauseUntil(until))
        }
        SendOutcome::Later(error) => (later(&error, attempts, now), Then::Pause),
    }
}

fn later(error: &WechatError, attempts: i32, now: DateTime<Utc>) -> Verdict {
    let waiting = |word: &'static str, errcode: Option<i64>| Verdict::Retry {
        at: now + OPERATOR_WAIT,
        counted: false,
        fault: Fault { word, field: None, errcode: errcode.and_then(|number| i32::try_from(number).ok()) },
    };
    match error {
        WechatError::Misconfigured { errcode } => waiting("misconfigured", Some(*errcode)),
        WechatError::TokenRefused => waiting("token_refused", None),
        _ if attempts >= MOST_ATTEMPTS => Verdict::Failed(Fault::new("unavailable")),
        _ => Verdict::Retry { at: now + wait(attempts), counted: true, fault: Fault::new("unavailable") },
    }
}

/// 30 s, 2 min, 8 min, 32 min.
fn wait(attempts: i32) -> TimeDelta {
    let exponent = u32::try_from(attempts.clamp(1, MOST_ATTEMPTS)).unwrap_or(1) - 1;
    FIRST_WAIT * 4_i32.pow(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-25T02:00:00Z".parse().unwrap()
    }

    #[test]
    fn every_answer_means_what_the_table_says() {
        let midnight: DateTime<Utc> = "2026-11-25T16:00:00Z".parse().unwrap();
        let failed = |fault| (Verdict::Failed(fault), Then::GoOn);
        let retry = |at, word, errcode, then| {
            let fault = Fault { word, field: None, errcode };
            (Verdict::Retry { at, counted: false, fault }, then)
        };
        let message_id = Some("1700827132819554304".to_owned());
        let field = Some("thing3".to_owned());
        let misconfigured = SendOutcome::Later(WechatError::Misconfigured { errcode: 40_125 });
        for (outcome, expected) in [
            (
                SendOutcome::Accepted { message_id: message_id.clone() },
                (Verdict::Sent { message_id }, Then::GoOn),
            ),
            (SendOutcome::NoCredit, (Verdict::NoCredit, Then::GoOn)),
            (SendOutcome::Unknown, (Verdict::Unknown, Then::GoOn)),
            (SendOutcome::UnknownRecipient, failed(Fault::numbered("unknown_recipient", 40_003))),
            (
                SendOutcome::BadValue { field: field.clone() },
                failed(Fault { word: "bad_value", field, errcode: Some(47_003) }),
            ),
            (SendOutcome::BadPage, failed(Fault::numbered("bad_page", 41_030))),
            (SendOutcome::Refused { errcode: 43_104 }, failed(Fault::numbered("refused", 43_104))),
            (
                SendOutcome::UnknownTemplate,
                retry(now(), "unknown_template", Some(40_037), Then::DisableTemplate),
            ),
            (
                SendOutcome::QuotaSpent { until: midnight },
                retry(midnight, "quota_spent", Some(45_009), Then::PauseUntil(midnight)),
            ),
            (
                misconfigured,
                retry(now() + TimeDelta::minutes(10), "misconfigured", Some(40_125), Then::Pause),
            ),
        ] {
            assert_eq!(judge(outcome.clone(), 1, now()), expected, "{outcome:?}");
        }
    }

    #[test]
    fn a_busy_wechat_is_tried_five_times_with_growing_waits() {
        let mut waits = Vec::new();
        for attempts in 1..MOST_ATTEMPTS {
            match judge(SendOutcome::Later(WechatError::Unavailable), attempts, now()) {
                (Verdict::Retry { at, counted: true, .. }, Then::Pause) => {
                    waits.push((at - now()).num_seconds());
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(waits, [30, 120, 480, 1_920]);
        let last = judge(SendOutcome::Later(WechatError::Unavailable), MOST_ATTEMPTS, now());
        assert_eq!(last, (Verdict::Failed(Fault::new("unavailable")), Then::Pause));
    }
}
