//! How rows are chained.
//!
//! `hash = SHA-256(domain ‖ previous hash ‖ fields)`. Every field carries its length, and whether it is
//! there, so that no two different rows are hashed from the same bytes.

use chrono::{DateTime, Utc};
use entity::audit_event;
use sha2::{Digest, Sha256};

use super::event::AuditEvent;

/// SHA-256 of a row.
pub(super) type Hash = [u8; 32];

/// The hash that the first row continues.
pub(super) const BEGINNING: Hash = [0; 32];

const DOMAIN: &[u8] = b"kangtu audit event 1";

/// The row that continues the chain after number `seq - 1`, whose hash is `prev_hash`.
pub(super) fn row(event: &AuditEvent, at: DateTime<Utc>, seq: i64, prev_hash: Vec<u8>) -> audit_event::Model {
    let mut row = audit_event::Model {
        seq,
        at: at.into(),
        action: event.action.as_str().to_owned(),
        actor_kind: event.actor.kind().to_owned(),
        actor_id: event.actor.id().map(|id| id.to_string()),
        object_kind: event.object.as_ref().map(|object| object.kind.to_owned()),
        object_id: event.object.as_ref().map(|object| object.id.clone()),
        region_code: event.region_code.clone(),
        outcome: event.outcome.as_str().to_owned(),
        detail: event.detail.to_string(),
        request_id: event.request_id.clone(),
        client_prefix: event.client_prefix.clone(),
        prev_hash,
        hash: Vec::new(),
    };
    row.hash = hash(&row).to_vec();
    row
}

/// The hash that a row must carry.
pub(super) fn hash(row: &audit_event::Model) -> Hash {
    let mut hasher = Sha256::new();
    let mut field = |bytes: Option<&[u8]>| {
        hasher.update([u8::from(bytes.is_some())]);
        let bytes = bytes.unwrap_or_default();
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    field(Some(DOMAIN));
    field(Some(&row.prev_hash));
    field(Some(&row.seq.to_be_bytes()));
    field(Some(&row.at.timestamp_millis().to_be_bytes()));
    for text in [Some(&row.action), Some(&row.actor_kind), row.actor_id.as_ref(), row.object_kind.as_ref()] {
        field(text.map(String::as_bytes));
    }
    for text in [row.object_id.as_ref(), row.region_code.as_ref(), Some(&row.outcome), Some(&row.detail)] {
        field(text.map(String::as_bytes));
    }
    for text in [row.request_id.as_ref(), row.client_prefix.as_ref()] {
        field(text.map(String::as_bytes));
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::event::{Action, Actor, Outcome};
    use super::*;

    fn example() -> audit_event::Model {
        let event = AuditEvent::new(Action::RolesChanged, Actor::Operator)
            .on("staff", "7")
            .in_region("440307009")
            .ended(Outcome::Refused)
            .with(json!({"roles": ["editor"]}));
        row(&event, "2027-01-01T00:00:00Z".parse().unwrap(), 1, BEGINNING.to_vec())
    }

    #[test]
    fn any_field_that_differs_makes_another_hash() {
        let changes: [fn(&mut audit_event::Model); 13] = [
            |row| row.seq = 2,
            |row| row.at = DateTime::from_timestamp_millis(1).unwrap().into(),
            |row| row.action.push('x'),
            |row| row.actor_kind.push('x'),
            |row| row.actor_id = Some(String::new()),
            |row| row.object_kind = None,
            |row| row.object_id = Some("8".into()),
            |row| row.region_code = None,
            |row| row.outcome = "done".into(),
            |row| row.detail = "{}".into(),
            |row| row.request_id = Some("x".into()),
            |row| row.client_prefix = Some("x".into()),
            |row| row.prev_hash = vec![1; 32],
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut changed = example();
            change(&mut changed);
            assert_ne!(hash(&changed), hash(&example()), "change {number}");
        }
    }

    #[test]
    fn text_moved_to_the_next_field_makes_another_hash() {
        let mut moved = example();
        moved.object_kind = Some("staf".into());
        moved.object_id = Some("f7".into());
        assert_ne!(hash(&moved), hash(&example()));
    }
}
