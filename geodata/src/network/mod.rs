//! The walking network of a region: streets from OpenStreetMap, how far one comes on foot, and the way.
//!
//! [`read_osm`] makes [`Streets`] of a file by the rules of `tag_rules`; they are what is stored.
//! A [`Network`] is the streets ready for searching, with what officers closed or added.

mod access;
mod bucket_queue;
mod closures;
pub(crate) mod contour;
mod distance_grid;
mod file;
mod graph;
mod nearest_places;
mod osm;
mod pace;
mod reach;
mod search;
mod snap;
mod streets;
mod synthetic_streets;
mod tag_rules;
mod visits;

#[cfg(test)]
mod tests;

pub use crate::osm_pbf::OsmError;
pub use file::StreetsError;
pub use graph::{LINK_REACH_M, Network, Overlay};
pub use nearest_places::{Access, Label, NearestPlaces};
pub use osm::{OsmNotes, read_osm};
pub use pace::{Pace, Walker};
pub use search::{Reachable, WalkingPath};
pub use snap::{SNAP_REACH_M, Snap};
pub use streets::{Edge, Node, Streets};
pub use synthetic_streets::SyntheticStreets;
