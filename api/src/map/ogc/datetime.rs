//! The parameter `datetime` (OGC 17-069r4, section 7.15.4): an RFC 3339 date-time or an interval.
//!
//! Places have no time of their own, and features without one match every time. So the parameter
//! selects nothing; what remains is to refuse what is not a time.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;

/// A moment as RFC 3339 writes it, ordered by when it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    /// Seconds since the day 0001-01-01 began, UTC.
    second: i64,
    nanosecond: u32,
}

/// A valid value of `datetime`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeSelection(());

/// Why a value of `datetime` was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DatetimeError {
    /// Neither a date-time nor an interval of two.
    Malformed,
    /// An interval that is open at both ends.
    Unbounded,
    /// An interval that ends before it starts.
    Reversed,
}

impl fmt::Display for DatetimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => {
                "参数 datetime 应是带时区的时间，如 2026-05-01T08:00:00Z，或一段时间，如 \
                 2026-05-01T00:00:00Z/2026-05-31T23:59:59Z；网址中的 + 要写成 %2B。"
            }
            Self::Unbounded => "参数 datetime 的一段时间至少要写明开始或结束，如 2026-05-01T00:00:00Z/..。",
            Self::Reversed => "参数 datetime 的开始晚于结束，请对调后重试。",
        })
    }
}

impl FromStr for TimeSelection {
    type Err = DatetimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((start, end)) = text.split_once('/') else {
            return moment(text).map(|_| Self(())).ok_or(DatetimeError::Malformed);
        };
        match (bound(start)?, bound(end)?) {
            (None, None) => Err(DatetimeError::Unbounded),
            (Some(start), Some(end)) if start > end => Err(DatetimeError::Reversed),
            _ => Ok(Self(())),
        }
    }
}

/// An end of an interval; nothing or two dots leave it open.
fn bound(text: &str) -> Result<Option<Moment>, DatetimeError> {
    match text {
        "" | ".." => Ok(None),
        _ => moment(text).map(Some).ok_or(DatetimeError::Malformed),
    }
}

/// Reads `date-time` of RFC 3339, section 5.6, and nothing more.
fn moment(text: &str) -> Option<Moment> {
    let bytes = text.as_bytes();
    let (date, rest) = bytes.split_at_checked(10)?;
    let rest = rest.strip_prefix(b"T").or_else(|| rest.strip_prefix(b"t"))?;
    let (time, rest) = rest.split_at_checked(8)?;
    let (nanosecond, rest) = fraction(rest)?;
    let day = day(date)?;
    let &[h1, h2, b':', m1, m2, b':', s1, s2] = time else {
        return None;
    };
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let minute_utc = day * 1_440 + hour * 60 + minute - offset_minutes(rest)?;
    // A leap second is the last of a day in UTC.
    if second == 60 && minute_utc.rem_euclid(1_440) != 1_439 {
        return None;
    }
    Some(Moment { second: minute_utc * 60 + second, nanosecond })
}

fn day(date: &[u8]) -> Option<i64> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else {
        return None;
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    let month = u32::try_from(number(&[m1, m2])?).ok()?;
    let day = u32::try_from(number(&[d1, d2])?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    Some(i64::from(chrono::Datelike::num_days_from_ce(&date)))
}

/// Nanoseconds of `time-secfrac`, which may be absent, and what follows it.
fn fraction(rest: &[u8]) -> Option<(u32, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else {
        return Some((0, rest));
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at_checked(count)?;
    if digits.is_empty() {
        return None;
    }
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    Some((padded.fold(0, |value, digit| value * 10 + u32::from(digit - b'0')), rest))
}

fn offset_minutes(offset: &[u8]) -> Option<i64> {
    let (sign, h1, h2, m1, m2) = match *offset {
        [b'Z' | b'z'] => return Some(0),
        [b'+', h1, h2, b':', m1, m2] => (1, h1, h2, m1, m2),
        [b'-', h1, h2, b':', m1, m2] => (-1, h1, h2, m1, m2),
        _ => return None,
    };
    let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
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

    fn read(text: &str) -> Result<(), DatetimeError> {
        text.parse::<TimeSelection>().map(|_| ())
    }

    #[test]
    fn moments_and_intervals_are_read() {
        for text in [
            "2024-01-01T00:00:00Z",
            "2024-01-01t00:00:00z",
            "2024-01-01T00:00:00+08:00",
            "2024-01-01T00:00:00-00:00",
            "2024-02-29T12:30:00.123456789012Z",
            "2016-12-31T23:59:60Z",
            "2017-01-01T07:59:60+08:00",
            "0000-01-01T00:00:00Z",
            "../2024-01-01T00:00:00Z",
            "/2024-01-01T00:00:00Z",
            "2024-01-01T00:00:00Z/..",
            "2024-01-01T00:00:00Z/",
            "2024-01-01T00:00:00Z/2024-01-01T00:00:00Z",
            "2024-01-01T08:00:00+08:00/2024-01-01T00:00:00Z",
            "2023-12-31T00:00:00Z/2024-01-01T00:00:00Z",
        ] {
            assert_eq!(read(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "..",
            "yesterday",
            "2024-01-01",
            "2024-13-01T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2024-04-31T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:61Z",
            "2024-01-01T12:00:60Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00 08:00",
            "2024-01-01 00:00:00Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00+0800",
            "2024-1-1T00:00:00Z",
            "+024-01-01T00:00:00Z",
            "2024-01-01T00:00:00Z/P2D",
            "2024-01-01/P2D",
            "a/b/c",
            "2024-01-01T00:00:00Z/2024-01-02T00:00:00Z/2024-01-03T00:00:00Z",
            "二〇二四年",
        ] {
            assert_eq!(read(text), Err(DatetimeError::Malformed), "{text}");
        }
        for text in ["/", "../..", "../", "/.."] {
            assert_eq!(read(text), Err(DatetimeError::Unbounded), "{text}");
        }
        for text in [
            "2024-01-02T00:00:00Z/2024-01-01T00:00:00Z",
            "2024-01-01T00:00:00.2Z/2024-01-01T00:00:00.1Z",
            "2024-01-01T00:00:00Z/2024-01-01T00:00:00+08:00",
        ] {
            assert_eq!(read(text), Err(DatetimeError::Reversed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            let _ = read(&text);
        }

        #[test]
        fn nearly_valid_text_is_answered(text in "[0-9TZtz:./+-]{0,45}") {
            let _ = read(&text);
        }

        #[test]
        fn what_is_read_agrees_with_another_reader(text in "20[0-2][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](Z|[+-][01][0-9]:[0-5][0-9])") {
            prop_assert_eq!(read(&text).is_ok(), chrono::DateTime::parse_from_rfc3339(&text).is_ok());
        }

        #[test]
        fn moments_order_as_another_reader_orders_them(a in 0_i64..4_000_000_000, b in 0_i64..4_000_000_000, hours in -12_i32..=14) {
            let zone = chrono::FixedOffset::east_opt(hours * 3_600).unwrap();
            let at = |second: i64| chrono::DateTime::from_timestamp(second, 0).unwrap();
            let (start, end) = (at(a).to_rfc3339(), at(b).with_timezone(&zone).to_rfc3339());
            prop_assert_eq!(read(&format!("{start}/{end}")).is_ok(), a <= b);
        }
    }
}
