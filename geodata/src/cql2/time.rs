//! Moments, days and intervals as CQL2 writes them (OGC 21-065r2, section 6.3; RFC 3339).

use super::expression::TemporalOperator;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Before every moment that can be written.
const OPEN_START: i64 = i64::MIN;
/// After every moment that can be written.
const OPEN_END: i64 = i64::MAX;

/// A span of time, both ends included, in milliseconds since 1970 (UTC). A moment starts when it
/// ends; a day is the span of its milliseconds in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First millisecond.
    pub start_ms: i64,
    /// Last millisecond.
    pub end_ms: i64,
}

impl Span {
    /// The span of one moment.
    pub(crate) fn moment(at_ms: i64) -> Self {
        Self { start_ms: at_ms, end_ms: at_ms }
    }

    /// The day that begins at this moment.
    pub(crate) fn day_from(start_ms: i64) -> Self {
        Self { start_ms, end_ms: start_ms.saturating_add(DAY_MS - 1) }
    }

    /// Reads a date (`2026-05-01`).
    pub(crate) fn date(text: &str) -> Option<Self> {
        day(text.as_bytes()).map(|day| Self::day_from(day * DAY_MS))
    }

    /// Reads a time (`2026-05-01T08:00:00Z`, with or without a fraction or an offset).
    pub(crate) fn timestamp(text: &str) -> Option<Self> {
        moment(text.as_bytes()).map(Self::moment)
    }

    /// Reads a date or a time.
    pub(crate) fn instant(text: &str) -> Option<Self> {
        Self::date(text).or_else(|| Self::timestamp(text))
    }

    /// From the first moment of one span to the last of the other; `None` leaves an end open.
    pub(crate) fn between(start: Option<Self>, end: Option<Self>) -> Self {
        Self {
            start_ms: start.map_or(OPEN_START, |start| start.start_ms),
            end_ms: end.map_or(OPEN_END, |end| end.end_ms),
        }
    }

    /// Year and month in which the span starts; `None` for an open start.
    #[expect(clippy::cast_precision_loss, reason = "years have few digits")]
    pub(crate) fn civil(self) -> Option<(f64, f64)> {
        (self.start_ms != OPEN_START).then(|| {
            let (year, month) = civil_from_days(self.start_ms.div_euclid(DAY_MS));
            (year as f64, month as f64)
        })
    }

    /// Whether the end comes before the start.
    pub(crate) fn is_reversed(self) -> bool {
        self.start_ms > self.end_ms
    }

    /// Whether the two spans lie to each other as the operator says.
    pub(crate) fn relates(self, operator: TemporalOperator, other: Self) -> bool {
        let (a, b) = (self, other);
        let disjoint = a.end_ms < b.start_ms || a.start_ms > b.end_ms;
        match operator {
            TemporalOperator::After => a.start_ms > b.end_ms,
            TemporalOperator::Before => a.end_ms < b.start_ms,
            TemporalOperator::Contains => a.start_ms < b.start_ms && a.end_ms > b.end_ms,
            TemporalOperator::Disjoint => disjoint,
            TemporalOperator::During => a.start_ms > b.start_ms && a.end_ms < b.end_ms,
            TemporalOperator::Equals => a == b,
            TemporalOperator::FinishedBy => a.start_ms < b.start_ms && a.end_ms == b.end_ms,
            TemporalOperator::Finishes => a.start_ms > b.start_ms && a.end_ms == b.end_ms,
            TemporalOperator::Intersects => !disjoint,
            TemporalOperator::Meets => a.end_ms == b.start_ms,
            TemporalOperator::MetBy => a.start_ms == b.end_ms,
            TemporalOperator::OverlappedBy => {
                a.start_ms > b.start_ms && a.start_ms < b.end_ms && a.end_ms > b.end_ms
            }
            TemporalOperator::Overlaps => {
                a.start_ms < b.start_ms && a.end_ms > b.start_ms && a.end_ms < b.end_ms
            }
            TemporalOperator::StartedBy => a.start_ms == b.start_ms && a.end_ms > b.end_ms,
            TemporalOperator::Starts => a.start_ms == b.start_ms && a.end_ms < b.end_ms,
        }
    }
}

