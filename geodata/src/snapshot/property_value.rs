//! Values of serialised properties, read without making a tree of them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::columns::Item;

/// A value of a property.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PropertyValue<'t> {
    /// Nothing is known.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(f64),
    /// A number.
    Number(f64),
    /// A text.
    Text(Cow<'t, str>),
    /// A list; nested lists and objects in it are left out.
    List(Vec<Item>),
    /// An object, which filters cannot look into.
    Object,
}

impl PropertyValue<'_> {
    /// A scalar in words.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Integer(number) | Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Boolean(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Self::Null | Self::List(_) | Self::Object => None,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) | Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// The items of a list; a scalar is a list of itself.
    pub(super) fn items(&self) -> Option<Box<[Item]>> {
        match self {
            Self::List(items) => Some(items.as_slice().into()),
            Self::Null | Self::Object => None,
            scalar => scalar.item().map(|item| Box::from([item])),
        }
    }

    fn item(&self) -> Option<Item> {
        match self {
            Self::Text(text) => Some(Item::Text(text.as_ref().into())),
            Self::Integer(number) | Self::Number(number) => Some(Item::Number(*number)),
            Self::Boolean(value) => Some(Item::Boolean(*value)),
            Self::Null | Self::List(_) | Self::Object => None,
        }
    }
}

/// Calls `found` with each property of a serialised object.
pub(super) fn each_property<'t>(properties: &'t str, found: impl FnMut(&str, PropertyValue<'t>)) {
    let mut deserializer = serde_json::Deserializer::from_str(properties);
    // Properties were written by the server itself; what cannot be read has no properties.
    _ = deserializer.deserialize_map(EachProperty(found));
}

struct EachProperty<F>(F);

impl<'t, F: FnMut(&str, PropertyValue<'t>)> Visitor<'t> for EachProperty<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key()? {
            let value = map.next_value()?;
            (self.0)(&name, value);
        }
        Ok(())
    }
}

/// A name that is only copied where it is escaped.
struct Name<'t>(Cow<'t, str>);

impl<'t> Deserialize<'t> for Name<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(AnyValue)? {
            PropertyValue::Text(name) => Ok(Self(name)),
            _ => Ok(Self(Cow::Borrowed(""))),
        }
    }
}

impl<'t> Deserialize<'t> for PropertyValue<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'t> Visitor<'t> for AnyValue {
    type Value = PropertyValue<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(PropertyValue::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(PropertyValue::Boolean(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "whole numbers are exact to 2^53, as in every JSON reader")]
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(PropertyValue::Integer(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "whole numbers are exact to 2^53, as in every JSON reader")]
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(PropertyValue::Integer(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(PropertyValue::Number(value))
    }

    fn visit_borrowed_str<E>(self, value: &'t str) -> Result<Self::Value, E> {
        Ok(PropertyValue::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(PropertyValue::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(value) = list.next_element::<PropertyValue<'_>>()? {
            items.extend(value.item());
        }
        Ok(PropertyValue::List(items))
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(PropertyValue::Object)
    }
}
