//! Rows of a table to [`SourceRow`]s: finding the headings below the title rows, and reading cells.

use std::collections::BTreeMap;

use serde_json::Value;

use super::columns::{ColumnMapping, ColumnMappingError, Field};
use super::error::ImportError;
use super::position;
use super::row::{KnownCells, RowFault, SourceRow};
use super::text::cleaned;
use super::{MOST_ROWS, ReadOptions};
use super::{csv_table, encoding};
use crate::export::headings::{LAT, LON, WKT, property_of};

/// Headings are looked for in this many rows from the top; so many rows may stand beside the data.
pub(super) const HEADING_ROWS: usize = 30;

/// A row with at least one cell that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableRow {
    /// 1-based row as a spreadsheet shows it.
    pub(super) number: u32,
    pub(super) cells: Vec<String>,
}

/// How well a row serves as headings: how many different fields its cells name.
pub(super) fn heading_score(cells: &[String], mapping: &ColumnMapping) -> usize {
    let mut fields: Vec<Field> = cells.iter().filter_map(|cell| mapping.field_of(cell)).collect();
    fields.sort_unstable();
    fields.dedup();
    fields.len()
}

/// The row among the first ones that names most fields; the first of equals.
pub(super) fn heading_index(rows: &[TableRow], mapping: &ColumnMapping) -> Option<usize> {
    rows.iter()
        .take(HEADING_ROWS)
        .map(|row| heading_score(&row.cells, mapping))
        .enumerate()
        .filter(|(_, score)| *score > 0)
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map(|(index, _)| index)
}

/// Reads the rows below the headings.
pub(super) fn read_rows(rows: &[TableRow], options: &ReadOptions) -> Result<Vec<SourceRow>, ImportError> {
    let first = rows.first().ok_or(ImportError::Empty)?;
    let heading_index = heading_index(rows, &options.columns);
    let headings = heading_index.and_then(|index| rows.get(index)).unwrap_or(first);
    let columns = Columns::of(headings, &options.columns)?;
    let body = rows.get(heading_index.map_or(0, |index| index + 1)..).unwrap_or_default();
    if body.is_empty() {
        return Err(ImportError::Empty);
    }
    if body.len() > MOST_ROWS {
        return Err(ImportError::TooManyRows);
    }
    Ok(body.iter().map(|row| columns.read(row, options)).collect())
}

/// A row of an exported table, cell by cell as it stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExportedRow {
    /// 1-based row as a spreadsheet shows it.
    pub number: u32,
    /// Cells by the property that their heading stands for; empty ones too.
    pub cells: BTreeMap<String, String>,
    /// The shape as well-known text.
    pub shape: Option<String>,
    /// Longitude and latitude of the marker in degrees.
    pub marker: Option<[f64; 2]>,
}

/// Reads a CSV table as it is exported: headings in the first row, no meaning given to what the cells say.
///
/// # Errors
/// When it is no table, or too large.
///
/// ```
/// use geodata::import::exported_rows;
/// let rows = exported_rows("编号,名称,经度,纬度,WKT\n7,公园,114.41,22.63,POINT(114.41 22.63)\n".as_bytes())?;
/// assert_eq!(rows[0].cells["id"], "7");
/// assert_eq!(rows[0].marker, Some([114.41, 22.63]));
/// # Ok::<(), geodata::import::ImportError>(())
/// ```
pub fn exported_rows(bytes: &[u8]) -> Result<Vec<ExportedRow>, ImportError> {
    let mut rows = csv_table::read(&encoding::decode(bytes)?, &ReadOptions::default())?.into_iter();
    let headings = rows.next().ok_or(ImportError::Empty)?.cells;
    Ok(rows.map(|row| exported_row(&headings, row)).collect())
}

fn exported_row(headings: &[String], row: TableRow) -> ExportedRow {
    let mut read = ExportedRow { number: row.number, ..ExportedRow::default() };
    let [mut lon, mut lat] = [None, None];
    for (heading, cell) in headings.iter().zip(row.cells) {
        let heading = unguarded(heading.trim());
        match heading {
            "" => {}
            LON => lon = cell.trim().parse().ok(),
            LAT => lat = cell.trim().parse().ok(),
            WKT => read.shape = Some(cell).filter(|shape| !shape.trim().is_empty()),
            _ => {
                let name = property_of(heading).unwrap_or(heading);
                read.cells.insert(name.to_owned(), unguarded(&cell).to_owned());
            }
        }
    }
    read.marker = lon.zip(lat).map(|(lon, lat)| [lon, lat]);
    read
}

/// The text without the mark that an export puts before what a spreadsheet would run.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| text.starts_with(['=', '+', '-', '@', '\t', '\r'])).unwrap_or(cell)
}

struct Columns {
    headings: Vec<String>,
    /// The field of each column; a field is taken from the first column that names it.
    fields: Vec<Option<Field>>,
}

impl Columns {
    fn of(row: &TableRow, mapping: &ColumnMapping) -> Result<Self, ImportError> {
        let headings: Vec<String> = row.cells.iter().map(|cell| cleaned(cell)).collect();
        let listed =
            || headings.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join("、");
        if let Some(heading) = mapping.missing_in(&headings) {
            let heading = heading.to_owned();
            return Err(ColumnMappingError::UnknownHeading { heading, available: listed() }.into());
        }
        let mut fields: Vec<Option<Field>> = Vec::with_capacity(headings.len());
        for heading in &headings {
            let field = mapping.field_of(heading).filter(|field| !fields.contains(&Some(*field)));
            fields.push(field);
        }
        let has = |field: Field| fields.contains(&Some(field));
        let is_usable = has(Field::Name)
            || has(Field::Position)
            || has(Field::Wkt)
            || (has(Field::Lon) && has(Field::Lat));
        if !is_usable {
            return Err(ImportError::NoHeadings { row: row.number, headings: listed() });
        }
        Ok(Self { headings, fields })
    }

    fn read(&self, row: &TableRow, options: &ReadOptions) -> SourceRow {
        let mut known = KnownCells::new();
        let mut others = serde_json::Map::new();
        for ((heading, field), cell) in self.headings.iter().zip(&self.fields).zip(&row.cells) {
            let text = cleaned(cell);
            if let Some(field) = field {
                known.insert(*field, (heading.clone(), unguarded(cell).to_owned()));
            } else if !text.is_empty() && !heading.is_empty() {
                // What an export called in Chinese gets its own name back.
                let name = property_of(heading).map_or_else(|| heading.clone(), str::to_owned);
                others.insert(name, Value::String(unguarded(&text).to_owned()));
            }
        }
        let mut read = SourceRow::from_cells(row.number, &known);
        read.properties = others;
        match position::from_cells(&known, options.datum) {
            Ok(geometry) => read.geometry = geometry,
            Err(fault) => read.faults.push(fault),
        }
        let expected = self.headings.len();
        if row.cells.iter().skip(expected).any(|cell| !cell.trim().is_empty()) {
            read.faults.push(RowFault::TooManyCells { expected, found: row.cells.len() });
        }
        read
    }
}
