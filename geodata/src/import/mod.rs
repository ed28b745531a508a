//! Reading the map files that offices have: `GeoJSON`, CSV, XLSX, Shapefile, GPX, KML and extracts
//! of OpenStreetMap, and judging what they hold. Records of formats that need a database (`GeoPackage`) come in as [`Record`]s.
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

mod archive;
mod columns;
mod csv_table;
mod encoding;
mod error;
mod geojson;
mod gpx;
mod kml;
mod number;
mod osm;
mod phone;
mod position;
mod projection;
pub mod quality;
mod record;
mod row;
mod shapefile;
mod table;
mod text;
mod wkt;
mod xlsx_table;
mod xml;

use crate::bbox::Bbox;
use crate::crs::Datum;
use archive::Archive;

pub use archive::bundled;
pub use columns::{ColumnMapping, ColumnMappingError, Field};
pub use error::ImportError;
pub use geojson::{geometry_of, names_degrees};
pub use number::{AngleError, Axis, parse_angle, parse_number};
pub use phone::phone_numbers;
pub use projection::SourceCrs;
pub use record::Record;
pub use row::{RowFault, SourceRow};
pub use table::{ExportedRow, exported_rows};
pub use text::normalised_name;
pub use wkt::read_wkt;

/// Files larger than this are refused, bytes.
pub const MOST_BYTES: usize = 128 * 1024 * 1024;
/// Extracts of OpenStreetMap may be this large, because little of them is kept.
pub const MOST_OSM_BYTES: usize = 512 * 1024 * 1024;
/// Files with more rows or features than this are refused.
pub const MOST_ROWS: usize = 200_000;
/// A single place with more positions than this is refused.
pub const MOST_POSITIONS: usize = 500_000;
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
    /// `GeoJSON` text sequence, RFC 8142, or one `GeoJSON` text per line.
    GeoJsonSeq,
    /// A zipped ESRI Shapefile.
    Shapefile,
    /// GPX 1.0 or 1.1.
    Gpx,
    /// KML 2.2.
    Kml,
    /// KML in an archive.
    Kmz,
    /// OpenStreetMap in protocol buffers.
    OsmPbf,
    /// OGC `GeoPackage` 1.3 (12-128r17). An `SQLite` file, so whoever calls reads it.
    Geopackage,
}

/// The name of the first block of an extract of OpenStreetMap, behind four bytes of length.
const OSM_MARK: &[u8] = b"\x0A\x09OSMHeader";
/// `SQLite` files begin so.
const SQLITE_MARK: &[u8] = b"SQLite format 3\0";

impl Format {
    /// Judges by the first bytes, then by the extension of the file name.
    ///
    /// ```
    /// use geodata::import::Format;
    /// assert_eq!(Format::detect("公园.xlsx", b"PK\x03\x04rest"), Some(Format::Xlsx));
    /// assert_eq!(Format::detect("公园.zip", b"PK\x03\x04rest"), Some(Format::Shapefile));
    /// assert_eq!(Format::detect("parks.txt", b" {\"type\":"), Some(Format::GeoJson));
    /// assert_eq!(Format::detect("公园名录.csv", "序号,名称".as_bytes()), Some(Format::Csv));
    /// assert_eq!(Format::detect("track.xml", b"<?xml version='1.0'?><gpx>"), Some(Format::Gpx));
    /// assert_eq!(Format::detect("photo.jpg", &[0xFF, 0xD8]), None);
    /// ```
    pub fn detect(file_name: &str, bytes: &[u8]) -> Option<Self> {
        let extension = file_name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        let extension = extension.as_deref().unwrap_or_default();
        if bytes.starts_with(b"PK\x03\x04") {
            return Some(match extension {
                "kmz" => Self::Kmz,
                "zip" | "shz" => Self::of_archive(bytes),
                _ => Self::Xlsx,
            });
        }
        if bytes.starts_with(SQLITE_MARK) {
            return Some(Self::Geopackage);
        }
        if bytes.get(4..).is_some_and(|rest| rest.starts_with(OSM_MARK)) {
            return Some(Self::OsmPbf);
        }
        let without_bom = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let first = without_bom.iter().find(|byte| !byte.is_ascii_whitespace());
        match first {
            Some(0x1E) => return Some(Self::GeoJsonSeq),
            Some(b'{') if !matches!(extension, "geojsons" | "geojsonl" | "geojsonseq" | "ndjson") => {
                return Some(Self::GeoJson);
            }
            Some(b'<') => return Self::of_xml(without_bom, extension),
            _ => {}
        }
        match extension {
            "geojson" | "json" => Some(Self::GeoJson),
            "geojsons" | "geojsonl" | "geojsonseq" | "ndjson" => Some(Self::GeoJsonSeq),
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "xlsx" | "xlsm" => Some(Self::Xlsx),
            "gpx" => Some(Self::Gpx),
            "kml" => Some(Self::Kml),
            "gpkg" => Some(Self::Geopackage),
            "pbf" => Some(Self::OsmPbf),
            _ => None,
        }
    }

