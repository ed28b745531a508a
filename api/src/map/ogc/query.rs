//! Query parameters of the resources below `/map`, as they come.

use std::borrow::Cow;
use std::fmt;

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

/// Values of the parameter `filter-lang`; its default is told here, because a parameter that tells it beside a list
/// of values gets a schema that nothing fits.
#[derive(ToSchema)]
#[schema(rename_all = "kebab-case", default = "cql2-text")]
#[expect(dead_code, reason = "describes the values in the API definition; they are read as text")]
enum FilterLanguage {
    Cql2Text,
    Cql2Json,
}

/// The parameter that every resource takes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FormatQuery {
    /// Representation of the answer; goes before the header `Accept`.
    #[param(value_type = Option<Format>, inline, style = Form, explode = false)]
    pub(super) f: Option<String>,
}

/// The parameters of a single feature.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FeatureQuery {
    /// Coordinate reference system of positions in the answer, one of those that the layer lists.
    #[param(value_type = Option<String>, format = "uri", style = Form, explode = false)]
    pub(super) crs: Option<String>,
    /// Representation of the answer; goes before the header `Accept`.
    #[param(value_type = Option<FeaturesFormat>, inline, style = Form, explode = false)]
    pub(super) f: Option<String>,
}

/// Parameters of a list of features, as they came.
#[derive(Debug, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ItemsQuery<'q> {
    /// Only features that meet this box: west, south, east, north in degrees (CRS84), or with heights
    /// west, south, lowest, east, north, highest. West may be larger than east: the box then crosses
    /// the antimeridian. Features without a position meet every box. With `bbox-crs` the lower and the
    /// upper corner in the order of axes of that system.
    #[param(value_type = Option<Vec<f64>>, min_items = 4, max_items = 6, style = Form, explode = false)]
    pub(super) bbox: Option<Cow<'q, str>>,
    /// Coordinate reference system of `bbox`, one of those that the layer lists; CRS84 without it.
    #[param(rename = "bbox-crs", value_type = Option<String>, format = "uri", style = Form, explode = false)]
    pub(super) bbox_crs: Option<Cow<'q, str>>,
    /// Only features at this time (RFC 3339 date-time) or in this interval; `..` or nothing leaves an
    /// end open. Features without a time of their own match always.
    #[param(value_type = Option<String>, style = Form, explode = false)]
    pub(super) datetime: Option<Cow<'q, str>>,
    /// Only features for which this condition is true, in CQL2 (OGC 21-065r2).
    #[param(value_type = Option<String>, style = Form, explode = false)]
    pub(super) filter: Option<Cow<'q, str>>,
    /// The encoding of `filter`.
    #[param(rename = "filter-lang", value_type = Option<FilterLanguage>, inline, style = Form, explode = false)]
    pub(super) filter_lang: Option<Cow<'q, str>>,
    /// Coordinate reference system of positions in `filter`, one of those that the layer lists; CRS84
    /// without it.
    #[param(rename = "filter-crs", value_type = Option<String>, format = "uri", style = Form, explode = false)]
    pub(super) filter_crs: Option<Cow<'q, str>>,
    /// Only features with these words in their name, address or facilities: all words between two commas,
    /// or those between two others. Case and accents do not matter.
    #[param(value_type = Option<String>, style = Form, explode = false)]
    pub(super) q: Option<Cow<'q, str>>,
    /// The order: properties, each with `-` for the largest first. Features without a value come last;
    /// without this the order goes by id.
    #[param(value_type = Option<Vec<String>>, min_items = 1, style = Form, explode = false)]
    pub(super) sortby: Option<Cow<'q, str>>,
    /// Only these properties in the answer, also in files.
    #[param(value_type = Option<Vec<String>>, min_items = 1, style = Form, explode = false)]
    pub(super) properties: Option<Cow<'q, str>>,
    /// Coordinate reference system of positions in the answer, one of those that the layer lists; CRS84
    /// without it. Of the files only `fgb` and `gpkg` can be in another than CRS84; there, as everywhere in these
    /// formats, x goes to the east.
    #[param(value_type = Option<String>, format = "uri", style = Form, explode = false)]
    pub(super) crs: Option<Cow<'q, str>>,
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
    /// Any property of the layer's queryables by its name, as in `demo=false`: only features that have
    /// this value, or a list that holds it. Other names are refused.
    #[param(value_type = HashMap<String, String>, required = false, style = Form, explode = true)]
    pub(super) queryables: Vec<(Cow<'q, str>, Cow<'q, str>)>,
}

/// Where a page starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// After so many features.
    Offset(usize),
    /// Where another page ended.
    Cursor(Cursor),
}

