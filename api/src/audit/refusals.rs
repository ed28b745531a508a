//! Refusals before anybody is known, told together.
//!
//! A flood of them must show in the log and must not fill it. So they are counted in memory, by the
//! neighbourhood they came from and by what was refused, and each count is one row when its time is over.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::event::{Action, Actor, AuditEvent, Outcome};
use crate::error::ApiResult;
use crate::http::client_address::ClientAddress;
use crate::state::AppState;

/// For how long refusals are counted before they are told.
const WINDOW: TimeDelta = TimeDelta::minutes(10);
/// Counts kept at a time; what comes from elsewhere then is counted together.
const MOST_COUNTS: usize = 200;

/// Refusals that were not told yet.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<HashMap<Source, Count>>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Source {
    /// `None` for all the neighbourhoods that had no place of their own.
    neighbourhood: Option<String>,
    what: &'static str,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    refused: u64,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
}

impl Refusals {
    /// Counts a refusal. `what` is a stable word, such as `log_in`.
    pub fn count(&self, address: ClientAddress, what: &'static str, now: DateTime<Utc>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut source = Source { neighbourhood: Some(address.neighbourhood()), what };
        if counts.len() >= MOST_COUNTS && !counts.contains_key(&source) {
            source.neighbourhood = None;
        }
        let fresh = Count { refused: 0, first_at: now, last_at: now };
        let count = counts.entry(source).or_insert(fresh);
        count.refused += 1;
        count.last_at = count.last_at.max(now);
    }

    /// Takes out the counts whose time is over; all of them while the server stops.
    fn take(&self, now: DateTime<Utc>, all: bool) -> Vec<(Source, Count)> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |count: &Count| all || count.first_at + WINDOW <= now;
        counts.extract_if(|_, count| is_over(count)).collect()
    }

    fn put_back(&self, taken: Vec<(Source, Count)>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (source, count) in taken {
            let kept = counts.entry(source).or_insert(Count { refused: 0, ..count });
            kept.refused += count.refused;
            kept.first_at = kept.first_at.min(count.first_at);
        }
    }
}

/// Notes the refusals of the last minutes, all of them while the server stops. One row each.
///
/// # Errors
/// When the database fails; they are told at the next run.
pub async fn tell_refusals(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let draining = state.draining.load(std::sync::atomic::Ordering::Acquire);
    let taken = state.refusals.take(now, draining);
    if taken.is_empty() {
        return Ok(0);
    }
    let events: Vec<AuditEvent> = taken.iter().map(event).collect();
    let told = state.database.write(move |transaction| {
        let events = events.clone();
        Box::pin(async move {
            for event in &events {
                super::append(transaction, event, now).await?;
            }
            ApiResult::Ok(events.len() as u64)
        })
    });
    match told.await {
        Ok(told) => Ok(told),
        Err(error) => {
            state.refusals.put_back(taken);
            Err(error.into())
        }
    }
}

fn event((source, count): &(Source, Count)) -> AuditEvent {
    let event = AuditEvent::new(Action::RequestsRefused, Actor::Anonymous).ended(Outcome::Refused);
    AuditEvent { client_prefix: source.neighbourhood.clone(), ..event }.with(json!({
        "what": source.what,
        "count": count.refused,
        "from": count.first_at,
        "to": count.last_at,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u16) -> ClientAddress {
        let [high, low] = number.to_be_bytes();
        ClientAddress(std::net::Ipv4Addr::new(10, high, low, 1).into())
    }

    #[test]
    fn a_flood_from_everywhere_is_few_counts_and_none_is_lost() {
        let refusals = Refusals::default();
        let now = DateTime::UNIX_EPOCH;
        for number in 0..5_000 {
            refusals.count(address(number), "log_in", now);
        }
        refusals.count(address(1), "log_in", now);
        assert!(refusals.take(now, false).is_empty(), "their time is not over");
        let taken = refusals.take(now + WINDOW, false);
        assert_eq!(taken.len(), MOST_COUNTS + 1);
        assert_eq!(taken.iter().map(|(_, count)| count.refused).sum::<u64>(), 5_001);
        assert!(refusals.take(now + WINDOW, true).is_empty());
        refusals.put_back(taken);
        assert_eq!(refusals.take(now, true).len(), MOST_COUNTS + 1);
    }
}
