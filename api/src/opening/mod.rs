//! Whether a place or a service is open, told from its opening hours in the syntax of OpenStreetMap.

mod holidays;

use std::panic::catch_unwind;
use std::sync::LazyLock;

use actix_web::http::header::HeaderValue;
use chrono::{
    DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc, Weekday,
};
use chrono_tz::Tz;
use opening_hours::{Context, OpeningHours, RuleKind};
use quick_cache::sync::Cache;
use serde::Serialize;
use utoipa::ToSchema;

/// OpenStreetMap allows no longer value; a longer one is not worth the time to evaluate it.
const LONGEST_EXPRESSION_BYTES: usize = 255;
/// How far ahead the next change is looked for: a season later is the farthest that people plan.
const LOOK_AHEAD: TimeDelta = TimeDelta::days(366);
/// Parsed expressions kept, of at most some kilobytes each.
const EXPRESSIONS_KEPT: usize = 1_000;
/// Longest that phones may keep what tells whether something is open.
const KEPT_S: i64 = 60;
/// Zone of places whose region names none that is known.
const USUAL_ZONE: Tz = chrono_tz::Asia::Shanghai;

/// Expressions that were parsed lately, `None` for those that cannot be read.
static UNDERSTOOD: LazyLock<Cache<Box<str>, Option<OpeningHours>>> =
    LazyLock::new(|| Cache::new(EXPRESSIONS_KEPT));

/// Whether a place is open now and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Opening {
    /// Whether it is open.
    pub state: OpeningState,
    /// The state in plain Chinese.
    #[schema(example = "现在开放，17:30 关闭")]
    pub text: String,
    /// When the state changes, in the zone of the place; `null` where no change is in sight.
    pub changes_at: Option<DateTime<FixedOffset>>,
}

/// Whether a place is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpeningState {
    /// It is.
    Open,
    /// It is not.
    Closed,
    /// Nobody said.
    Unknown,
}

/// State at a moment of local time, and what comes after it.
#[derive(Debug, PartialEq, Eq)]
struct Standing {
    state: OpeningState,
    comment: String,
    next: Option<(NaiveDateTime, OpeningState)>,
}

/// An instant in the civil time of a place.
#[derive(Clone, Copy, Debug)]
pub struct CivilTime {
    zone: Tz,
    local: NaiveDateTime,
}

impl CivilTime {
    /// `now` in the zone with this IANA name.
    pub fn new(now: DateTime<Utc>, zone: Option<&str>) -> Self {
        let zone = zone.and_then(|name| name.parse().ok()).unwrap_or(USUAL_ZONE);
        Self { zone, local: now.with_timezone(&zone).naive_local() }
    }

    /// The civil day.
    pub fn date(self) -> NaiveDate {
        self.local.date()
    }

    /// Time left of this civil day. Words such as 明天 are wrong after it.
    pub fn until_midnight(self) -> TimeDelta {
        TimeDelta::days(1) - self.local.time().signed_duration_since(NaiveTime::MIN)
    }

    /// Time left until an instant.
    pub fn until(self, instant: DateTime<FixedOffset>) -> TimeDelta {
        self.instant_of(self.local).map_or(TimeDelta::zero(), |now| instant.signed_duration_since(now))
    }

    /// Whole seconds for which it may be kept that something opens or closes next at `changes_at`.
    pub fn max_age_s(self, changes_at: Option<DateTime<FixedOffset>>) -> i64 {
        let until_change = changes_at.map_or(TimeDelta::MAX, |at| self.until(at));
        until_change.min(self.until_midnight()).num_seconds().clamp(0, KEPT_S)
    }

    /// The same as the header `Cache-Control` of a public answer.
    pub fn cache_control(self, changes_at: Option<DateTime<FixedOffset>>) -> HeaderValue {
        HeaderValue::from_str(&format!("public, max-age={}, must-revalidate", self.max_age_s(changes_at)))
            .unwrap_or(HeaderValue::from_static("no-cache"))
    }

    fn instant_of(self, local: NaiveDateTime) -> Option<DateTime<FixedOffset>> {
        let in_zone = |local: NaiveDateTime| self.zone.from_local_datetime(&local).earliest();
        // A time that a change to summer time skips happens an hour later.
        let instant = in_zone(local).or_else(|| in_zone(local.checked_add_signed(TimeDelta::hours(1))?))?;
        Some(instant.fixed_offset())
    }
}

