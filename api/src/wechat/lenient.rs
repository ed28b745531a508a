//! Reading what WeChat writes now as a number, now as text.
//!
//! The same field comes as `86` or `"86"`, a list of one comes as its only item (see the samples of
//! WeChat's own documentation). Whatever means the same is taken for the same; anything else is an
//! error.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A whole number, written as a number or as text.
pub(super) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    integer_of(&value).ok_or_else(|| D::Error::custom("not a whole number"))
}

/// As [`integer`], where nothing may be written.
pub(super) fn optional_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        value => integer_of(&value).map(Some).ok_or_else(|| D::Error::custom("not a whole number")),
    }
}

/// Text, written as text or as a number.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let value = Value::deserialize(deserializer)?;
    text_of(value).ok_or_else(|| D::Error::custom("not text"))
}

/// As [`text`], where nothing may be written.
pub(super) fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        value => text_of(value).map(Some).ok_or_else(|| D::Error::custom("not text")),
    }
}

/// A list, or its only item.
pub(super) fn one_or_many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let items = match Value::deserialize(deserializer)? {
        Value::Null => Vec::new(),
        Value::Array(items) => items,
        only => vec![only],
    };
    items.into_iter().map(|item| serde_json::from_value(item).map_err(D::Error::custom)).collect()
}

fn integer_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Reply {
        #[serde(default, deserialize_with = "optional_integer")]
        errcode: Option<i64>,
        #[serde(default, deserialize_with = "optional_text")]
        label: Option<String>,
        #[serde(rename = "List", default, deserialize_with = "one_or_many")]
        list: Vec<Item>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Item {
        #[serde(deserialize_with = "text")]
        code: String,
        #[serde(deserialize_with = "integer")]
        at: i64,
    }

    fn read(text: &str) -> Option<Reply> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn numbers_and_texts_mean_the_same() {
        let expected = read(r#"{"errcode":0,"label":"100","List":[{"code":"86","at":5}]}"#).unwrap();
        for other in [
            r#"{"errcode":"0","label":100,"List":{"code":86,"at":"5"}}"#,
            r#"{"errcode":" 0 ","label":"100","List":[{"code":86,"at":5}],"more":[]}"#,
        ] {
            assert_eq!(read(other).unwrap(), expected);
        }
        let empty = Reply { errcode: None, label: None, list: Vec::new() };
        assert_eq!(read("{}").unwrap(), empty);
        assert_eq!(read(r#"{"errcode":null,"label":null,"List":null}"#).unwrap(), empty);
    }

    #[test]
    fn what_means_nothing_is_an_error() {
        for text in [
            r#"{"errcode":"none"}"#,
            r#"{"errcode":0.5}"#,
            r#"{"errcode":[0]}"#,
            r#"{"label":true}"#,
            r#"{"List":"a"}"#,
            r#"{"List":[{"code":"86"}]}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
