//! Query parameters of the resources below `/map`, and what lists of features they select.

use std::borrow::Cow;
use std::fmt;

use geodata::Bbox;
use geodata::snapshot::PageQuery;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::cursor::Cursor;
use super::datetime::TimeSelection;
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::pairs;

/// Most features on a page; a larger `limit` is taken as this one.
pub(super) const MAX_LIMIT: usize = 10_000;
/// Features on a page without `limit`.
pub(super) const DEFAULT_LIMIT: usize = 100;

/// Values of the parameter `f`.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the values in the API definition; they are read as text")]
enum Format {
    Json,
    Html,
}

/// Values of the parameter `f` where there are features.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the values in the API definition; they are read as text")]
enum FeaturesFormat {
    Json,
    Html,
    GeoJsonSeq,
    Fgb,
    Gpkg,
    Gpx,
    Kml,
    Csv,
    Xlsx,
}

/// The parameter that features take.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FeaturesFormatQuery {
    /// Representation of the answer; goes before the header `Accept`.
    #[param(value_type = Option<FeaturesFormat>, inline, style = Form, explode = false)]
    pub(super) f: Option<String>,
}

/// The parameter that every resource takes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FormatQuery {
    /// Representation of the answer; goes before the header `Accept`.
    #[param(value_type = Option<Format>, inline, style = Form, explode = false)]
    pub(super) f: Option<String>,
}

/// Parameters of a list of features, as they came.
#[derive(Debug, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ItemsQuery<'q> {
    /// Only features that meet this box: west, south, east, north in degrees (CRS84), or with heights
    /// west, south, lowest, east, north, highest. West may be larger than east: the box then crosses
    /// the antimeridian. Features without a position meet every box.
    #[param(value_type = Option<Vec<f64>>, min_items = 4, max_items = 6, style = Form, explode = false)]
    pub(super) bbox: Option<Cow<'q, str>>,
    /// Only features at this time (RFC 3339 date-time) or in this interval; `..` or nothing leaves an
    /// end open. Features without a time of their own match always.
    #[param(value_type = Option<String>, style = Form, explode = false)]
    pub(super) datetime: Option<Cow<'q, str>>,
    /// Most features on a page. A larger number than the maximum is taken as the maximum.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 100, style = Form, explode = false)]
    pub(super) limit: Option<Cow<'q, str>>,
    /// Features to skip.
    #[param(value_type = Option<u32>, minimum = 0, default = 0, style = Form, explode = false)]
    pub(super) offset: Option<Cow<'q, str>>,
    /// Where the list goes on, as the link `next` gives it. Not together with `offset`.
    #[param(value_type = Option<String>, style = Form, explode = false)]
    pub(super) cursor: Option<Cow<'q, str>>,
    /// Representation of the answer; goes before the header `Accept`. Files (all but `json` and `html`)
    /// hold everything that is selected, unless there is a `limit`.
    #[param(value_type = Option<FeaturesFormat>, inline, style = Form, explode = false)]
    pub(super) f: Option<Cow<'q, str>>,
}

/// What a list of features selects, checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Selection {
    /// Box to meet.
    pub(super) bbox: Option<Bbox>,
    /// Features on this page at most.
    pub(super) limit: usize,
    start: Start,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Offset(usize),
    Cursor(Cursor),
}

impl<'q> ItemsQuery<'q> {
    /// Reads the query string of a request.
    pub(super) fn of(query: &'q str) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs(query) {
            match &*name {
                "bbox" => read.bbox = Some(value),
                "datetime" => read.datetime = Some(value),
                "limit" => read.limit = Some(value),
                "offset" => read.offset = Some(value),
                "cursor" => read.cursor = Some(value),
                "f" => read.f = Some(value),
                // The contract refused it before.
                _ => {}
            }
        }
        read
    }

    /// Checks all parameters but `f`.
    pub(super) fn selection(&self) -> ApiResult<Selection> {
        let bbox = read("bbox", self.bbox.as_deref(), str::parse::<Bbox>, |error| format!("{error}。"))?;
        read("datetime", self.datetime.as_deref(), str::parse::<TimeSelection>, ToString::to_string)?;
        let limit = read("limit", self.limit.as_deref(), limit, ToString::to_string)?;
        let offset = read("offset", self.offset.as_deref(), offset, ToString::to_string)?;
        let cursor = read("cursor", self.cursor.as_deref(), str::parse::<Cursor>, |_| {
            "参数 cursor 不是本站给出的，请从第一页开始，沿“下一页”的链接翻页。".to_owned()
        })?;
        let start = match (offset, cursor) {
            (Some(_), Some(_)) => {
                return Err(ApiError::bad_parameter("cursor", "参数 cursor 和 offset 只能写一个。"));
            }
            (_, Some(cursor)) => Start::Cursor(cursor),
            (offset, None) => Start::Offset(offset.unwrap_or(0)),
        };
        Ok(Selection { bbox, limit: limit.unwrap_or(DEFAULT_LIMIT), start })
    }

    /// The parameters that stay the same from page to page.
    pub(super) fn lasting(&self) -> Vec<(&'static str, &str)> {
        given([("bbox", &self.bbox), ("datetime", &self.datetime), ("limit", &self.limit)])
    }

    /// The parameters that say where the page starts.
    pub(super) fn position(&self) -> Vec<(&'static str, &str)> {
        given([("offset", &self.offset), ("cursor", &self.cursor)])
    }
}

