//! Values of serialised properties, read without making a tree of them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

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

/// The members of a serialised object with these names, as an object; values stay as they are written.
pub(super) fn chosen_properties(properties: &str, names: &[Arc<str>]) -> String {
    let mut chosen = String::from("{");
    let mut deserializer = serde_json::Deserializer::from_str(properties);
    _ = deserializer.deserialize_map(EachMember(|name: &str, value: &RawValue| {
        if names.iter().any(|wanted| **wanted == *name) {
            if chosen.len() > 1 {
                chosen.push(',');
            }
            // A text has a JSON form always.
            chosen.push_str(&serde_json::to_string(name).unwrap_or_default());
            chosen.push(':');
            chosen.push_str(value.get());
        }
    }));
    chosen.push('}');
    chosen
}

struct EachMember<F>(F);

impl<'t, F: FnMut(&str, &RawValue)> Visitor<'t> for EachMember<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key()? {
            let value: &RawValue = map.next_value()?;
            (self.0)(&name, value);
        }
        Ok(())
    }
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

    #[expect(
        clippy::cast_precision_loss,
        reason = "whole numbers are exact to 2^53, as in every JSON reader"
    )]
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(PropertyValue::Integer(value as f64))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "whole numbers are exact to 2^53, as in every JSON reader"
    )]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_properties_keep_their_order_and_their_writing() {
        let properties = r#"{"a":1.50,"名称":"葵涌\u516c园","b":{"c":[1, 2]},"d":null}"#;
        let chosen = |names: &[&str]| {
            chosen_properties(properties, &names.iter().map(|name| Arc::from(*name)).collect::<Vec<_>>())
        };
        assert_eq!(chosen(&["b", "a"]), r#"{"a":1.50,"b":{"c":[1, 2]}}"#);
        assert_eq!(chosen(&["名称", "d", "x"]), r#"{"名称":"葵涌\u516c园","d":null}"#);
        assert_eq!(chosen(&[]), "{}");
    }

    #[test]
    fn values_keep_their_kinds() {
        let mut seen = Vec::new();
        let properties = r#"{"a":1,"b":1.5,"c":"\u516c","d":[1,"x",[2],null],"e":{"f":1},"g":null,"h":true}"#;
        each_property(properties, |name, value| seen.push((name.to_owned(), value)));
        let values: Vec<PropertyValue<'_>> = seen.into_iter().map(|(_, value)| value).collect();
        assert_eq!(
            values,
            [
                PropertyValue::Integer(1.0),
                PropertyValue::Number(1.5),
                PropertyValue::Text("公".into()),
                PropertyValue::List(vec![Item::Number(1.0), Item::Text("x".into())]),
                PropertyValue::Object,
                PropertyValue::Null,
                PropertyValue::Boolean(true),
            ]
        );
    }
}
