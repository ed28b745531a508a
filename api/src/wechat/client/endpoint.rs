//! The endpoints that are called, and what is particular about each.

use chrono::{DateTime, Days, FixedOffset, NaiveTime, TimeDelta, Utc};

/// One endpoint of WeChat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// `GET /sns/jscode2session`
    Login,
    /// `GET /wxa/checksession`
    CheckSession,
    /// `POST /cgi-bin/stable_token`
    StableToken,
    /// `POST /wxa/business/getuserphonenumber`
    PhoneNumber,
    /// `POST /cgi-bin/message/subscribe/send`
    SubscribeSend,
    /// `POST /wxa/msg_sec_check`
    TextCheck,
    /// `POST /wxa/media_check_async`
    MediaCheck,
    /// `POST /wxa/getwxacodeunlimit`
    MiniCode,
    /// `GET /wxaapi/newtmpl/gettemplate`
    Templates,
}

const JSON_LIMIT_BYTES: usize = 1024 * 1024;
const IMAGE_LIMIT_BYTES: usize = 4 * 1024 * 1024;

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Login,
        Self::CheckSession,
        Self::StableToken,
        Self::PhoneNumber,
        Self::SubscribeSend,
        Self::TextCheck,
        Self::MediaCheck,
        Self::MiniCode,
        Self::Templates,
    ];

    /// The path on WeChat's host.
    pub fn path(self) -> &'static str {
        match self {
            Self::Login => "/sns/jscode2session",
            Self::CheckSession => "/wxa/checksession",
            Self::StableToken => "/cgi-bin/stable_token",
            Self::PhoneNumber => "/wxa/business/getuserphonenumber",
            Self::SubscribeSend => "/cgi-bin/message/subscribe/send",
            Self::TextCheck => "/wxa/msg_sec_check",
            Self::MediaCheck => "/wxa/media_check_async",
            Self::MiniCode => "/wxa/getwxacodeunlimit",
            Self::Templates => "/wxaapi/newtmpl/gettemplate",
        }
    }

    /// The largest answer that is read.
    pub(super) fn answer_limit_bytes(self) -> usize {
        if self == Self::MiniCode { IMAGE_LIMIT_BYTES } else { JSON_LIMIT_BYTES }
    }

    /// Whether the client itself tries again when nothing happened. Messages come from an outbox, which
    /// waits longer than a request may.
    pub(super) fn is_tried_again(self) -> bool {
        self != Self::SubscribeSend
    }

    /// When the window ends whose quota is used up: messages are counted by WeChat's day, the others by
    /// the minute first.
    pub(super) fn next_window(self, now: DateTime<Utc>) -> DateTime<Utc> {
        if self == Self::SubscribeSend { next_beijing_midnight(now) } else { now + TimeDelta::minutes(1) }
    }
}

fn next_beijing_midnight(now: DateTime<Utc>) -> DateTime<Utc> {
    let midnight = FixedOffset::east_opt(8 * 3600).and_then(|beijing| {
        let tomorrow = now.with_timezone(&beijing).date_naive().checked_add_days(Days::new(1))?;
        tomorrow.and_time(NaiveTime::MIN).and_local_timezone(beijing).single()
    });
    midnight.map_or(now + TimeDelta::days(1), |midnight| midnight.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_wait_for_the_next_day_in_beijing() {
        for (now, next) in [
            ("2026-11-22T15:59:59Z", "2026-11-22T16:00:00Z"),
            ("2026-11-22T16:00:00Z", "2026-11-23T16:00:00Z"),
        ] {
            let (now, next): (DateTime<Utc>, DateTime<Utc>) = (now.parse().unwrap(), next.parse().unwrap());
            assert_eq!(Endpoint::SubscribeSend.next_window(now), next);
            assert_eq!(Endpoint::TextCheck.next_window(now), now + TimeDelta::seconds(60));
        }
    }
}
