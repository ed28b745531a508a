//! Instants as workers read and write them: in Beijing time, whatever the machine is set to.

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Asia::Shanghai;

use crate::error::{ApiResult, FieldError};

/// An instant with the offset of Beijing.
pub(super) fn beijing(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&Shanghai).fixed_offset()
}

/// An instant in words.
pub(super) fn said(at: DateTime<Utc>) -> String {
    at.with_timezone(&Shanghai).format("%Y年%-m月%-d日 %H:%M（北京时间）").to_string()
}

/// Reads an instant with an offset, or without one in Beijing time.
///
/// # Errors
/// 422 naming the field.
pub(super) fn read(pointer: &str, text: &str) -> ApiResult<DateTime<Utc>> {
    let text = text.trim();
    let with_offset = || DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let in_beijing = || {
        let formats = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
        let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
        Shanghai.from_local_datetime(&local).earliest().map(|at| at.to_utc())
    };
    with_offset().or_else(in_beijing).ok_or_else(|| {
        let message = "请填写日期和时间，例如 2026-12-01 08:00（北京时间）。".to_owned();
        let error = FieldError { pointer: pointer.to_owned(), code: "bad_time".to_owned(), message };
        crate::error::ApiError::Invalid { errors: vec![error] }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_an_offset_is_that_of_beijing() {
        let eight: DateTime<Utc> = "2026-12-01T00:00:00Z".parse().unwrap();
        for text in
            ["2026-12-01 08:00", "2026-12-01T08:00", "2026-12-01T08:00:00+08:00", "2026-12-01T00:00:00Z"]
        {
            assert_eq!(read("/publish_at", text).unwrap(), eight, "{text}");
        }
        assert_eq!(said(eight), "2026年12月1日 08:00（北京时间）");
        for text in ["", "明天", "2026-13-01 08:00", "08:00"] {
            assert!(read("/publish_at", text).is_err(), "{text}");
        }
    }
}
