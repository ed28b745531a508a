//! Zones as calendars carry them (RFC 5545, section 3.6.5).

use chrono::{DateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{OffsetComponents, OffsetName, Tz};

use super::LOCAL;
use super::line::Lines;

/// Writes a zone as it is between two instants: what holds at the first, and each change until the second.
pub(super) fn write(lines: &mut Lines, zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) {
    lines.raw("BEGIN", "VTIMEZONE");
    lines.raw("TZID", zone.name());
    observance(lines, zone, from, None);
    for change in changes(zone, from, until) {
        observance(lines, zone, change, Some(change - TimeDelta::seconds(1)));
    }
    lines.raw("END", "VTIMEZONE");
}

/// The offset that holds at `at`; the first one has held since 1970 for all that the calendar needs.
fn observance(lines: &mut Lines, zone: Tz, at: DateTime<Utc>, before: Option<DateTime<Utc>>) {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    let previous = before.map(|before| offset_s(zone, before));
    let kind = if offset.dst_offset().is_zero() { "STANDARD" } else { "DAYLIGHT" };
    // The onset is told in the local time that held before it.
    let onset = previous.map(|seconds| at.naive_utc() + TimeDelta::seconds(seconds.into()));
    lines.raw("BEGIN", kind);
    lines.raw(
        "DTSTART",
        &onset.map_or_else(|| "19700101T000000".to_owned(), |onset| onset.format(LOCAL).to_string()),
    );
    lines.raw("TZOFFSETFROM", &told(previous.unwrap_or_else(|| offset_s(zone, at))));
    lines.raw("TZOFFSETTO", &told(offset_s(zone, at)));
    if let Some(name) = offset.abbreviation() {
        lines.raw("TZNAME", name);
    }
    lines.raw("END", kind);
}

fn offset_s(zone: Tz, at: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

fn told(offset_s: i32) -> String {
    let (sign, minutes) = (if offset_s < 0 { '-' } else { '+' }, offset_s.abs() / 60);
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

/// The instants at which the offset becomes another one, to the second.
fn changes(zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let mut changes = Vec::new();
    let mut day = from;
    while day < until {
        let next = day + TimeDelta::days(1);
        if offset_s(zone, day) != offset_s(zone, next) {
            changes.push(bisected(zone, day, next));
        }
        day = next;
    }
    changes
}

fn bisected(zone: Tz, mut before: DateTime<Utc>, mut after: DateTime<Utc>) -> DateTime<Utc> {
    let old = offset_s(zone, before);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if offset_s(zone, middle) == old { before = middle } else { after = middle }
    }
    after
}

#[cfg(test)]
mod tests {
    use chrono_tz::{Asia::Urumqi, Europe::Berlin};

    use super::*;

    fn written(zone: Tz, from: &str, until: &str) -> String {
        let mut lines = Lines::default();
        write(&mut lines, zone, from.parse().unwrap(), until.parse().unwrap());
        lines.finish()
    }

    #[test]
    fn a_zone_without_changes_is_one_standard_time() {
        let zone = written(Urumqi, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        assert_eq!(zone.matches("BEGIN:STANDARD").count(), 1);
        assert!(zone.contains("TZOFFSETFROM:+0600\r\nTZOFFSETTO:+0600\r\n"), "{zone}");
    }

    #[test]
    fn a_zone_with_summer_time_tells_each_change_in_the_time_before_it() {
        let zone = written(Berlin, "2026-01-01T00:00:00Z", "2026-12-01T00:00:00Z");
        assert!(zone.contains(
            "BEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
        ));
        assert!(zone.contains(
            "BEGIN:STANDARD\r\nDTSTART:20261025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
        ));
    }
}
