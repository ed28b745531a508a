//! Writing places in the formats that other programs read.
//!
//! Pure functions from features to bytes. Positions are WGS-84 longitude and latitude, unless a format names its
//! system and another is asked for (`FlatGeobuf`, `GeoPackage`). `GeoJSON` text
//! sequences, `FlatGeobuf` and the tables carry every property; GPX and KML carry what their programs
//! show. Formats that need a database or a workbook library (`GeoPackage`, XLSX) are written elsewhere
//! from the same [`Columns`].
//!
//! ```
//! use geodata::export::{ExportLayer, TextFormat, write_text};
//! use geodata::snapshot::{Feature, FeatureRecord};
//!
//! let record = FeatureRecord {
//!     id: 7,
//!     layer: "park".into(),
//!     version: 1,
//!     name: "葵涌公园".into(),
//!     geometry: Some(geo::Point::new(114.4182, 22.6371).into()),
//!     properties: r#"{"name":"葵涌公园"}"#.into(),
//!     entrances: Vec::new(),
//! };
//! let park = Feature::new(record, &mut Vec::new());
//! let layer = ExportLayer { id: "park", title: "公园", description: "", features: vec![&*park], system: Default::default() };
//! let mut table = Vec::new();
//! write_text(TextFormat::Csv, &[layer], &mut table)?;
//! assert!(String::from_utf8(table)?.contains("葵涌公园"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod columns;
mod csv_table;
pub mod flatgeobuf;
mod geojson;
mod gpx;
pub mod headings;
mod kml;
mod properties;
mod wkt;
mod xml;

use std::borrow::Cow;

use geo::Geometry;

use crate::crs::ReferenceSystem;
use crate::snapshot::Feature;

pub use columns::{Column, ColumnKind, Columns};
pub use csv_table::guarded;
pub use properties::{PropertyValue, each_property};
pub use wkt::write_wkt;

/// Tables with more different properties than this are refused: `SQLite` takes 2,000 columns and no
/// person reads more.
pub const MOST_COLUMNS: usize = 1_000;

/// A layer with the features of it that are to be written.
#[derive(Debug)]
pub struct ExportLayer<'f> {
    /// Stable name of the layer, such as `park`.
    pub id: &'f str,
    /// What people call it.
    pub title: &'f str,
    /// One plain sentence about it; may be empty.
    pub description: &'f str,
    /// What is written, in this order.
    pub features: Vec<&'f Feature>,
    /// System of the positions, in formats that name one.
    pub system: ReferenceSystem,
}

impl ExportLayer<'_> {
    /// The shapes of the features in the system, x to the east; `None` where there is none, or none that the
    /// system reaches.
    pub fn shapes(&self) -> Vec<Option<Cow<'_, Geometry<f64>>>> {
        let shapes = self.features.iter().map(|feature| feature.geometry());
        shapes.map(|shape| shape.and_then(|shape| self.system.eastward(shape))).collect()
    }
}

/// Why features could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The features have more than [`MOST_COLUMNS`] different properties.
    #[error("这些地点的属性超过 {MOST_COLUMNS} 种，表格放不下，请改用 GeoJSON")]
    TooManyColumns,
    /// The properties of a feature are no JSON object.
    #[error("地点 {0} 的属性无法读取")]
    Properties(u32),
    /// More places than fit a format.
    #[error("{found} 个地点超过这种格式的上限 {most} 个，请缩小范围或改用 GeoPackage")]
    TooManyFeatures {
        /// What was asked for.
        found: usize,
        /// What fits.
        most: usize,
    },
    /// The writer of a format gave up.
    #[error("文件无法写出：{0}")]
    Writer(String),
}

/// A format that is text and may hold several layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// RFC 7946, one feature collection.
    GeoJson,
    /// `GeoJSON` text sequence, RFC 8142.
    GeoJsonSeq,
    /// GPX 1.1.
    Gpx,
    /// KML 2.2 (OGC 07-147r2).
    Kml,
    /// Comma-separated, UTF-8 with a byte-order mark.
    Csv,
}

/// Appends layers in a text format.
///
/// # Errors
/// When the properties of a feature cannot be read or have too many names.
pub fn write_text(
    format: TextFormat,
    layers: &[ExportLayer<'_>],
    out: &mut Vec<u8>,
) -> Result<(), ExportError> {
    match format {
        TextFormat::GeoJson => geojson::write_collection(layers, out),
        TextFormat::GeoJsonSeq => geojson::write_sequence(layers, out),
        TextFormat::Gpx => gpx::write(layers, out)?,
        TextFormat::Kml => kml::write(layers, out)?,
        TextFormat::Csv => csv_table::write(layers, out)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests;
