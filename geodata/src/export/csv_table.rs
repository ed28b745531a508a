//! Comma-separated text (RFC 4180) for spreadsheets and GIS programs.
//!
//! UTF-8 with a byte-order mark, without which Excel takes Chinese for something else. Headings are the
//! Chinese ones that the import recognises; the shape stands as WKT in the last column, where GDAL finds
//! it, and the marker's longitude and latitude for people.

use super::headings::{LAT, LON, WKT, heading_of};
use super::properties::{PropertyValue, each_property};
use super::wkt::{DECIMALS, write_wkt};
use super::{Columns, ExportError, ExportLayer};
use crate::geometry::{anchor, write_number};
use crate::snapshot::Feature;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

pub(super) fn write(layers: &[ExportLayer<'_>], out: &mut Vec<u8>) -> Result<(), ExportError> {
    let features = || layers.iter().flat_map(|layer| layer.features.iter().copied());
    let columns = Columns::of(features())?;
    out.extend_from_slice(BYTE_ORDER_MARK);
    let mut cells = Cells { out, is_first: true };
    cells.text(heading_of("id"));
    for column in columns.list() {
        cells.text(&guarded(heading_of(&column.name)));
    }
    for heading in [LON, LAT, WKT] {
        cells.text(heading);
    }
    cells.end();
    let mut row = vec![PropertyValue::Null; columns.list().len()];
    for feature in features() {
        row.fill(PropertyValue::Null);
        let mut expected = 0;
        each_property(feature, |name, value| {
            if let Some(place) = columns.place(&name, expected) {
                expected = place + 1;
                if let Some(slot) = row.get_mut(place) {
                    *slot = value;
                }
            }
        })?;
        write_row(feature, &row, &mut cells);
    }
    Ok(())
}

fn write_row(feature: &Feature, row: &[PropertyValue<'_>], cells: &mut Cells<'_>) {
    cells.plain(|out| out.extend_from_slice(feature.id().to_string().as_bytes()));
    for value in row {
        match value {
            PropertyValue::Text(_) | PropertyValue::Json(_) => {
                cells.text(&guarded(value.as_words().as_deref().unwrap_or_default()));
            }
            other => cells.text(other.as_words().as_deref().unwrap_or_default()),
        }
    }
    let at = feature.geometry().and_then(anchor);
    cells.plain(|out| at.into_iter().for_each(|at| write_number(at.lon, DECIMALS, out)));
    cells.plain(|out| at.into_iter().for_each(|at| write_number(at.lat, DECIMALS, out)));
    let mut shape = Vec::new();
    feature.geometry().into_iter().for_each(|geometry| write_wkt(geometry, &mut shape));
    cells.text(&String::from_utf8_lossy(&shape));
    cells.end();
}

/// A text that a spreadsheet would run as a formula, marked as text (OWASP, CSV injection). The import
/// takes the mark away again.
pub fn guarded(text: &str) -> std::borrow::Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}").into() } else { text.into() }
}

/// Writes cell by cell.
struct Cells<'o> {
    out: &'o mut Vec<u8>,
    is_first: bool,
}

impl Cells<'_> {
    fn separate(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
    }

    /// What holds no separator and no quotation mark.
    fn plain(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.separate();
        write(self.out);
    }

    fn text(&mut self, text: &str) {
        self.separate();
        if text.contains([',', '"', '\n', '\r', ';', '\t']) {
            self.out.push(b'"');
            self.out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
            self.out.push(b'"');
        } else {
            self.out.extend_from_slice(text.as_bytes());
        }
    }

    fn end(&mut self) {
        self.out.extend_from_slice(b"\r\n");
        self.is_first = true;
    }
}
