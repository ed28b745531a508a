//! Calendars as iCalendar writes them (RFC 5545, with the properties of RFC 7986).
//!
//! The bytes depend on the events alone, never on the moment they are written at, so that an entity tag
//! changes exactly when something changed. `DTSTAMP` is therefore the last change of the event.

mod line;
mod zone;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use self::line::Lines;

/// Name of the program in calendars.
const PROGRAM: &str = "-//Kangtu//Activities//ZH";
/// How often subscribers should ask again.
const REFRESH: &str = "PT4H";
/// Date and time as iCalendar writes them.
const LOCAL: &str = "%Y%m%dT%H%M%S";
const UTC: &str = "%Y%m%dT%H%M%SZ";

/// What is certain about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventStatus {
    /// It takes place, and in a personal calendar the resident has a seat.
    Confirmed,
    /// The resident stands in line.
    Tentative,
    /// It does not take place, or not for this resident.
    Cancelled,
}

impl EventStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "CONFIRMED",
            Self::Tentative => "TENTATIVE",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// One event. What is told here is seen by everybody with whom a calendar is shared.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// Names the event in all calendars and for ever.
    pub(super) uid: String,
    /// Grows with every change.
    pub(super) sequence: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) changed_at: DateTime<Utc>,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
    /// Where it takes place, so that clocks there are right.
    pub(super) zone: Tz,
    pub(super) status: EventStatus,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) location: String,
    /// Latitude and longitude in WGS-84, in degrees.
    pub(super) position: Option<(f64, f64)>,
    /// Page about it.
    pub(super) url: Option<String>,
    pub(super) categories: Vec<String>,
}

/// A calendar with its events.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    pub(super) name: String,
    /// Whether it is asked for again and again; a single event is no feed.
    pub(super) is_feed: bool,
    /// Address that anybody may fetch it from again. A secret address is not told: calendars are shared.
    pub(super) source: Option<String>,
    pub(super) events: Vec<Event>,
}

