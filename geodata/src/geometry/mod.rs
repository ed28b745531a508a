//! Geometry in WGS-84 longitude/latitude degrees: reading, writing, measuring, checking, simplifying.
//!
//! The type is [`geo::Geometry<f64>`] everywhere (x = longitude, y = latitude). Lengths and areas are
//! never computed in GCJ-02 or BD-09, whose local scale is off by up to 0.36 %.

mod anchor;
mod densify;
mod error;
mod geojson_in;
mod geopackage;
mod local_plane;
mod measure;
mod repair;
mod simplify;
mod text_out;
mod validity;
mod wkb;

pub use anchor::anchor;
pub(crate) use densify::densified;
pub use error::GeometryError;
pub use geojson_in::read_geometry;
pub(crate) use geojson_in::read_unranged_geometry;
pub use geopackage::{from_geopackage, to_geopackage};
pub(crate) use local_plane::LocalPlane;
pub use measure::{area_m2, distance_m, length_m};
pub use repair::repaired;
pub use simplify::simplify;
pub use text_out::{write_geometry, write_number};
pub use validity::{GeometryFault, faults};
pub use wkb::{from_wkb, to_wkb};
