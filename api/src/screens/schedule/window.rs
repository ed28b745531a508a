//! One span of time, from a day and minutes of that day.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

const DAY_MIN: u32 = 24 * 60;

/// From one instant until just before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
}

impl Window {
    /// The window that begins on `day`; one that ends no later than it begins goes on into the next day.
    pub(super) fn on(day: NaiveDate, begins_min: u32, ends_min: u32, zone: Tz) -> Option<Self> {
        let start = instant(day, begins_min, zone)?;
        let end_day = if ends_min <= begins_min { day.checked_add_days(Days::new(1))? } else { day };
        let end = instant(end_day, ends_min, zone)?;
        (start < end).then_some(Self { start, end })
    }

    pub(super) fn holds(&self, at: DateTime<Utc>) -> bool {
        self.start <= at && at < self.end
    }
}

/// The instant of a minute of a civil day. One that a change to summer time skips happens an hour later.
fn instant(day: NaiveDate, minute: u32, zone: Tz) -> Option<DateTime<Utc>> {
    let day = day.checked_add_days(Days::new(u64::from(minute / DAY_MIN)))?;
    let local = day.and_hms_opt(minute % DAY_MIN / 60, minute % 60, 0)?;
    let in_zone = |local| zone.from_local_datetime(&local).earliest();
    let found = in_zone(local).or_else(|| in_zone(local.checked_add_signed(TimeDelta::hours(1))?))?;
    Some(found.with_timezone(&Utc))
}