impl Calendar {
    /// The calendar as text, CR LF at the end of each line.
    pub(super) fn text(&self) -> String {
        let mut lines = Lines::default();
        lines.raw("BEGIN", "VCALENDAR");
        lines.raw("VERSION", "2.0");
        lines.raw("PRODID", PROGRAM);
        lines.raw("CALSCALE", "GREGORIAN");
        lines.raw("METHOD", "PUBLISH");
        lines.text("NAME", &self.name);
        lines.text("X-WR-CALNAME", &self.name);
        if self.is_feed {
            lines.raw("REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
            lines.raw("X-PUBLISHED-TTL", REFRESH);
        }
        if let Some(source) = &self.source {
            lines.uri("SOURCE;VALUE=URI", source);
        }
        for span in self.zones() {
            zone::write(&mut lines, span.zone, span.from, span.until);
        }
        for event in &self.events {
            event.write(&mut lines);
        }
        lines.raw("END", "VCALENDAR");
        lines.finish()
    }

    /// Each zone once, with the time that its events span and a day on either side.
    fn zones(&self) -> Vec<ZoneSpan> {
        let day = TimeDelta::days(1);
        let mut spans: BTreeMap<&str, ZoneSpan> = BTreeMap::new();
        for event in &self.events {
            let (zone, from, until) = (event.zone, event.starts_at - day, event.ends_at + day);
            let span = spans.entry(zone.name()).or_insert(ZoneSpan { zone, from, until });
            span.from = span.from.min(from);
            span.until = span.until.max(until);
        }
        spans.into_values().collect()
    }
}

/// A zone and the time for which it is needed.
struct ZoneSpan {
    zone: Tz,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Event {
    fn write(&self, lines: &mut Lines) {
        let utc = |at: DateTime<Utc>| at.format(UTC).to_string();
        lines.raw("BEGIN", "VEVENT");
        lines.raw("UID", &self.uid);
        lines.raw("DTSTAMP", &utc(self.changed_at));
        lines.raw("CREATED", &utc(self.created_at));
        lines.raw("LAST-MODIFIED", &utc(self.changed_at));
        lines.raw("SEQUENCE", &self.sequence.max(0).to_string());
        for (name, at) in [("DTSTART", self.starts_at), ("DTEND", self.ends_at)] {
            let local = at.with_timezone(&self.zone).format(LOCAL).to_string();
            lines.raw(&format!("{name};TZID={}", self.zone.name()), &local);
        }
        lines.raw("STATUS", self.status.as_str());
        lines.text("SUMMARY", &self.summary);
        if !self.description.is_empty() {
            lines.text("DESCRIPTION", &self.description);
        }
        if !self.location.is_empty() {
            lines.text("LOCATION", &self.location);
        }
        if let Some((latitude, longitude)) = self.position {
            lines.raw("GEO", &format!("{latitude:.6};{longitude:.6}"));
        }
        if let Some(url) = &self.url {
            lines.uri("URL", url);
        }
        if !self.categories.is_empty() {
            lines.texts("CATEGORIES", &self.categories);
        }
        let busy = if self.status == EventStatus::Cancelled { "TRANSPARENT" } else { "OPAQUE" };
        lines.raw("TRANSP", busy);
        lines.raw("END", "VEVENT");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono_tz::Asia::Shanghai;
    use icalendar::parser::{read_calendar, unfold};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn event() -> Event {
        Event {
            uid: "activity-17-0123abcd@kangtu".to_owned(),
            sequence: 3,
            created_at: at("2026-11-01T00:00:00Z"),
            changed_at: at("2026-11-20T08:00:00Z"),
            starts_at: at("2026-12-05T07:00:00Z"),
            ends_at: at("2026-12-05T08:30:00Z"),
            zone: Shanghai,
            status: EventStatus::Confirmed,
            summary: "高血压讲座；听、问、量".to_owned(),
            description: "带上医保卡, 病历本; 早饭照吃\n三楼\\电梯".to_owned(),
            location: "葵涌社区党群服务中心".to_owned(),
            position: Some((22.640_12, 114.420_34)),
            url: Some("https://health.example.cn/a/17".to_owned()),
            categories: vec!["健康讲座".to_owned(), "慢病, 血压".to_owned()],
        }
    }

    fn calendar(events: Vec<Event>) -> Calendar {
        let source = Some("https://health.example.cn/api/v1/activities.ics".to_owned());
        Calendar { name: "葵涌健康活动".to_owned(), is_feed: true, source, events }
    }

    /// The value of a property of the first event, as a parser that is not ours reads it, without its escapes.
    fn read(text: &str, name: &str) -> String {
        let unfolded = unfold(text);
        let parsed = read_calendar(&unfolded).unwrap();
        let event = parsed.components.iter().find(|component| component.name == "VEVENT").unwrap();
        let property = event.properties.iter().find(|property| property.name == name);
        property.unwrap_or_else(|| panic!("no {name}")).val.to_string()
    }

    /// What RFC 5545, section 3.1, demands of every line.
    fn assert_lines(text: &str) {
        assert!(text.ends_with("\r\n"));
        for line in text.split_terminator("\r\n") {
            assert!(line.len() <= 75, "{} octets: {line}", line.len());
            assert!(!line.contains(['\r', '\n']), "{line:?}");
            assert!(!line.trim_start().is_empty() || line.len() > 1, "an empty line");
        }
    }

    #[test]
    fn an_event_is_what_another_parser_reads() {
        let text = calendar(vec![event()]).text();
        assert_lines(&text);
        assert_eq!(read(&text, "UID"), "activity-17-0123abcd@kangtu");
        assert_eq!(read(&text, "SUMMARY"), event().summary);
        assert_eq!(read(&text, "DESCRIPTION"), event().description);
        assert_eq!(read(&text, "DTSTART"), "20261205T150000");
        assert_eq!(read(&text, "DTEND"), "20261205T163000");
        assert_eq!(
            (read(&text, "SEQUENCE"), read(&text, "STATUS")),
            ("3".to_owned(), "CONFIRMED".to_owned())
        );
        assert_eq!(read(&text, "LAST-MODIFIED"), "20261120T080000Z");
        assert_eq!(read(&text, "GEO"), "22.640120;114.420340");
        assert!(text.contains("\r\nCATEGORIES:健康讲座,慢病\\, 血压\r\n"), "{text}");
        assert!(text.contains("\r\nDTSTART;TZID=Asia/Shanghai:20261205T150000\r\n"));
    }

    #[test]
    fn a_feed_tells_how_often_to_ask_and_carries_its_zone() {
        let text = calendar(vec![event()]).text();
        for line in [
            "METHOD:PUBLISH",
            "NAME:葵涌健康活动",
            "X-WR-CALNAME:葵涌健康活动",
            "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
            "X-PUBLISHED-TTL:PT4H",
            "SOURCE;VALUE=URI:https://health.example.cn/api/v1/activities.ics",
        ] {
            assert!(text.contains(&format!("\r\n{line}\r\n")), "{line} in {text}");
        }
        let zone = "BEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
                    TZOFFSETFROM:+0800\r\nTZOFFSETTO:+0800\r\nTZNAME:CST\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
        assert_eq!(text.matches(zone).count(), 1, "{text}");
        let single = Calendar { is_feed: false, source: None, ..calendar(vec![event()]) }.text();
        assert!(!single.contains("REFRESH-INTERVAL") && !single.contains("SOURCE"));
    }

    #[test]
    fn what_is_cancelled_stays_and_says_so() {
        let gone = Event { status: EventStatus::Cancelled, sequence: 4, ..event() };
        let text = calendar(vec![gone]).text();
        assert_eq!(read(&text, "STATUS"), "CANCELLED");
        assert_eq!(read(&text, "TRANSP"), "TRANSPARENT");
        assert_eq!(read(&text, "UID"), event().uid);
    }

    #[test]
    fn an_address_cannot_bring_lines_of_its_own() {
        let url = "https://a.cn/\r\nATTENDEE:mailto:x@y.cn".to_owned();
        let text = calendar(vec![Event { url: Some(url), ..event() }]).text();
        assert!(!text.contains("\nATTENDEE"), "{text}");
    }

    #[test]
    fn a_calendar_without_events_is_one_all_the_same() {
        let text = calendar(Vec::new()).text();
        assert_lines(&text);
        assert!(read_calendar(&unfold(&text)).unwrap().components.is_empty());
    }

    proptest! {
        #[test]
        fn any_text_comes_through_in_lines_of_75_octets(
            summary in "[\\PC\n;,\\\\:\"]{0,120}",
            description in "[\u{4e00}-\u{4f00}a😀\u{301}\r\n\t]{0,400}",
        ) {
            let text = calendar(vec![Event {
                summary: summary.clone(), description: format!("甲{description}"), ..event()
            }]).text();
            assert_lines(&text);
            prop_assert_eq!(read(&text, "SUMMARY"), summary);
            let expected = format!("甲{description}").replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
            prop_assert_eq!(read(&text, "DESCRIPTION"), expected);
        }

        #[test]
        fn uids_are_kept_apart(ids in prop::collection::btree_set(1..10_000_i32, 1..20)) {
            let events = ids.iter().map(|id| Event { uid: format!("activity-{id}@kangtu"), ..event() });
            let text = calendar(events.collect()).text();
            let uids: BTreeSet<&str> = text.lines().filter(|line| line.starts_with("UID:")).collect();
            prop_assert_eq!(uids.len(), ids.len());
        }
    }
}