/// Whether a civil day is a statutory public holiday of China.
pub fn is_statutory_holiday(day: NaiveDate) -> bool {
    holidays::statutory().get_public().contains(day)
}

/// Evaluates opening hours. What is missing or cannot be read is `unknown`, never an error; the text
/// then advises to call where there is somebody to call.
pub fn opening(expression: Option<&str>, now: CivilTime, can_be_called: bool) -> Opening {
    let standing = expression.and_then(|expression| standing(expression, now.local));
    match standing {
        Some(standing) if standing.state != OpeningState::Unknown => Opening {
            state: standing.state,
            text: told(&standing, now.local),
            changes_at: standing.next.and_then(|(at, _)| now.instant_of(at)),
        },
        standing => Opening {
            state: OpeningState::Unknown,
            text: if can_be_called {
                "开放时间未知，请先电话确认".to_owned()
            } else {
                "开放时间未知，请以现场公告为准".to_owned()
            },
            changes_at: standing.and_then(|standing| now.instant_of(standing.next?.0)),
        },
    }
}

/// Whether opening hours can be read.
pub fn is_readable(expression: &str) -> bool {
    let noon = NaiveDate::default().and_time(NaiveTime::MIN);
    standing(expression, noon).is_some()
}

fn standing(expression: &str, at: NaiveDateTime) -> Option<Standing> {
    let expression = expression.trim();
    if expression.is_empty() || expression.len() > LONGEST_EXPRESSION_BYTES {
        return None;
    }
    // The evaluation asserts its own rules; an expression that breaks one is merely not understood.
    catch_unwind(|| evaluate(expression, at)).ok().flatten()
}

fn evaluate(expression: &str, at: NaiveDateTime) -> Option<Standing> {
    let hours = understood(expression)?;
    let mut ranges = hours.iter_range(at, at.checked_add_signed(LOOK_AHEAD)?);
    let first = ranges.next()?;
    let state = OpeningState::from(first.kind);
    let next = ranges
        .map(|range| (range.range.start, OpeningState::from(range.kind)))
        .find(|(_, next)| *next != state);
    Some(Standing { state, comment: first.comment.to_string(), next })
}

/// The parsed expression. Parsing costs twenty times the evaluation, and a town has few expressions.
fn understood(expression: &str) -> Option<OpeningHours> {
    if let Some(known) = UNDERSTOOD.get(expression) {
        return known;
    }
    let context = Context::default().with_holidays(holidays::statutory());
    let hours = expression.parse::<OpeningHours>().ok().map(|hours| hours.with_context(context));
    UNDERSTOOD.insert(expression.into(), hours.clone());
    hours
}

impl From<RuleKind> for OpeningState {
    fn from(kind: RuleKind) -> Self {
        match kind {
            RuleKind::Open => Self::Open,
            RuleKind::Closed => Self::Closed,
            RuleKind::Unknown => Self::Unknown,
        }
    }
}

fn told(standing: &Standing, now: NaiveDateTime) -> String {
    let comment = match standing.comment.as_str() {
        "" => String::new(),
        comment => format!("（{comment}）"),
    };
    match (standing.state, standing.next) {
        (OpeningState::Open, None) => format!("全天开放{comment}"),
        (OpeningState::Open, Some((at, OpeningState::Closed))) => {
            format!("现在开放{comment}，{} 关闭", moment(end_of_period(at), now))
        }
        (OpeningState::Open, Some(_)) => format!("现在开放{comment}"),
        (_, None) => format!("暂停开放{comment}"),
        (_, Some((at, OpeningState::Open))) => {
            let at = (at.date(), at.time().format("%H:%M").to_string());
            format!("现在关闭{comment}，{} 开放", moment(at, now))
        }
        (_, Some(_)) => format!("现在关闭{comment}"),
    }
}

type DayAndClock = (NaiveDate, String);

/// The end of a day is called 24:00 of that day, not 00:00 of the next.
fn end_of_period(at: NaiveDateTime) -> DayAndClock {
    match at.date().pred_opt() {
        Some(day) if at.time() == NaiveTime::MIN => (day, "24:00".to_owned()),
        _ => (at.date(), at.time().format("%H:%M").to_string()),
    }
}

