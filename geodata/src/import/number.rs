//! Numbers and angles as people type them.

use super::text::half_width;

/// Reads a decimal number: full-width digits, thousands separators and surrounding white space are
/// understood, units are not.
///
/// ```
/// use geodata::import::parse_number;
/// assert_eq!(parse_number("１，２３４．５"), Some(1234.5));
/// assert_eq!(parse_number("约3"), None);
/// ```
pub fn parse_number(text: &str) -> Option<f64> {
    let half = half_width(text.trim());
    let plain = without_thousands(half.trim())?;
    decimal(&plain)
}

/// Only digits, one point, a sign and an exponent: `f64::from_str` also accepts `nan` and `infinity`.
fn decimal(text: &str) -> Option<f64> {
    let is_plain = text.chars().all(|c| matches!(c, '0'..='9' | '.' | '-' | '+' | 'e' | 'E'));
    text.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}

/// `1,234.5` as `1234.5`; a comma anywhere else is no thousands separator.
fn without_thousands(text: &str) -> Option<String> {
    let mut groups = text.split(',');
    let mut plain = groups.next().unwrap_or_default().to_owned();
    let lead_digits = plain.trim_start_matches(['-', '+']).len();
    for group in groups {
        let digits = group.split('.').next().unwrap_or_default();
        if digits.len() != 3 || !(1..=3).contains(&lead_digits) {
            return None;
        }
        plain.push_str(group);
    }
    Some(plain)
}

/// Whether an angle says itself which coordinate it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// E, W, 东经, 西经.
    Longitude,
    /// N, S, 北纬, 南纬.
    Latitude,
}

/// Why an angle could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AngleError {
    /// No number, or text around it that means nothing.
    #[error("不是经纬度，请写成 114.4134 或 114°24'48\" 的样子")]
    NotAnAngle,
    /// Minutes or seconds of 60 or more.
    #[error("分和秒必须小于 60，请检查度分秒")]
    MinutesOutOfRange,
}

/// Reads decimal degrees, or degrees, minutes and seconds in any of the usual notations, with or
/// without a hemisphere. Degrees, and the axis when the text names it.
///
/// ```
/// use geodata::import::{parse_angle, Axis};
/// let (lon, axis) = parse_angle("114°25'06.5\"E")?;
/// assert!((lon - 114.418_472_2).abs() < 1e-6);
/// assert_eq!(axis, Some(Axis::Longitude));
/// assert_eq!(parse_angle("北纬２２．６３")?, (22.63, Some(Axis::Latitude)));
/// # Ok::<(), geodata::import::AngleError>(())
/// ```
pub fn parse_angle(text: &str) -> Result<(f64, Option<Axis>), AngleError> {
    let half = half_width(text).trim().to_uppercase();
    let (body, hemisphere) = without_hemisphere(&half)?;
    let parts = degree_parts(body)?;
    let (minus, degrees_text) = match parts.degrees.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, parts.degrees.strip_prefix('+').unwrap_or(parts.degrees)),
    };
    let number = |text: &str| decimal(text).filter(|number| *number >= 0.0).ok_or(AngleError::NotAnAngle);
    let is_whole = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut degrees = number(degrees_text)?;
    if let Some(minutes_text) = parts.minutes {
        let seconds = parts.seconds.map_or(Ok(0.0), number)?;
        let minutes = number(minutes_text)?;
        if !is_whole(degrees_text) || (parts.seconds.is_some() && !is_whole(minutes_text)) {
            return Err(AngleError::NotAnAngle);
        }
        if minutes >= 60.0 || seconds >= 60.0 {
            return Err(AngleError::MinutesOutOfRange);
        }
        degrees += minutes / 60.0 + seconds / 3600.0;
    }
    let is_negative = match hemisphere {
        Some(_) if minus => return Err(AngleError::NotAnAngle),
        Some(hemisphere) => hemisphere.is_negative,
        None => minus,
    };
    Ok((if is_negative { -degrees } else { degrees }, hemisphere.map(|hemisphere| hemisphere.axis)))
}

#[derive(Clone, Copy)]
struct Hemisphere {
    axis: Axis,
    is_negative: bool,
}

const HEMISPHERES: [(&str, Axis, bool); 12] = [
    ("东经", Axis::Longitude, false),
    ("西经", Axis::Longitude, true),
    ("北纬", Axis::Latitude, false),
    ("南纬", Axis::Latitude, true),
    ("经度", Axis::Longitude, false),
    ("纬度", Axis::Latitude, false),
    ("E", Axis::Longitude, false),
    ("W", Axis::Longitude, true),
    ("N", Axis::Latitude, false),
    ("S", Axis::Latitude, true),
    ("东", Axis::Longitude, false),
    ("北", Axis::Latitude, false),
];

fn without_hemisphere(text: &str) -> Result<(&str, Option<Hemisphere>), AngleError> {
    for (mark, axis, is_negative) in HEMISPHERES {
        let stripped = text.strip_prefix(mark).or_else(|| text.strip_suffix(mark));
        if let Some(body) = stripped {
            let body = body.trim_start_matches([':', ' ']).trim();
            return Ok((body, Some(Hemisphere { axis, is_negative })));
        }
    }
    if text.is_empty() { Err(AngleError::NotAnAngle) } else { Ok((text, None)) }
}