impl Selection {
    /// What to ask the snapshot for.
    pub(super) fn page_query(&self) -> PageQuery {
        let (after, offset) = match self.start {
            Start::Offset(offset) => (None, offset),
            Start::Cursor(cursor) => (Some(cursor.after), 0),
        };
        PageQuery { bbox: self.bbox, after, offset, limit: self.limit }
    }

    /// How many features come before this page.
    pub(super) fn seen(&self) -> usize {
        match self.start {
            Start::Offset(offset) => offset,
            Start::Cursor(cursor) => cursor.seen,
        }
    }
}

fn given<'q, const N: usize>(
    parameters: [(&'static str, &'q Option<Cow<'_, str>>); N],
) -> Vec<(&'static str, &'q str)> {
    parameters.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
}

fn read<'q, T, E>(
    name: &'static str,
    text: Option<&'q str>,
    parse: impl FnOnce(&'q str) -> Result<T, E>,
    explain: impl FnOnce(&E) -> String,
) -> ApiResult<Option<T>> {
    text.map(parse).transpose().map_err(|error| ApiError::bad_parameter(name, explain(&error)))
}

/// A count that is not written as a whole number in the allowed range.
#[derive(Debug)]
struct CountError {
    name: &'static str,
    minimum: usize,
}

impl fmt::Display for CountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "参数 {} 应是不小于 {} 的整数，如 {}=100。", self.name, self.minimum, self.name)
    }
}

fn limit(text: &str) -> Result<usize, CountError> {
    count(text)
        .filter(|limit| *limit >= 1)
        .map(|limit| limit.min(MAX_LIMIT))
        .ok_or(CountError { name: "limit", minimum: 1 })
}

fn offset(text: &str) -> Result<usize, CountError> {
    count(text).ok_or(CountError { name: "offset", minimum: 0 })
}

/// Digits only; a number too large to hold is the largest one.
fn count(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with_limit(limit: &str) -> ApiResult<Selection> {
        ItemsQuery { limit: Some(limit.into()), ..ItemsQuery::default() }.selection()
    }

    #[test]
    fn a_limit_is_a_positive_number_and_clamped() {
        assert_eq!(ItemsQuery::default().selection().unwrap().limit, DEFAULT_LIMIT);
        assert_eq!(with_limit("1").unwrap().limit, 1);
        assert_eq!(with_limit("10000").unwrap().limit, MAX_LIMIT);
        assert_eq!(with_limit("10001").unwrap().limit, MAX_LIMIT);
        assert_eq!(with_limit("99999999999999999999999999").unwrap().limit, MAX_LIMIT);
        for wrong in ["", "0", "00", "-1", "+1", "1.5", "1e3", "abc", "unlimited", " 1", "１"] {
            assert!(with_limit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_page_starts_at_an_offset_or_a_cursor_but_not_both() {
        let at = |offset: Option<&str>, cursor: Option<&str>| {
            let query = ItemsQuery {
                offset: offset.map(Cow::Borrowed),
                cursor: cursor.map(Cow::Borrowed),
                ..ItemsQuery::default()
            };
            query.selection().map(|selection| (selection.page_query(), selection.seen()))
        };
        let (query, seen) = at(Some("40"), None).unwrap();
        assert_eq!((query.after, query.offset, seen), (None, 40, 40));
        let (query, seen) = at(None, Some("a57.100")).unwrap();
        assert_eq!((query.after, query.offset, seen), (Some(57), 0, 100));
        assert!(at(Some("-1"), None).is_err());
        assert!(at(None, Some("57")).is_err());
        assert!(at(Some("0"), Some("a57.100")).is_err());
    }

    proptest! {
        #[test]
        fn any_parameters_are_answered(values in prop::array::uniform5(prop::option::of("\\PC{0,30}"))) {
            let [bbox, datetime, limit, offset, cursor] = values.map(|value: Option<String>| value.map(Cow::Owned));
            let _ = ItemsQuery { bbox, datetime, limit, offset, cursor, f: None }.selection();
        }

        #[test]
        fn nearly_valid_boxes_are_answered(bbox in "[-0-9.,eE+NaInf]{0,40}") {
            let _ = ItemsQuery { bbox: Some(bbox.into()), ..ItemsQuery::default() }.selection();
        }
    }
}
