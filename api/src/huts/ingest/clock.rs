//! When something was measured, from what the clocks of a device, a gateway and the server say.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub(super) use entity::hut_reading::Clock as Quality;

/// Clocks that differ by less are right: a message takes its time.
const TOLERANCE: TimeDelta = TimeDelta::seconds(5);
/// How far ahead of the server a reading may be.
pub(super) const FARTHEST_AHEAD: TimeDelta = TimeDelta::minutes(5);
/// How long ago a reading may have been taken: a hut that was without a network for a season.
pub(super) const LONGEST_AGO: TimeDelta = TimeDelta::days(90);

/// Which clock a reading was timed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ClockSource {
    /// That of the gateway, or one that the gateway sets.
    Synced,
    /// That of the device, which nobody sets.
    Device,
    /// Nobody knows.
    Unknown,
}

/// What the clocks said when a batch was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    /// By the gateway.
    pub(super) sent_at: DateTime<Utc>,
    /// By the server.
    pub(super) received_at: DateTime<Utc>,
}

/// Why a time cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Impossible {
    InFuture,
    TooOld,
}

impl Clocks {
    /// How far the clock of the gateway is behind; zero where it is right.
    pub(super) fn offset(self) -> TimeDelta {
        let offset = self.received_at - self.sent_at;
        if offset.abs() <= TOLERANCE { TimeDelta::zero() } else { offset }
    }

    /// When something was measured that is said to have been at `taken_at`. `device_clock` is what the clock
    /// of the device showed when the batch was sent.
    pub(super) fn measured(
        self,
        taken_at: DateTime<Utc>,
        source: ClockSource,
        device_clock: Option<DateTime<Utc>>,
    ) -> Result<(DateTime<Utc>, Quality), Impossible> {
        let (behind, known) = match (source, device_clock) {
            (ClockSource::Synced, _) => (self.offset(), Quality::Synced),
            (ClockSource::Device, Some(device_clock)) => {
                let behind = self.received_at - device_clock;
                (if behind.abs() <= TOLERANCE { TimeDelta::zero() } else { behind }, Quality::Synced)
            }
            (ClockSource::Device, None) => (TimeDelta::zero(), Quality::Device),
            (ClockSource::Unknown, _) => (TimeDelta::zero(), Quality::Unknown),
        };
        let quality = if behind.is_zero() { known } else { Quality::Corrected };
        let measured_at = taken_at.checked_add_signed(behind).ok_or(Impossible::InFuture)?;
        if measured_at > self.received_at + FARTHEST_AHEAD {
            return Err(Impossible::InFuture);
        }
        if measured_at < self.received_at - LONGEST_AGO {
            return Err(Impossible::TooOld);
        }
        // Ahead by less, it was still measured before it was received.
        Ok((measured_at.min(self.received_at), quality))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-11-29T{text}Z").parse().unwrap()
    }

    fn clocks(sent_at: &str) -> Clocks {
        Clocks { sent_at: at(sent_at), received_at: at("10:00:00") }
    }

    #[test]
    fn a_clock_that_is_right_is_left_alone() {
        let measured = clocks("09:59:58").measured(at("09:30:00"), ClockSource::Synced, None);
        assert_eq!(measured, Ok((at("09:30:00"), Quality::Synced)));
    }

    #[test]
    fn a_gateway_that_is_hours_wrong_is_corrected() {
        let slow = clocks("02:00:00").measured(at("01:30:00"), ClockSource::Synced, None);
        assert_eq!(slow, Ok((at("09:30:00"), Quality::Corrected)));
        let fast = clocks("13:00:00").measured(at("12:30:00"), ClockSource::Synced, None);
        assert_eq!(fast, Ok((at("09:30:00"), Quality::Corrected)));
    }

    #[test]
    fn a_device_that_is_hours_wrong_is_corrected_where_its_clock_is_told() {
        let told = clocks("10:00:00").measured(at("03:30:00"), ClockSource::Device, Some(at("04:00:00")));
        assert_eq!(told, Ok((at("09:30:00"), Quality::Corrected)));
        let both = clocks("02:00:00").measured(at("03:30:00"), ClockSource::Device, Some(at("04:00:00")));
        assert_eq!(both, Ok((at("09:30:00"), Quality::Corrected)), "the gateway is wrong as well");
        let untold = clocks("10:00:00").measured(at("03:30:00"), ClockSource::Device, None);
        assert_eq!(untold, Ok((at("03:30:00"), Quality::Device)));
    }

    #[test]
    fn the_future_is_refused_from_five_minutes_on() {
        let measured = |taken_at| clocks("10:00:00").measured(at(taken_at), ClockSource::Device, None);
        assert_eq!(measured("10:05:00"), Ok((at("10:00:00"), Quality::Device)));
        assert_eq!(measured("10:05:01"), Err(Impossible::InFuture));
    }

    #[test]
    fn a_season_ago_is_too_old() {
        let long_ago = at("10:00:00") - LONGEST_AGO;
        let measured = |taken_at| clocks("10:00:00").measured(taken_at, ClockSource::Unknown, None);
        assert_eq!(measured(long_ago), Ok((long_ago, Quality::Unknown)));
        assert_eq!(measured(long_ago - TimeDelta::seconds(1)), Err(Impossible::TooOld));
    }

    proptest! {
        #[test]
        fn whatever_the_clocks_say_nothing_was_measured_after_it_was_received(
            sent in -10_000_000_i64..10_000_000,
            taken in -10_000_000_i64..10_000_000,
            device in proptest::option::of(-10_000_000_i64..10_000_000),
            which in 0_usize..3,
        ) {
            let received_at = at("10:00:00");
            let around = |seconds| received_at + TimeDelta::seconds(seconds);
            let source = [ClockSource::Synced, ClockSource::Device, ClockSource::Unknown][which];
            let clocks = Clocks { sent_at: around(sent), received_at };
            if let Ok((measured_at, _)) = clocks.measured(around(taken), source, device.map(around)) {
                prop_assert!(measured_at <= received_at);
            }
        }

        #[test]
        fn a_wrong_clock_of_the_gateway_changes_nothing_but_the_quality(wrong in -90_000_i64..90_000, ago in 0_i64..90_000) {
            let received_at = at("10:00:00");
            let wrong = TimeDelta::seconds(wrong);
            let clocks = Clocks { sent_at: received_at + wrong, received_at };
            let taken_at = received_at - TimeDelta::seconds(ago);
            let (measured_at, _) = clocks.measured(taken_at + wrong, ClockSource::Synced, None).unwrap();
            prop_assert!((measured_at - taken_at).abs() <= TOLERANCE);
        }
    }
}
