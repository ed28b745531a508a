//! What a kind of message is sent with, and how the values of its reason fill WeChat's template.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::wechat::message_values::{MessageValues, UnusableValue, ValueKind};

/// The most keys a template has.
pub(super) const MOST_FIELDS: usize = 10;

/// Which value of the reason fills which key of the template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Field {
    /// Key of WeChat's template, such as `thing1`.
    pub(super) key: String,
    /// Name of the value, such as `title`.
    pub(super) source: String,
}

/// What is wrong with the fields of a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FieldsError {
    /// None, or more than WeChat's templates have.
    #[error("a template has between one and ten fields")]
    Number,
    /// The key is none of WeChat's.
    #[error("field {0} has a key that is none of WeChat's")]
    Key(usize),
    /// The key stands there twice.
    #[error("field {0} has the key of an earlier one")]
    Repeated(usize),
    /// The source is not a word in lower case.
    #[error("field {0} has a source that is not a word in lower case")]
    Source(usize),
}

/// Reads the fields as the database holds them.
pub(super) fn fields_of(json: &Value) -> Option<Vec<Field>> {
    Vec::deserialize(json).ok()
}

/// Whether these fields can fill a template.
///
/// # Errors
/// With the first that cannot.
pub(super) fn check_fields(fields: &[Field]) -> Result<(), FieldsError> {
    if fields.is_empty() || fields.len() > MOST_FIELDS {
        return Err(FieldsError::Number);
    }
    let mut seen = Vec::with_capacity(fields.len());
    for (at, field) in fields.iter().enumerate() {
        if field.key.len() > 40 || ValueKind::of_key(&field.key).is_err() {
            return Err(FieldsError::Key(at));
        }
        if seen.contains(&&field.key) {
            return Err(FieldsError::Repeated(at));
        }
        if !is_word(&field.source) {
            return Err(FieldsError::Source(at));
        }
        seen.push(&field.key);
    }
    Ok(())
}

/// Whether `text` is a name as the code uses them: lower-case letters, digits and underscores.
pub(super) fn is_word(text: &str) -> bool {
    (2..=40).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The values as WeChat takes them.
///
/// # Errors
/// With the first key that has no value, or none that fits it.
pub(super) fn fill(
    fields: &[Field],
    values: &BTreeMap<String, String>,
) -> Result<MessageValues, UnusableValue> {
    MessageValues::fit(fields.iter().map(|field| {
        // A value that the reason does not have is as unusable as an empty one.
        let value = values.get(&field.source).map_or("", String::as_str);
        (field.key.as_str(), value)
    }))
}

#[cfg(test)]
mod tests {
    use crate::wechat::message_values::ValueError;

    use super::*;

    fn field(key: &str, source: &str) -> Field {
        Field { key: key.to_owned(), source: source.to_owned() }
    }

    #[test]
    fn fields_with_keys_that_wechat_does_not_have_are_refused() {
        let fine = [field("thing1", "title"), field("time2", "starts_at")];
        assert_eq!(check_fields(&fine), Ok(()));
        assert_eq!(check_fields(&[]), Err(FieldsError::Number));
        assert_eq!(check_fields(&vec![field("thing1", "title"); 11]), Err(FieldsError::Number));
        assert_eq!(check_fields(&[field("thing", "title")]), Err(FieldsError::Key(0)));
        assert_eq!(check_fields(&[field("remark1", "title")]), Err(FieldsError::Key(0)));
        let twice = [field("thing1", "title"), field("thing1", "place")];
        assert_eq!(check_fields(&twice), Err(FieldsError::Repeated(1)));
        for source in ["", "Title", "标题", "1st", "a b", &"a".repeat(41)] {
            assert_eq!(check_fields(&[field("thing1", source)]), Err(FieldsError::Source(0)), "{source}");
        }
    }

    #[test]
    fn values_are_shortened_to_their_keys_and_a_missing_one_names_its_key() {
        let fields = [field("thing1", "title"), field("time2", "starts_at")];
        let title = "社区高血压健康讲座（第三期）请带上医保卡和病历本".to_owned();
        let mut values = BTreeMap::from([("title".to_owned(), title)]);
        let missing = fill(&fields, &values).unwrap_err();
        assert_eq!(missing, UnusableValue { key: "time2".into(), error: ValueError::Empty });
        values.insert("starts_at".to_owned(), "2026年11月28日 15:01".to_owned());
        let filled = fill(&fields, &values).unwrap().to_json();
        assert_eq!(filled["thing1"].as_str().unwrap().chars().count(), 20);
        assert_eq!(filled["time2"], "2026年11月28日 15:01");
    }

    #[test]
    fn fields_survive_the_database() {
        let fields = vec![field("thing1", "title")];
        assert_eq!(fields_of(&serde_json::to_value(&fields).unwrap()), Some(fields));
        assert_eq!(fields_of(&serde_json::json!([{"key": "thing1"}])), None);
        assert_eq!(fields_of(&serde_json::json!({})), None);
    }
}