/// Milliseconds since 1970 of a `date-time`; what is finer than a millisecond is dropped.
fn moment(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(b"T").or_else(|| rest.strip_prefix(b"t"))?;
    let (time, rest) = rest.split_at_checked(8)?;
    let &[h1, h2, b':', m1, m2, b':', s1, s2] = time else {
        return None;
    };
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
    // A leap second has no millisecond of its own.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (millisecond, rest) = fraction(rest)?;
    let seconds = hour * 3_600 + minute * 60 + second.min(59) - offset_s(rest)?;
    Some(day(date)? * DAY_MS + seconds * 1_000 + millisecond)
}

fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else {
        return Some((0, rest));
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at_checked(count).filter(|(digits, _)| !digits.is_empty())?;
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(3);
    Some((padded.fold(0, |value, digit| value * 10 + i64::from(digit - b'0')), rest))
}

fn offset_s(offset: &[u8]) -> Option<i64> {
    let (sign, h1, h2, m1, m2) = match *offset {
        [b'Z' | b'z'] => return Some(0),
        [b'+', h1, h2, b':', m1, m2] => (1, h1, h2, m1, m2),
        [b'-', h1, h2, b':', m1, m2] => (-1, h1, h2, m1, m2),
        _ => return None,
    };
    let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Days since 1970 of a `full-date`.
fn day(date: &[u8]) -> Option<i64> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else {
        return None;
    };
    let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days).contains(&day).then(|| days_from_civil(year, month, day))
}

/// Days since 1970 in the proleptic Gregorian calendar (Howard Hinnant, `days_from_civil`): years
/// begin in March, so that the leap day is their last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year and month of a day since 1970 (Howard Hinnant, `civil_from_days`).
fn civil_from_days(days: i64) -> (i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_read_to_the_millisecond() {
        let at = |text| Span::timestamp(text).map(|span| span.start_ms);
        assert_eq!(at("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(at("2026-05-01T08:00:00.1234+08:00"), at("2026-05-01T00:00:00.123Z"));
        assert_eq!(at("2000-03-01T00:00:00Z"), Some(951_868_800_000));
        assert_eq!(at("2016-12-31T23:59:60Z"), at("2016-12-31T23:59:59Z"));
        for wrong in [
            "",
            "2026-05-01",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-05-01T24:00:00Z",
            "2026-05-01T00:00:00",
            "2026-05-01 00:00:00Z",
            "2026-05-01T00:00:00.Z",
            "2026-05-01T00:00:00+8:00",
        ] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
        assert_eq!(Span::date("2024-02-29").map(|day| day.end_ms - day.start_ms), Some(DAY_MS - 1));
        assert_eq!(Span::date("2023-02-29"), None);
        assert_eq!(Span::date("2023-2-01"), None);
    }

    #[test]
    fn exactly_one_of_allens_relations_holds_between_two_intervals() {
        use TemporalOperator as T;
        let allen = [
            T::After,
            T::Before,
            T::Contains,
            T::During,
            T::Equals,
            T::FinishedBy,
            T::Finishes,
            T::Meets,
            T::MetBy,
            T::OverlappedBy,
            T::Overlaps,
            T::StartedBy,
            T::Starts,
        ];
        for (a, b, c, d) in (0..4096).map(|n: i64| (n % 8, n / 8 % 8, n / 64 % 8, n / 512)) {
            let (x, y) = (Span { start_ms: a, end_ms: b }, Span { start_ms: c, end_ms: d });
            if a >= b || c >= d {
                continue;
            }
            let holding: Vec<_> = allen.iter().filter(|relation| x.relates(**relation, y)).collect();
            assert_eq!(holding.len(), 1, "{x:?} {y:?}: {holding:?}");
            assert_ne!(x.relates(T::Disjoint, y), x.relates(T::Intersects, y));
        }
    }

    proptest! {
        #[test]
        fn a_month_survives_being_counted_in_days(year in 0_i64..10_000, month in 1_i64..=12, day in 1_i64..=28) {
            prop_assert_eq!(civil_from_days(days_from_civil(year, month, day)), (year, month));
        }

        #[test]
        fn any_text_is_answered(text in "[0-9TZ:.+-]{0,30}|\\PC{0,30}") {
            let _ = Span::instant(&text);
        }
    }
}
