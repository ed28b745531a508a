//! Whose readings are: which set belongs to which session.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::hut_session;
use uuid::Uuid;

use super::items::Item;
use crate::huts::sessions::{Span, first_that_covers};

/// What was measured together.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) items: Vec<Item>,
    /// Whose it is, if anybody's.
    pub(super) session_id: Option<Uuid>,
}

/// Puts items into sets and finds the session of each, in the order in which they were measured: a session is
/// good for its first set.
///
/// A set is one item, or those of several devices for which the gateway names one session, each kind once.
pub(super) fn sets(
    items: Vec<Item>,
    sessions: &[hut_session::Model],
    received_at: DateTime<Utc>,
) -> Vec<Set> {
    let mut spans: Vec<Span> = sessions.iter().filter_map(Span::of).collect();
    let mut sets = together(items);
    sets.sort_by_key(|set| set.items.iter().map(|item| (item.measured_at, item.index)).min());
    for set in &mut sets {
        let span = session_of(set, &spans, received_at);
        if let Some(span) = span {
            spans.retain(|other| other.session_id != span.session_id);
            set.session_id = Some(span.session_id);
        }
    }
    sets
}

fn together(items: Vec<Item>) -> Vec<Set> {
    let mut named: BTreeMap<Uuid, Vec<Item>> = BTreeMap::new();
    let mut sets = Vec::new();
    for item in items {
        let of_session = item.session_id.map(|session_id| named.entry(session_id).or_default());
        match of_session {
            Some(set) if set.iter().all(|other| other.kind != item.kind) => set.push(item),
            // Measured twice: the second is the next one's, or nobody's.
            _ => sets.push(Set { items: vec![item], session_id: None }),
        }
    }
    sets.extend(named.into_values().map(|items| Set { items, session_id: None }));
    sets
}

/// The session of a set. Without a time that can be trusted only the gateway can tell, and only while the
/// session is open: what a device had kept from days ago is nobody's.
fn session_of(set: &mut Set, spans: &[Span], received_at: DateTime<Utc>) -> Option<Span> {
    let first = set.items.first()?;
    let Some(named) = first.session_id else {
        return first.is_timed().then(|| first_that_covers(spans, first.measured_at)).flatten();
    };
    let span = spans.iter().find(|span| span.session_id == named).copied()?;
    let is_live = span.covers(received_at);
    let fits = |item: &Item| if item.is_timed() { span.covers(item.measured_at) } else { is_live };
    if !set.items.iter().all(fits) {
        return None;
    }
    for item in set.items.iter_mut().filter(|item| !item.is_timed()) {
        item.measured_at = received_at;
    }
    Some(span)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use entity::hut_device::Kind;
    use entity::hut_session::Way;

    use super::super::clock::Quality;
    use super::super::dto::Refusal;
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-29T02:00:00Z".parse().unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        now() + TimeDelta::seconds(seconds)
    }

    fn session(number: u128, begins_s: i64) -> hut_session::Model {
        hut_session::Model {
            id: Uuid::from_u128(number),
            hut_id: Uuid::nil(),
            person_id: Uuid::from_u128(number),
            way: Way::HutCode,
            opened_by: Uuid::nil(),
            opened_at: at(begins_s).into(),
            expires_at: at(begins_s + 180).into(),
            ended_at: None,
            end_reason: None,
            set_id: None,
        }
    }

    fn item(index: usize, measured_s: i64, kind: Kind, named: Option<u128>) -> Item {
        Item {
            index,
            uid: index.to_string(),
            device_id: Uuid::nil(),
            kind,
            taken_at: at(measured_s),
            measured_at: at(measured_s),
            clock: Quality::Synced,
            session_id: named.map(Uuid::from_u128),
            content: Err(Refusal::BadItem),
            digest: Vec::new(),
            raw: String::new(),
        }
    }

    /// The session of each item, by its place in the batch.
    fn owners(items: Vec<Item>, sessions: &[hut_session::Model], received_s: i64) -> Vec<Option<u128>> {
        let mut owners = vec![None; items.len()];
        for set in sets(items, sessions, at(received_s)) {
            for item in set.items {
                owners[item.index] = set.session_id.map(|id| id.as_u128());
            }
        }
        owners
    }

    #[test]
    fn of_two_in_a_row_each_gets_their_own_whatever_the_order_of_sending() {
        let sessions = [session(1, 0), session(2, 200)];
        let items = vec![item(0, 230, Kind::BloodPressure, None), item(1, 40, Kind::BloodPressure, None)];
        assert_eq!(owners(items, &sessions, 200_000), [Some(2), Some(1)]);
    }

    #[test]
    fn the_second_set_of_a_session_is_nobodys() {
        let items = vec![
            item(0, 40, Kind::BloodPressure, None),
            item(1, 100, Kind::BloodPressure, None),
            item(2, 120, Kind::Weight, None),
        ];
        assert_eq!(owners(items, &[session(1, 0)], 300), [Some(1), None, None]);
    }

    #[test]
    fn devices_for_which_the_gateway_names_a_session_measure_one_set() {
        let items = vec![
            item(0, 40, Kind::BloodPressure, Some(1)),
            item(1, 60, Kind::Weight, Some(1)),
            item(2, 90, Kind::Weight, Some(1)),
        ];
        assert_eq!(owners(items, &[session(1, 0)], 300), [Some(1), Some(1), None]);
    }

    #[test]
    fn a_session_that_is_named_must_cover_what_was_measured() {
        assert_eq!(owners(vec![item(0, 190, Kind::Weight, Some(1))], &[session(1, 0)], 200), [None]);
        assert_eq!(owners(vec![item(0, 10, Kind::Weight, Some(9))], &[session(1, 0)], 200), [None]);
    }

    #[test]
    fn without_a_trusted_time_only_the_gateway_can_tell_and_only_live() {
        let untimed = |named| {
            let mut untimed = item(0, -90_000, Kind::BloodPressure, named);
            untimed.clock = Quality::Device;
            vec![untimed]
        };
        assert_eq!(owners(untimed(None), &[session(1, 0)], 60), [None]);
        assert_eq!(owners(untimed(Some(1)), &[session(1, 0)], 60), [Some(1)]);
        assert_eq!(owners(untimed(Some(1)), &[session(1, 0)], 181), [None]);
        let live = sets(untimed(Some(1)), &[session(1, 0)], at(60));
        assert_eq!(live[0].items[0].measured_at, at(60), "it was measured just now");
        let mut by_chance = item(0, 60, Kind::BloodPressure, None);
        by_chance.clock = Quality::Device;
        assert_eq!(owners(vec![by_chance], &[session(1, 0)], 90), [None]);
    }
}
