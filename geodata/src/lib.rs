//! The pure map core of Kangtu: positions and datums, boxes, geometry, the reading of map files and
//! their quality, and the in-memory snapshot that answers map requests.
//!
//! Nothing here does input or output, reads a clock or knows a database. Positions are WGS-84
//! longitude/latitude in degrees unless a type says otherwise.
//!
//! ```
//! use geodata::geometry::{distance_m, read_geometry, write_geometry};
//! use geodata::{Datum, Gcj02, to_datum};
//!
//! // A phone in 葵涌 reports its GCJ-02 position and asks how far a park is.
//! let phone = Gcj02::new(114.4185, 22.6271)?.to_wgs84();
//! let park = read_geometry(&serde_json::json!({
//!     "type": "Point", "coordinates": [114.4154, 22.6345]
//! }))?;
//! assert!((distance_m(phone, &park) - 557.0).abs() < 1.0);
//!
//! // The answer is drawn on a GCJ-02 base map.
//! let mut marker = Vec::new();
//! write_geometry(&to_datum(&park, Datum::Gcj02), 6, &mut marker);
//! assert!(marker.starts_with(br#"{"type":"Point","coordinates":[114.42"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![warn(missing_docs)]

pub mod bbox;
pub mod coverage;
pub mod cql2;
pub mod crs;
pub mod export;
pub mod geometry;
pub mod import;
pub mod network;
mod osm_pbf;
pub mod parallel;
pub mod snapshot;
pub mod synthetic;
pub mod tiles;

pub use bbox::{Bbox, BboxError};
pub use crs::{Bd09, CoordinateError, Datum, Gcj02, UnknownDatum, Wgs84, from_datum, to_datum};
pub use osm_pbf::OsmError;