impl Start {
    /// How many features come before the page.
    pub(super) fn seen(self) -> usize {
        match self {
            Self::Offset(offset) => offset,
            Self::Cursor(cursor) => cursor.seen,
        }
    }
}

/// A page of any list: how long it is and where it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paging {
    /// Features on this page at most.
    pub(super) limit: usize,
    /// Where it starts.
    pub(super) start: Start,
}

impl<'q> ItemsQuery<'q> {
    /// Reads the query string of a request.
    pub(super) fn of(query: &'q str) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs(query) {
            let place = match &*name {
                "bbox" => &mut read.bbox,
                "bbox-crs" => &mut read.bbox_crs,
                "datetime" => &mut read.datetime,
                "filter" => &mut read.filter,
                "filter-lang" => &mut read.filter_lang,
                "filter-crs" => &mut read.filter_crs,
                "q" => &mut read.q,
                "sortby" => &mut read.sortby,
                "properties" => &mut read.properties,
                "crs" => &mut read.crs,
                "limit" => &mut read.limit,
                "offset" => &mut read.offset,
                "cursor" => &mut read.cursor,
                "f" => &mut read.f,
                _ => {
                    read.queryables.push((name, value));
                    continue;
                }
            };
            *place = Some(value);
        }
        read
    }

    /// Checks where the page starts and how long it is, and the time.
    pub(super) fn paging(&self) -> ApiResult<Paging> {
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
        Ok(Paging { limit: limit.unwrap_or(DEFAULT_LIMIT), start })
    }

    /// The parameters that stay the same from page to page.
    pub(super) fn lasting(&self) -> Vec<(&str, &str)> {
        let mut lasting = given([
            ("bbox", &self.bbox),
            ("bbox-crs", &self.bbox_crs),
            ("datetime", &self.datetime),
            ("filter", &self.filter),
            ("filter-lang", &self.filter_lang),
            ("filter-crs", &self.filter_crs),
            ("q", &self.q),
            ("sortby", &self.sortby),
            ("properties", &self.properties),
            ("crs", &self.crs),
            ("limit", &self.limit),
        ]);
        lasting.extend(self.queryables.iter().map(|(name, value)| (&**name, &**value)));
        lasting
    }

    /// The parameters that say where the page starts.
    pub(super) fn position(&self) -> Vec<(&str, &str)> {
        given([("offset", &self.offset), ("cursor", &self.cursor)])
    }
}

fn given<'q, const N: usize>(
    parameters: [(&'q str, &'q Option<Cow<'_, str>>); N],
) -> Vec<(&'q str, &'q str)> {
    parameters.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
}

/// Reads a value of a parameter that is given, or answers 400 with an explanation.
pub(super) fn read<'q, T, E>(
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

    fn with_limit(limit: &str) -> ApiResult<Paging> {
        ItemsQuery { limit: Some(limit.into()), ..ItemsQuery::default() }.paging()
    }

    #[test]
    fn a_limit_is_a_positive_number_and_clamped() {
        assert_eq!(ItemsQuery::default().paging().unwrap().limit, DEFAULT_LIMIT);
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
        let at = |offset: Option<&'static str>, cursor: Option<&'static str>| {
            let query = ItemsQuery {
                offset: offset.map(Cow::Borrowed),
                cursor: cursor.map(Cow::Borrowed),
                ..ItemsQuery::default()
            };
            query.paging().map(|paging| paging.start)
        };
        assert_eq!(at(Some("40"), None).unwrap(), Start::Offset(40));
        let cursor = Cursor { revision: 3, seen: 100, after: Some(57) };
        assert_eq!(at(None, Some("r3.100.57")).unwrap(), Start::Cursor(cursor));
        assert!(at(Some("-1"), None).is_err());
        assert!(at(None, Some("57")).is_err());
        assert!(at(Some("0"), Some("r3.100.57")).is_err());
    }

    #[test]
    fn every_parameter_but_the_position_goes_on_to_the_next_page() {
        let text = "bbox=1,2,3,4&q=a&demo=false&sortby=-name&f=json&cursor=r1.1.1&%E5%90%8D=b";
        let query = ItemsQuery::of(text);
        let lasting = query.lasting();
        let expected = [("bbox", "1,2,3,4"), ("q", "a"), ("sortby", "-name"), ("demo", "false"), ("名", "b")];
        assert_eq!(lasting, expected);
        assert_eq!(query.position(), [("cursor", "r1.1.1")]);
    }

    proptest! {
        #[test]
        fn any_parameters_are_answered(values in prop::array::uniform4(prop::option::of("\\PC{0,30}"))) {
            let [datetime, limit, offset, cursor] = values.map(|value: Option<String>| value.map(Cow::Owned));
            let _ = ItemsQuery { datetime, limit, offset, cursor, ..ItemsQuery::default() }.paging();
        }
    }
}