/// A moment as people say it today.
fn moment((day, clock): DayAndClock, now: NaiveDateTime) -> String {
    let today = now.date();
    match day.signed_duration_since(today).num_days() {
        ..=0 => clock,
        1 => format!("明天 {clock}"),
        2 => format!("后天 {clock}"),
        3..=6 => format!("{} {clock}", weekday(day)),
        _ if day.year() == today.year() => format!("{}月{}日 {clock}", day.month(), day.day()),
        _ => format!("{}年{}月{}日 {clock}", day.year(), day.month(), day.day()),
    }
}

fn weekday(day: NaiveDate) -> &'static str {
    match day.weekday() {
        Weekday::Mon => "周一",
        Weekday::Tue => "周二",
        Weekday::Wed => "周三",
        Weekday::Thu => "周四",
        Weekday::Fri => "周五",
        Weekday::Sat => "周六",
        Weekday::Sun => "周日",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `local` is civil time of Shenzhen.
    fn at(expression: &str, local: &str) -> Opening {
        let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M").unwrap();
        let now = local.and_utc() - TimeDelta::hours(8);
        opening(Some(expression), CivilTime::new(now, Some("Asia/Shanghai")), true)
    }

    fn summary(opening: &Opening) -> String {
        let state = serde_json::to_string(&opening.state).unwrap();
        let changes_at = opening.changes_at.map_or("-".to_owned(), |at| at.to_rfc3339());
        format!("{} | {} | {changes_at}", state.trim_matches('"'), opening.text)
    }

    #[test]
    fn the_state_is_told_at_every_kind_of_moment() {
        const CLINIC: &str = "Mo-Fr 08:30-12:00,14:00-17:30; PH off";
        const PARK: &str = "Mo-Su 06:00-22:00";
        const BAR: &str = "Mo-Su 18:00-02:00";
        const MUSEUM: &str = "Tu-Su 09:00-12:00,14:00-17:00; PH 09:00-17:00";
        let table = [
            (CLINIC, "2026-11-18 08:29", "closed | 现在关闭，08:30 开放 | 2026-11-18T08:30:00+08:00"),
            (CLINIC, "2026-11-18 08:30", "open | 现在开放，12:00 关闭 | 2026-11-18T12:00:00+08:00"),
            (CLINIC, "2026-11-18 12:00", "closed | 现在关闭，14:00 开放 | 2026-11-18T14:00:00+08:00"),
            (CLINIC, "2026-11-18 13:59", "closed | 现在关闭，14:00 开放 | 2026-11-18T14:00:00+08:00"),
            (CLINIC, "2026-11-18 17:30", "closed | 现在关闭，明天 08:30 开放 | 2026-11-19T08:30:00+08:00"),
            (CLINIC, "2026-11-20 18:00", "closed | 现在关闭，周一 08:30 开放 | 2026-11-23T08:30:00+08:00"),
            (CLINIC, "2026-11-21 09:00", "closed | 现在关闭，后天 08:30 开放 | 2026-11-23T08:30:00+08:00"),
            (CLINIC, "2026-10-01 10:00", "closed | 现在关闭，周一 08:30 开放 | 2026-10-05T08:30:00+08:00"),
            (CLINIC, "2026-02-13 18:00", "closed | 现在关闭，2月20日 08:30 开放 | 2026-02-20T08:30:00+08:00"),
            (CLINIC, "2026-12-31 18:00", "closed | 现在关闭，周一 08:30 开放 | 2027-01-04T08:30:00+08:00"),
            (PARK, "2026-11-18 00:00", "closed | 现在关闭，06:00 开放 | 2026-11-18T06:00:00+08:00"),
            (PARK, "2026-11-18 23:59", "closed | 现在关闭，明天 06:00 开放 | 2026-11-19T06:00:00+08:00"),
            (BAR, "2026-11-18 23:00", "open | 现在开放，明天 02:00 关闭 | 2026-11-19T02:00:00+08:00"),
            (BAR, "2026-11-19 00:00", "open | 现在开放，02:00 关闭 | 2026-11-19T02:00:00+08:00"),
            (
                "Mo-Su 08:00-24:00",
                "2026-11-18 20:00",
                "open | 现在开放，24:00 关闭 | 2026-11-19T00:00:00+08:00",
            ),
            (
                "24/7; PH off",
                "2026-11-18 20:00",
                "open | 现在开放，12月31日 24:00 关闭 | 2027-01-01T00:00:00+08:00",
            ),
            ("24/7", "2026-11-18 03:00", "open | 全天开放 | -"),
            ("off", "2026-11-18 03:00", "closed | 暂停开放 | -"),
            (MUSEUM, "2026-11-16 10:00", "closed | 现在关闭，明天 09:00 开放 | 2026-11-17T09:00:00+08:00"),
            (MUSEUM, "2026-05-01 12:30", "open | 现在开放，17:00 关闭 | 2026-05-01T17:00:00+08:00"),
            (
                "May-Sep 09:00-18:00",
                "2026-11-18 10:00",
                "closed | 现在关闭，2027年5月1日 09:00 开放 | 2027-05-01T09:00:00+08:00",
            ),
            (
                "Mo-Fr 08:00-12:00 \"需预约\"",
                "2026-11-18 10:00",
                "open | 现在开放（需预约），12:00 关闭 | 2026-11-18T12:00:00+08:00",
            ),
            (
                "Mo-Su 08:00-12:00 unknown",
                "2026-11-18 10:00",
                "unknown | 开放时间未知，请先电话确认 | 2026-11-18T12:00:00+08:00",
            ),
        ];
        for (expression, local, expected) in table {
            assert_eq!(summary(&at(expression, local)), expected, "{expression} at {local}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_unknown() {
        let long = format!("Mo-Su 08:00-12:00{}", ",13:00-14:00".repeat(40));
        for expression in
            ["", "  ", "早八点到晚五点", "25/8", "Mo-Fr 99:00-99:99", "((((", "\0", long.as_str()]
        {
            let opening = at(expression, "2026-11-18 10:00");
            assert_eq!(summary(&opening), "unknown | 开放时间未知，请先电话确认 | -", "{expression}");
        }
        let nobody_to_call = opening(None, CivilTime::new(DateTime::UNIX_EPOCH, None), false);
        assert_eq!(summary(&nobody_to_call), "unknown | 开放时间未知，请以现场公告为准 | -");
    }

    #[test]
    fn civil_time_is_that_of_the_region() {
        let now = "2026-11-18T15:30:00Z".parse().unwrap();
        let shenzhen = CivilTime::new(now, Some("Asia/Shanghai"));
        assert_eq!(shenzhen.until_midnight(), TimeDelta::minutes(30));
        let unheard_of = CivilTime::new(now, Some("Mars/Olympus"));
        assert_eq!(unheard_of.local, shenzhen.local);
        let tokyo = opening(Some("Mo-Su 08:00-12:00"), CivilTime::new(now, Some("Asia/Tokyo")), true);
        assert_eq!(summary(&tokyo), "closed | 现在关闭，08:00 开放 | 2026-11-19T08:00:00+09:00");
    }

    #[test]
    fn a_skipped_hour_of_summer_time_comes_an_hour_later() {
        let now = "2026-03-29T00:00:00Z".parse().unwrap();
        let berlin = opening(Some("Mo-Su 02:30-05:00"), CivilTime::new(now, Some("Europe/Berlin")), true);
        assert_eq!(summary(&berlin), "closed | 现在关闭，02:30 开放 | 2026-03-29T03:30:00+02:00");
    }

    proptest::proptest! {
        #[test]
        fn no_text_and_no_time_breaks_it(
            text in "[A-Za-z0-9:;,+/ ()\"\\-]{0,60}|(Mo|Su|PH|SH|week|May|easter|sunset|off|24/7|[0-9]{2}:[0-9]{2}|[-,; ]){0,12}",
            at_s in -70_000_000_000_i64..300_000_000_000,
        ) {
            let now = DateTime::from_timestamp(at_s, 0).unwrap_or_default();
            let opening = opening(Some(&text), CivilTime::new(now, None), true);
            proptest::prop_assert!(!opening.text.is_empty());
        }
    }
}
