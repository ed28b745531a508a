//! Reading the map files that offices have: `GeoJSON`, CSV and XLSX, and judging what they hold.
//!
//! Pure functions from bytes to rows. A fault of the file as a whole is an [`ImportError`] that names
//! the line or row and what to do; a fault of one row stays on that row, so that a report can list all
//! of them at once. [`quality`] then says which readable rows nobody should publish unseen.
//!
//! ```
//! use geodata::import::{Format, ReadOptions, read};
//!
//! let file = "2024年公园名录,,\n序号,公园名称,联系方式,经度,纬度\n1,土洋公园,84200001、84200002,114°24'11.7\",22.615858\n";
//! let rows = read(file.as_bytes(), Format::Csv, &ReadOptions::default())?;
//! assert_eq!(rows[0].number, 3);
//! assert_eq!(rows[0].name.as_deref(), Some("土洋公园"));
//! assert_eq!(rows[0].phone.as_deref(), Some("84200001；84200002"));
//! assert!(rows[0].geometry.is_some() && rows[0].faults.is_empty());
//! # Ok::<(), geodata::import::ImportError>(())
//! ```

mod columns;
mod csv_table;
mod encoding;
mod error;
mod geojson;
mod number;
mod phone;
mod position;
pub mod quality;
mod row;
mod table;
mod text;
mod wkt;
mod xlsx_table;

use crate::crs::Datum;

pub use columns::{ColumnMapping, ColumnMappingError, Field};
pub use error::ImportError;
pub use geojson::geometry_of;
pub use number::{AngleError, Axis, parse_angle, parse_number};
pub use phone::phone_numbers;
pub use row::{RowFault, SourceRow};
pub use text::normalised_name;
pub use wkt::read_wkt;

/// Files larger than this are refused, bytes.
pub const MOST_BYTES: usize = 64 * 1024 * 1024;
/// Files with more rows or features than this are refused.
pub const MOST_ROWS: usize = 200_000;
/// Tables with more columns than this are refused.
pub const MOST_COLUMNS: usize = 256;

/// A kind of map file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 7946.
    GeoJson,
    /// Comma-, semicolon- or tab-separated text in UTF-8, UTF-16 or GB18030.
    Csv,
    /// Excel 2007 and later, or WPS saved as such.
    Xlsx,
}

impl Format {
    /// Judges by the first bytes, then by the extension of the file name.
    ///
    /// ```
    /// use geodata::import::Format;
    /// assert_eq!(Format::detect("公园.xlsx", b"PK\x03\x04rest"), Some(Format::Xlsx));
    /// assert_eq!(Format::detect("parks.txt", b" {\"type\":"), Some(Format::GeoJson));
    /// assert_eq!(Format::detect("公园名录.csv", "序号,名称".as_bytes()), Some(Format::Csv));
    /// assert_eq!(Format::detect("photo.jpg", &[0xFF, 0xD8]), None);
    /// ```
    pub fn detect(file_name: &str, bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"PK\x03\x04") {
            return Some(Self::Xlsx);
        }
        let without_bom = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let first = without_bom.iter().find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'{') {
            return Some(Self::GeoJson);
        }
        let (_, extension) = file_name.rsplit_once('.')?;
        match extension.to_ascii_lowercase().as_str() {
            "geojson" | "json" => Some(Self::GeoJson),
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "xlsx" | "xlsm" => Some(Self::Xlsx),
            _ => None,
        }
    }
}

/// How to read a file.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The datum of the positions in the file.
    pub datum: Datum,
    /// Columns named by hand; the others are recognised by their headings.
    pub columns: ColumnMapping,
    /// The sheet of a workbook; by default the first with a recognisable heading row.
    pub sheet: Option<String>,
}

/// Reads a file into rows.
///
/// # Errors
/// The file is too large, of another format or encoding, breaks its format, or its columns cannot be
/// recognised. Each error says where and what to do.
pub fn read(bytes: &[u8], format: Format, options: &ReadOptions) -> Result<Vec<SourceRow>, ImportError> {
    if bytes.len() > MOST_BYTES {
        return Err(ImportError::TooLarge { found_bytes: bytes.len() });
    }
    let mut rows = match format {
        Format::GeoJson => geojson::read(&encoding::decode(bytes)?, options)?,
        Format::Csv => table::read_rows(&csv_table::read(&encoding::decode(bytes)?, options)?, options)?,
        Format::Xlsx => table::read_rows(&xlsx_table::read(bytes, options)?, options)?,
    };
    row::settle_keys(&mut rows);
    Ok(rows)
}

#[cfg(test)]
mod tests;
