//! What query parameters have in common, and what is said about wrong ones.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::error::{ApiError, ApiResult};

/// A whole-number parameter with its bounds.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Where it is missing.
    pub default: usize,
    /// Largest value.
    pub most: usize,
}

/// The parameters of a query string with their values, decoded as forms are (URL Standard, section 5.1); no
/// copy is made of what needs no decoding. That none is unknown or repeated is seen to by the contract.
pub fn pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    })
}

fn decoded(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'+' | b'%')) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

/// A parameter without a value counts as missing: phones send `layers=` when nothing is chosen.
pub fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// 400 about a value, with what was expected. The value is not repeated: it may be somebody's name or number.
pub fn wrong(name: &str, expected: &str) -> ApiError {
    ApiError::bad_parameter(name, format!("参数 {name} 的值不正确。{expected}"))
}

/// 400 where the parameter is missing, with what was expected.
pub fn required<'t>(name: &str, text: Option<&'t str>, expected: &str) -> ApiResult<&'t str> {
    given(text).ok_or_else(|| ApiError::bad_parameter(name, format!("缺少参数 {name}。{expected}")))
}

/// Reads `limit`, refusing 0 and what is above the bound.
pub fn limit(text: Option<&str>, bounds: Limit) -> ApiResult<usize> {
    let limit = at_least_one(text, bounds)?;
    if limit > bounds.most {
        return Err(wrong_limit(bounds));
    }
    Ok(limit)
}

/// Reads `limit`, refusing 0 and lowering what is above the bound to it.
pub fn limit_lowered(text: Option<&str>, bounds: Limit) -> ApiResult<usize> {
    Ok(at_least_one(text, bounds)?.min(bounds.most))
}

fn at_least_one(text: Option<&str>, bounds: Limit) -> ApiResult<usize> {
    let Some(text) = given(text) else {
        return Ok(bounds.default);
    };
    let limit = text.parse::<usize>().ok().filter(|limit| *limit > 0);
    limit.ok_or_else(|| wrong_limit(bounds))
}

fn wrong_limit(bounds: Limit) -> ApiError {
    wrong("limit", &format!("请填写 1 到 {} 的整数。", bounds.most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_value_is_told_by_what_is_expected() {
        let ApiError::BadRequest { detail, .. } = wrong("limit", "请填写 1 到 100 的整数。") else {
            panic!("it is another error");
        };
        assert_eq!(detail, "参数 limit 的值不正确。请填写 1 到 100 的整数。");
    }

    #[test]
    fn values_are_decoded_as_forms_are() {
        let read: Vec<_> = pairs("bbox=1,2%2C3&q=%E8%A1%80+%2B&empty=&bare&&l%69mit=5&no%ff=%ff").collect();
        let expected = [
            ("bbox", "1,2,3"),
            ("q", "血 +"),
            ("empty", ""),
            ("bare", ""),
            ("limit", "5"),
            ("no\u{fffd}", "\u{fffd}"),
        ];
        assert_eq!(read, expected.map(|(name, value)| (name.into(), value.into())));
        assert!(matches!(pairs("limit=5").next(), Some((Cow::Borrowed("limit"), Cow::Borrowed("5")))));
    }
}