    fn of_archive(bytes: &[u8]) -> Self {
        // A damaged archive is complained of by its reader.
        let Ok(archive) = Archive::open(bytes) else { return Self::Shapefile };
        let has = |extension: &str| !archive.with_extension(extension).is_empty();
        if !has("shp") && has("kml") { Self::Kmz } else { Self::Shapefile }
    }

    /// The first element decides; it comes soon.
    fn of_xml(bytes: &[u8], extension: &str) -> Option<Self> {
        let head = String::from_utf8_lossy(bytes.get(..1024).unwrap_or(bytes)).into_owned();
        match (head.contains("<gpx"), head.contains("<kml"), extension) {
            (true, false, _) | (_, _, "gpx") => Some(Self::Gpx),
            (false, true, _) | (_, _, "kml") => Some(Self::Kml),
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
    /// The sheet of a workbook, by default the first with a recognisable heading row; the layer of a
    /// `GeoPackage` or of an archive of Shapefiles, by default the only one.
    pub sheet: Option<String>,
    /// The layer that places of OpenStreetMap are looked for; its tags decide.
    pub layer: Option<String>,
    /// Only places of OpenStreetMap that meet this box: an extract covers more than a region.
    pub within: Option<Bbox>,
}

/// Reads a file into rows.
///
/// # Errors
/// The file is too large, of another format or encoding, breaks its format, or its columns cannot be
/// recognised. Each error says where and what to do.
pub fn read(bytes: &[u8], format: Format, options: &ReadOptions) -> Result<Vec<SourceRow>, ImportError> {
    let most_bytes = if format == Format::OsmPbf { MOST_OSM_BYTES } else { MOST_BYTES };
    if bytes.len() > most_bytes {
        return Err(ImportError::TooLarge { found_bytes: bytes.len() });
    }
    let mut rows = match format {
        Format::GeoJson => geojson::read(&text(bytes, "GeoJSON")?, options)?,
        Format::Csv => table::read_rows(&csv_table::read(&encoding::decode(bytes)?, options)?, options)?,
        Format::Xlsx => table::read_rows(&xlsx_table::read(bytes, options)?, options)?,
        Format::GeoJsonSeq => geojson::read_sequence(&text(bytes, "GeoJSON 序列")?, options)?,
        Format::Shapefile => shapefile::read(Archive::open(bytes)?, options)?,
        Format::Gpx => gpx::read(&text(bytes, "GPX")?, options)?,
        Format::Kml => kml::read(&text(bytes, "KML")?, options)?,
        Format::Kmz => read_kmz(Archive::open(bytes)?, options)?,
        Format::OsmPbf => osm::read(bytes, options)?.rows,
        Format::Geopackage => return Err(ImportError::Geopackage("这里只读文本和压缩包".to_owned())),
    };
    row::settle_keys(&mut rows);
    Ok(rows)
}

/// The text of a file of this kind, which is no table.
fn text(bytes: &[u8], kind: &'static str) -> Result<String, ImportError> {
    encoding::decode(bytes).map_err(|error| error.of_kind(kind))
}

/// Rows of records that were read elsewhere.
pub fn rows_of(records: impl IntoIterator<Item = Record>, options: &ReadOptions) -> Vec<SourceRow> {
    let mut rows: Vec<SourceRow> = records.into_iter().map(|record| record.into_row(options)).collect();
    row::settle_keys(&mut rows);
    rows
}

/// Places of a layer from an extract of OpenStreetMap.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OsmPlaces {
    /// Those that have a name.
    pub rows: Vec<SourceRow>,
    /// How many fit the layer and have none; without a name nobody finds them.
    pub nameless: usize,
}

/// Reads the places of the layer that the options name from an extract of OpenStreetMap, as [`read`] does, and
/// tells how many were left out.
///
/// # Errors
/// As [`read`].
pub fn read_osm_places(bytes: &[u8], options: &ReadOptions) -> Result<OsmPlaces, ImportError> {
    if bytes.len() > MOST_OSM_BYTES {
        return Err(ImportError::TooLarge { found_bytes: bytes.len() });
    }
    let mut places = osm::read(bytes, options)?;
    row::settle_keys(&mut places.rows);
    Ok(places)
}

/// All documents of a KMZ, one behind the other: the first often only links to the others.
fn read_kmz(mut archive: Archive<'_>, options: &ReadOptions) -> Result<Vec<SourceRow>, ImportError> {
    let names: Vec<String> = archive.with_extension("kml").into_iter().map(str::to_owned).collect();
    let (mut rows, mut without) = (Vec::new(), ImportError::MissingPart(".kml"));
    for name in names {
        let document = archive.part(&name)?.unwrap_or_default();
        match kml::read(&text(&document, "KML")?, options) {
            Ok(found) => rows.extend(found),
            Err(error @ (ImportError::Empty | ImportError::OnlyLinks)) => without = error,
            Err(error) => return Err(error),
        }
        if rows.len() > MOST_ROWS {
            return Err(ImportError::TooManyRows);
        }
    }
    for (row, number) in rows.iter_mut().zip(1..) {
        row.number = number;
    }
    if rows.is_empty() { Err(without) } else { Ok(rows) }
}

#[cfg(test)]
mod tests;
