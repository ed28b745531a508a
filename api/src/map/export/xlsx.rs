//! Excel workbooks (Office Open XML, ISO/IEC 29500): a sheet for each layer, with Chinese headings, which
//! the import takes back.

use anyhow::Context;
use geodata::export::headings::{LAT, LON, WKT, heading_of};
use geodata::export::{Columns, ExportError, ExportLayer, PropertyValue, each_property, write_wkt};
use geodata::geometry::anchor;
use geodata::snapshot::Feature;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::ExportFailure;
use crate::workbook::{LONGEST_TEXT, bounded, quoted};

/// A workbook is held in memory as a whole, several times as large as the places are.
pub(super) const MOST_PLACES: usize = 50_000;
/// Excel's bound for the name of a sheet, in characters.
const LONGEST_NAME: usize = 31;

/// Makes the file.
pub(super) fn write(layers: &[ExportLayer<'_>]) -> Result<Vec<u8>, ExportFailure> {
    let found: usize = layers.iter().map(|layer| layer.features.len()).sum();
    if found > MOST_PLACES {
        return Err(ExportError::TooManyFeatures { found, most: MOST_PLACES }.into());
    }
    let mut workbook = Workbook::new();
    let mut names = Vec::new();
    for layer in layers {
        let columns = Columns::of(layer.features.iter().copied())?;
        let name = sheet_name(layer.title, &names);
        let sheet = workbook.add_worksheet();
        write_sheet(sheet, &name, layer, &columns)?;
        names.push(name);
    }
    if layers.is_empty() {
        workbook.add_worksheet();
    }
    Ok(workbook.save_to_buffer().context("a workbook cannot be made")?)
}

/// The title without what Excel does not allow in the name of a sheet, different from all before.
fn sheet_name(title: &str, taken: &[String]) -> String {
    let allowed = |c: &char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'') && !c.is_control();
    let plain: String = title.chars().filter(allowed).take(LONGEST_NAME - 4).collect();
    let plain = if plain.trim().is_empty() { "地点".to_owned() } else { plain };
    let mut name = plain.clone();
    let mut number = 2;
    while taken.contains(&name) {
        name = format!("{plain} {number}");
        number += 1;
    }
    name
}

fn write_sheet(
    sheet: &mut Worksheet,
    name: &str,
    layer: &ExportLayer<'_>,
    columns: &Columns,
) -> Result<(), ExportFailure> {
    let heading = Format::new().set_bold();
    let unwritable = || format!("the sheet {name} cannot be written");
    sheet.set_name(name).with_context(unwritable)?;
    sheet.set_freeze_panes(1, 0).with_context(unwritable)?;
    let headings = std::iter::once("id").chain(columns.list().iter().map(|column| column.name.as_str()));
    let headings = headings.map(heading_of).chain([LON, LAT, WKT]);
    for (text, at) in headings.zip(0_u16..) {
        sheet
            .write_string_with_format(0, at, bounded(text), &quoted(&heading, text))
            .with_context(unwritable)?;
    }
    let plain = Format::new();
    for (feature, row) in layer.features.iter().zip(1_u32..) {
        write_place(sheet, row, feature, columns, &plain)?;
    }
    Ok(())
}

fn write_place(
    sheet: &mut Worksheet,
    row: u32,
    feature: &Feature,
    columns: &Columns,
    plain: &Format,
) -> Result<(), ExportFailure> {
    let mut written = sheet.write_number(row, 0, feature.id()).map(|_sheet| ());
    let mut expected = 0;
    each_property(feature, |name, value| {
        let Some(place) = columns.place(&name, expected) else { return };
        expected = place + 1;
        let column = u16::try_from(place + 1).unwrap_or(u16::MAX);
        if written.is_ok() {
            written = write_value(sheet, row, column, &value, plain);
        }
    })?;
    written.context("a place cannot be written")?;
    let last = u16::try_from(columns.list().len() + 1).unwrap_or(u16::MAX);
    write_position(sheet, row, last, feature).context("a position cannot be written")?;
    Ok(())
}

fn write_value(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    value: &PropertyValue<'_>,
    plain: &Format,
) -> Result<(), XlsxError> {
    match value {
        PropertyValue::Number(number) => sheet.write_number(row, column, *number)?,
        #[expect(
            clippy::cast_precision_loss,
            reason = "Excel's numbers have 15 digits; longer ones stay text"
        )]
        PropertyValue::Integer(number) if number.unsigned_abs() < 1_000_000_000_000_000 => {
            sheet.write_number(row, column, *number as f64)?
        }
        other => match other.as_words() {
            Some(text) => {
                sheet.write_string_with_format(row, column, bounded(&text), &quoted(plain, &text))?
            }
            None => sheet,
        },
    };
    Ok(())
}

/// A shape that no cell can hold is said to be one, so that nobody takes its marker for all of it.
fn write_position(sheet: &mut Worksheet, row: u32, column: u16, feature: &Feature) -> Result<(), XlsxError> {
    let Some(geometry) = feature.geometry() else { return Ok(()) };
    if let Some(at) = anchor(geometry) {
        let seven = |degrees: f64| (degrees * 1e7).round() / 1e7;
        sheet.write_number(row, column, seven(at.lon))?;
        sheet.write_number(row, column + 1, seven(at.lat))?;
    }
    let mut shape = Vec::new();
    write_wkt(geometry, &mut shape);
    let text = String::from_utf8_lossy(&shape);
    if text.len() > LONGEST_TEXT {
        sheet.write_string(row, column + 2, "图形太长，单元格放不下，请改用 GeoPackage 或 CSV")?;
    } else {
        sheet.write_string(row, column + 2, text)?;
    }
    Ok(())
}
