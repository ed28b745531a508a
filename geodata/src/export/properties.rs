//! The public properties of a feature, one by one, without a tree in between.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::ExportError;
use crate::snapshot::Feature;

/// The value of a property.
#[derive(Debug, Clone, PartialEq)]
pub enum PropertyValue<'p> {
    /// Not known.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// Text.
    Text(Cow<'p, str>),
    /// A list or an object, as JSON text.
    Json(&'p str),
}

impl<'p> PropertyValue<'p> {
    fn of(raw: &'p RawValue) -> Self {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'"') => Self::Text(unquoted(text)),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'{' | b'[') => Self::Json(text),
            Some(b'n') | None => Self::Null,
            Some(_) => match (text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(number), _) => Self::Integer(number),
                (_, Ok(number)) if number.is_finite() => Self::Number(number),
                // A number that no computer holds stays what it looks like.
                _ => Self::Text(Cow::Borrowed(text)),
            },
        }
    }

    /// The value as people read it: lists of texts joined by "、", yes and no in Chinese. `None` for
    /// what is not known.
    pub fn as_words(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(true) => Cow::Borrowed("是"),
            Self::Bool(false) => Cow::Borrowed("否"),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Json(json) => match serde_json::from_str::<Vec<String>>(json) {
                Ok(words) if words.is_empty() => return None,
                Ok(words) => Cow::Owned(words.join("、")),
                Err(_) => Cow::Borrowed(json),
            },
        })
    }
}

/// The text of a JSON string.
fn unquoted(text: &str) -> Cow<'_, str> {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    if inner.contains('\\') {
        serde_json::from_str::<String>(text).map_or(Cow::Borrowed(inner), Cow::Owned)
    } else {
        Cow::Borrowed(inner)
    }
}

/// Calls `see` with every property of the feature, in the order in which they are published.
///
/// # Errors
/// When the properties are no JSON object.
pub fn each_property<'f>(
    feature: &'f Feature,
    see: impl FnMut(Cow<'f, str>, PropertyValue<'f>),
) -> Result<(), ExportError> {
    let mut reader = serde_json::Deserializer::from_str(feature.properties());
    reader.deserialize_map(Properties { see }).map_err(|_broken| ExportError::Properties(feature.id()))
}

struct Properties<F> {
    see: F,
}

impl<'de, F: FnMut(Cow<'de, str>, PropertyValue<'de>)> Visitor<'de> for Properties<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            (self.see)(unquoted(name.get()), PropertyValue::of(value));
        }
        Ok(())
    }
}
