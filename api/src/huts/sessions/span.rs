//! During which time what is measured in a hut belongs to a session: rules without a database.

use chrono::{DateTime, Utc};
use entity::hut_session::{self, EndReason};
use uuid::Uuid;

/// The time of one session whose values have not come yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::huts) struct Span {
    pub(in crate::huts) session_id: Uuid,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Span {
    /// `None` where the values came already.
    pub(in crate::huts) fn of(session: &hut_session::Model) -> Option<Self> {
        if session.set_id.is_some() {
            return None;
        }
        let until = match (session.end_reason, session.ended_at) {
            // A session that ran out is ended when the next one begins, which may be much later.
            (Some(EndReason::Left | EndReason::Closed), Some(ended_at)) => {
                (*session.expires_at).min(*ended_at)
            }
            _ => *session.expires_at,
        };
        Some(Self { session_id: session.id, from: *session.opened_at, until })
    }

    /// Whether something that was measured then belongs to it.
    pub(in crate::huts) fn covers(&self, measured_at: DateTime<Utc>) -> bool {
        (self.from..=self.until).contains(&measured_at)
    }
}

/// The session to which something belongs that was measured then; the later one where one ended as the next
/// began.
pub(in crate::huts) fn first_that_covers(spans: &[Span], measured_at: DateTime<Utc>) -> Option<Span> {
    spans.iter().filter(|span| span.covers(measured_at)).max_by_key(|span| span.from).copied()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use entity::hut_session::Way;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-29T02:00:00Z".parse().unwrap()
    }

    fn session(begins_s: i64, ended: Option<(i64, EndReason)>) -> hut_session::Model {
        let at = |seconds| now() + TimeDelta::seconds(seconds);
        hut_session::Model {
            id: Uuid::from_u128(u128::try_from(begins_s).unwrap()),
            hut_id: Uuid::nil(),
            person_id: Uuid::nil(),
            way: Way::HutCode,
            opened_by: Uuid::nil(),
            opened_at: at(begins_s).into(),
            expires_at: at(begins_s + 180).into(),
            ended_at: ended.map(|(seconds, _)| at(seconds).into()),
            end_reason: ended.map(|(_, reason)| reason),
            set_id: None,
        }
    }

    fn whose(sessions: &[hut_session::Model], seconds: i64) -> Option<u128> {
        let spans: Vec<Span> = sessions.iter().filter_map(Span::of).collect();
        first_that_covers(&spans, now() + TimeDelta::seconds(seconds)).map(|span| span.session_id.as_u128())
    }

    #[test]
    fn what_is_measured_in_the_three_minutes_belongs_to_the_session() {
        let sessions = [session(1_000, None)];
        for (at, expected) in [(999, None), (1_000, Some(1_000)), (1_180, Some(1_000)), (1_181, None)] {
            assert_eq!(whose(&sessions, at), expected, "{at}");
        }
    }

    #[test]
    fn who_left_gets_nothing_that_is_measured_later() {
        let left = [session(1_000, Some((1_050, EndReason::Left)))];
        assert_eq!(whose(&left, 1_050), Some(1_000));
        assert_eq!(whose(&left, 1_051), None);
        let expired = [session(1_000, Some((5_000, EndReason::Expired)))];
        assert_eq!(whose(&expired, 1_180), Some(1_000));
        assert_eq!(whose(&expired, 1_181), None);
    }

    #[test]
    fn a_session_whose_values_came_gets_no_more() {
        let mut measured = session(1_000, Some((1_060, EndReason::Measured)));
        measured.set_id = Some(Uuid::nil());
        assert_eq!(whose(&[measured, session(1_070, None)], 1_071), Some(1_070));
    }

    #[test]
    fn where_one_ended_as_the_next_began_it_is_the_next() {
        let sessions = [session(1_000, Some((1_100, EndReason::Left))), session(1_100, None)];
        assert_eq!(whose(&sessions, 1_100), Some(1_100));
        assert_eq!(whose(&sessions, 1_099), Some(1_000));
    }
}
