//! Which part of a file is asked for: the headers `Range` and `If-Range` (RFC 9110, section 14).

use std::ops::Range;

use actix_web::http::header::{self, HeaderMap};

/// What to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it: nothing else was asked for, or in a way that may be ignored.
    Whole,
    /// These bytes, at least one.
    Part(Range<u64>),
    /// Nothing of what was asked for is there.
    Nothing,
}

/// Reads what is wanted of a file of this length with this strong entity tag.
///
/// Several ranges at once are answered with the whole, which section 14.2 allows: who asks for many tiny
/// ones shall not make the server work more than for one.
pub fn wanted(headers: &HeaderMap, entity_tag: &str, size_bytes: u64) -> Wanted {
    let mut given = headers.get_all(header::RANGE);
    let (Some(range), None) = (given.next(), given.next()) else {
        return Wanted::Whole;
    };
    if let Some(condition) = headers.get(header::IF_RANGE) {
        // A date never fits: files have no other validator than their tag, compared strongly.
        if condition.as_bytes() != entity_tag.as_bytes() {
            return Wanted::Whole;
        }
    }
    range.to_str().ok().map_or(Wanted::Whole, |range| parse(range, size_bytes))
}

fn parse(text: &str, size_bytes: u64) -> Wanted {
    let Some((unit, set)) = text.split_once('=') else {
        return Wanted::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") || set.contains(',') {
        return Wanted::Whole;
    }
    let Some((first, last)) = set.trim().split_once('-') else {
        return Wanted::Whole;
    };
    match (number(first), number(last)) {
        (Digits::Number(first), Digits::Number(last)) if first > last => Wanted::Whole,
        (Digits::Number(first), _) if first >= size_bytes => match number(last) {
            Digits::Other => Wanted::Whole,
            _ => Wanted::Nothing,
        },
        (Digits::Number(first), Digits::Number(last)) => {
            Wanted::Part(first..last.saturating_add(1).min(size_bytes))
        }
        (Digits::Number(first), Digits::None) => Wanted::Part(first..size_bytes),
        (Digits::None, Digits::Number(0)) => Wanted::Nothing,
        (Digits::None, Digits::Number(_)) if size_bytes == 0 => Wanted::Nothing,
        (Digits::None, Digits::Number(last)) => Wanted::Part(size_bytes.saturating_sub(last)..size_bytes),
        _ => Wanted::Whole,
    }
}

enum Digits {
    None,
    Number(u64),
    Other,
}

/// Digits only; a number that no file reaches counts as the largest.
fn number(text: &str) -> Digits {
    match text {
        "" => Digits::None,
        text if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Digits::Number(text.parse().unwrap_or(u64::MAX))
        }
        _ => Digits::Other,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        for (text, expected) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=2-5", Wanted::Part(2..6)),
            ("BYTES=2-", Wanted::Part(2..10)),
            ("bytes=2-99", Wanted::Part(2..10)),
            ("bytes=2-99999999999999999999999", Wanted::Part(2..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-99", Wanted::Part(0..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-2", Wanted::Whole),
            ("bytes=0-1,4-5", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=1-x", Wanted::Whole),
            ("lines=1-2", Wanted::Whole),
            ("nonsense", Wanted::Whole),
        ] {
            assert_eq!(parse(text, 10), expected, "{text}");
        }
        assert_eq!(parse("bytes=-5", 0), Wanted::Nothing);
    }

    #[test]
    fn a_part_is_sent_only_of_the_file_that_is_meant() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=1-2"));
        assert_eq!(wanted(&headers, "\"a\"", 10), Wanted::Part(1..3));
        for (condition, part) in
            [("\"a\"", true), ("\"b\"", false), ("W/\"a\"", false), ("Sat, 28 Nov 2026 00:00:00 GMT", false)]
        {
            headers.insert(header::IF_RANGE, HeaderValue::from_static(condition));
            assert_eq!(wanted(&headers, "\"a\"", 10) == Wanted::Part(1..3), part, "{condition}");
        }
    }

    proptest! {
        #[test]
        fn no_header_asks_for_what_is_not_there(text in "(bytes=)?[0-9,=a-z -]{0,30}", size in 0_u64..1_000) {
            if let Wanted::Part(part) = parse(&text, size) {
                prop_assert!(part.start < part.end && part.end <= size, "{:?}", part);
            }
        }
    }
}
