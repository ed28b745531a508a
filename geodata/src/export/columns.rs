//! Which columns a table of features has: every property that occurs, typed by what occurs in it.

use std::collections::HashMap;

use super::properties::{PropertyValue, each_property};
use super::{ExportError, MOST_COLUMNS};
use crate::snapshot::Feature;

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Yes or no.
    Bool,
    /// Whole numbers of 64 bits.
    Integer,
    /// Numbers.
    Number,
    /// Text, also where the kinds are mixed.
    Text,
    /// Lists or objects, as JSON text.
    Json,
}

/// A column of a table of features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name of the property.
    pub name: String,
    /// Kind of its values.
    pub kind: ColumnKind,
}

/// The columns of a table of features, in the order in which their properties first occur.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    columns: Vec<Column>,
    places: HashMap<String, usize>,
}

impl Columns {
    /// The columns that these features need. A property that is never known has no kind; it becomes
    /// text.
    ///
    /// # Errors
    /// When the properties of a feature cannot be read or have too many names.
    pub fn of<'f>(features: impl IntoIterator<Item = &'f Feature>) -> Result<Self, ExportError> {
        let mut seen = Seen::default();
        for feature in features {
            let mut expected = 0;
            each_property(feature, |name, value| {
                expected = seen.note(&name, kind_of(&value), expected);
            })?;
            if seen.kinds.len() > MOST_COLUMNS {
                return Err(ExportError::TooManyColumns);
            }
        }
        let columns = seen
            .names
            .into_iter()
            .zip(seen.kinds)
            .map(|(name, kind)| Column { name, kind: kind.unwrap_or(ColumnKind::Text) })
            .collect();
        Ok(Self { columns, places: seen.places })
    }

    /// The columns.
    pub fn list(&self) -> &[Column] {
        &self.columns
    }

    /// Which column holds the property with this name. Properties mostly come in the order of the
    /// columns, so the place behind the one before is tried first.
    pub fn place(&self, name: &str, expected: usize) -> Option<usize> {
        match self.columns.get(expected) {
            Some(column) if column.name == name => Some(expected),
            _ => self.places.get(name).copied(),
        }
    }
}

#[derive(Default)]
struct Seen {
    names: Vec<String>,
    /// `None` until a value is known.
    kinds: Vec<Option<ColumnKind>>,
    places: HashMap<String, usize>,
}

impl Seen {
    /// Takes note of a value; returns the place where the next property is expected.
    fn note(&mut self, name: &str, kind: Option<ColumnKind>, expected: usize) -> usize {
        let known = match self.names.get(expected) {
            Some(here) if here == name => Some(expected),
            _ => self.places.get(name).copied(),
        };
        let place = known.unwrap_or_else(|| {
            self.places.insert(name.to_owned(), self.names.len());
            self.names.push(name.to_owned());
            self.kinds.push(None);
            self.names.len() - 1
        });
        if let (Some(slot), Some(kind)) = (self.kinds.get_mut(place), kind) {
            *slot = Some(slot.map_or(kind, |before| joined(before, kind)));
        }
        place + 1
    }
}

fn kind_of(value: &PropertyValue<'_>) -> Option<ColumnKind> {
    match value {
        PropertyValue::Null => None,
        PropertyValue::Bool(_) => Some(ColumnKind::Bool),
        PropertyValue::Integer(_) => Some(ColumnKind::Integer),
        PropertyValue::Number(_) => Some(ColumnKind::Number),
        PropertyValue::Text(_) => Some(ColumnKind::Text),
        PropertyValue::Json(_) => Some(ColumnKind::Json),
    }
}

fn joined(one: ColumnKind, other: ColumnKind) -> ColumnKind {
    use ColumnKind::{Integer, Number, Text};
    match (one, other) {
        (one, other) if one == other => one,
        (Integer, Number) | (Number, Integer) => Number,
        _ => Text,
    }
}