struct DegreeParts<'t> {
    degrees: &'t str,
    minutes: Option<&'t str>,
    seconds: Option<&'t str>,
}

const DEGREE_MARKS: [char; 4] = ['°', '度', 'º', '˚'];
const MINUTE_MARKS: [char; 5] = ['\'', '′', '’', '‘', '分'];
const SECOND_MARKS: [char; 5] = ['"', '″', '”', '“', '秒'];

fn degree_parts(text: &str) -> Result<DegreeParts<'_>, AngleError> {
    let Some((degrees, rest)) = text.split_once(DEGREE_MARKS) else {
        return unmarked_parts(text);
    };
    let degrees = degrees.trim();
    let rest = rest.trim();
    if rest.is_empty() {
        return Ok(DegreeParts { degrees, minutes: None, seconds: None });
    }
    let (minutes, rest) = rest.split_once(MINUTE_MARKS).ok_or(AngleError::NotAnAngle)?;
    // Two single marks in place of a double one.
    let seconds = rest.trim().trim_end_matches(SECOND_MARKS).trim_end_matches("''").trim();
    Ok(DegreeParts {
        degrees,
        minutes: Some(minutes.trim()),
        seconds: Some(seconds).filter(|seconds| !seconds.is_empty()),
    })
}

/// `114.4134`, `114 25 06.5` or `114:25:06.5`.
fn unmarked_parts(text: &str) -> Result<DegreeParts<'_>, AngleError> {
    let mut parts = text.split([' ', ':']).filter(|part| !part.is_empty());
    let degrees = parts.next().ok_or(AngleError::NotAnAngle)?;
    let (minutes, seconds) = (parts.next(), parts.next());
    match parts.next() {
        Some(_) => Err(AngleError::NotAnAngle),
        None => Ok(DegreeParts { degrees, minutes, seconds }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_as_typed_in_offices() {
        for (text, expected) in [
            ("9.087691", Some(9.087_691)),
            (" １２．５ ", Some(12.5)),
            ("1,234", Some(1234.0)),
            ("-1,234,567.8", Some(-1_234_567.8)),
            ("1e-3", Some(0.001)),
            ("12,34", None),
            ("1234,567", None),
            ("", None),
            ("NaN", None),
            ("infinity", None),
            ("1e999", None),
            ("3公顷", None),
        ] {
            assert_eq!(parse_number(text), expected, "{text}");
        }
    }

    #[test]
    fn angles_in_every_usual_notation() {
        let seconds = 114.0 + 25.0 / 60.0 + 6.0 / 3600.0;
        for text in [
            "114°25'06\"E",
            "114°25′6″",
            "114度25分6秒",
            "东经114度25分6秒",
            "114 25 6",
            "114:25:06",
            "E114°25'6''",
            "114º 25' 6.0\" E",
            "１１４°２５′６″",
            "114°25’6”",
        ] {
            let (found, _) = parse_angle(text).unwrap();
            assert!((found - seconds).abs() < 1e-9, "{text}: {found}");
        }
        for (text, expected) in [
            ("114.4134", 114.4134),
            ("114.4134°", 114.4134),
            ("114°25.5'", 114.425),
            ("-73.5", -73.5),
            ("73.5W", -73.5),
            ("南纬 33.5", -33.5),
            ("纬度：22.63", 22.63),
            ("114度", 114.0),
        ] {
            assert!((parse_angle(text).unwrap().0 - expected).abs() < 1e-9, "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "东",
            "一百一十四",
            "114°25",
            "114.5°25'",
            "114°25.5'6\"",
            "1 2 3 4",
            "-114E",
            "114,4",
            "1°-2'",
        ] {
            assert_eq!(parse_angle(text), Err(AngleError::NotAnAngle), "{text}");
        }
        assert_eq!(parse_angle("114°60'0\""), Err(AngleError::MinutesOutOfRange));
        assert_eq!(parse_angle("114 25 75"), Err(AngleError::MinutesOutOfRange));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9.,°'\" 度分秒EWNSeinfa+-]{0,20}|\\PC{0,20}") {
            _ = parse_number(&text);
            if let Ok((degrees, _)) = parse_angle(&text) {
                prop_assert!(degrees.is_finite());
            }
        }

        #[test]
        fn degrees_minutes_seconds_round_trip(degrees in 0..180_u32, minutes in 0..60_u32, seconds in 0..600_u32) {
            let seconds = f64::from(seconds) / 10.0;
            let expected = f64::from(degrees) + f64::from(minutes) / 60.0 + seconds / 3600.0;
            let (found, axis) = parse_angle(&format!("{degrees}°{minutes}'{seconds}\"W")).unwrap();
            prop_assert!((found + expected).abs() < 1e-9);
            prop_assert_eq!(axis, Some(Axis::Longitude));
        }
    }
}
