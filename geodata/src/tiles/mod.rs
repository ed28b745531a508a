//! Vector tiles of the map: Mapbox Vector Tile 2.1 in the tile matrix set `WebMercatorQuad`, one tile at a
//! time ([`tile()`]) or all of them ([`TileSet`]), and the archive `PMTiles` 3 ([`write_pmtiles`]).
//!
//! A tile is made from the snapshot without a look at anything outside of it. Positions are WGS-84 as
//! the standards demand; the maps of phones that draw GCJ-02 take no vector tiles.
//!
//! ```
//! use geodata::snapshot::{FeatureRecord, LayerRecord, Snapshot};
//! use geodata::tiles::{TileAddress, tile};
//!
//! let park = LayerRecord { id: "park".into(), icon: "tree".into(), min_zoom: 0, max_zoom: 20 };
//! let kwaichung_park = FeatureRecord {
//!     id: 7,
//!     layer: "park".into(),
//!     version: 1,
//!     name: "葵涌公园".into(),
//!     geometry: Some(geo::Point::new(114.4182, 22.6371).into()),
//!     properties: "{}".into(),
//!     entrances: Vec::new(),
//! };
//! let map = Snapshot::build(vec![park], vec![kwaichung_park], 1, 0, Vec::new())?;
//! let layers: Vec<_> = map.layers().collect();
//! assert!(!tile(&layers, TileAddress::WORLD).is_empty());
//! assert!(tile(&layers, TileAddress::new(4, 0, 0)?).is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod clip;
mod detail;
mod draw;
mod encode;
mod licences;
mod pmtiles;
mod tile;
mod tile_set;
mod world_shape;

pub use address::{BUFFER, EXTENT, MAX_ZOOM, TileAddress, TileAddressError};
pub use licences::licences;
pub use pmtiles::{ArchiveSummary, write_pmtiles};
pub use tile::{SINGLE_PLACES_ZOOM, content_hash, tile};
pub use tile_set::TileSet;
