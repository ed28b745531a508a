//! One record of any file of features, before its properties are given their meaning.

use geo::{CoordsIter, Geometry};
use serde_json::{Map, Value};

use super::ReadOptions;
use super::columns::Field;
use super::position;
use super::row::{KnownCells, RowFault, SourceRow};

/// A record with what its file says of it.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Number of the record in its file; 1-based.
    pub number: u32,
    /// The identity that the file gives beside the properties.
    pub id: Option<String>,
    /// Properties by name.
    pub properties: Map<String, Value>,
    /// Shape in degrees of the datum that the options name; `None` where the file has none.
    pub geometry: Option<Geometry<f64>>,
    /// What could not be read.
    pub faults: Vec<RowFault>,
}

impl Record {
    /// Gives the properties the meaning that their names tell, and the shape its place on Earth.
    pub fn into_row(self, options: &ReadOptions) -> SourceRow {
        let mut known = KnownCells::new();
        let mut others = Map::new();
        // `name` itself goes before `Name` and `title`.
        let named = self.properties.into_iter().map(|(heading, value)| {
            let field = options.columns.field_of(&heading);
            (heading, value, field)
        });
        let (exact, others_named): (Vec<_>, Vec<_>) =
            named.partition(|(heading, _, field)| field.is_some_and(|field| field.as_str() == heading));
        for (heading, value, field) in exact.into_iter().chain(others_named) {
            match known_cell(field, &value).filter(|(field, _)| !known.contains_key(field)) {
                Some((field, text)) => _ = known.insert(field, (heading, text)),
                None => _ = others.insert(heading, value),
            }
        }
        let mut row = SourceRow::from_cells(self.number, &known);
        row.id = self.id.filter(|id| !id.is_empty()).or(row.id);
        row.properties = others;
        row.faults.extend(self.faults);
        if let Some(geometry) = self.geometry.filter(|geometry| geometry.coords_iter().next().is_some()) {
            match position::placed(&geometry, options.datum) {
                Ok(geometry) => row.geometry = Some(geometry),
                Err(fault) => row.faults.push(fault),
            }
        }
        row
    }
}

/// A text or number under a heading with a known meaning. The position is the geometry's business.
fn known_cell(field: Option<Field>, value: &Value) -> Option<(Field, String)> {
    let field = field?;
    if matches!(field, Field::Lon | Field::Lat | Field::Position | Field::Wkt) {
        return None;
    }
    match value {
        Value::String(text) => Some((field, text.clone())),
        Value::Number(number) => Some((field, number.to_string())),
        _ => None,
    }
}
