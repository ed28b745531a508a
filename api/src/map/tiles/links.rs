//! Addresses of tiles and links to them.

use crate::map::ogc::dto::Link;
use crate::map::ogc::links::{MapUrl, with_parameters};
use crate::map::published::LayerInfo;

/// Media type of the tiles (Mapbox Vector Tile 2.1).
pub(super) const MVT: &str = "application/vnd.mapbox-vector-tile";
/// The one tile matrix set.
pub(super) const WEB_MERCATOR_QUAD: &str = "WebMercatorQuad";
/// Relation to a list of tile sets (20-057, table 3).
const TILE_SETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
/// Relation to all tile matrix sets.
const TILING_SCHEMES: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes";

/// Whose tiles are meant: of the whole map, of chosen layers, or of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of<'a> {
    Map {
        /// The parameter `collections` as it came; links keep it.
        collections: Option<&'a str>,
    },
    Collection(&'a str),
}

impl Of<'_> {
    /// The list of tile sets.
    pub(super) fn tile_sets(self, url: &MapUrl) -> String {
        self.address(url, "")
    }

    /// The description of the tile set.
    pub(super) fn tile_set(self, url: &MapUrl) -> String {
        self.address(url, &format!("/{WEB_MERCATOR_QUAD}"))
    }

    /// The address of a tile with these names or numbers for zoom, row and column.
    pub(super) fn tile(self, url: &MapUrl, [zoom, row, column]: [&str; 3]) -> String {
        self.address(url, &format!("/{WEB_MERCATOR_QUAD}/{zoom}/{row}/{column}"))
    }

    fn address(self, url: &MapUrl, rest: &str) -> String {
        match self {
            Self::Map { collections } => {
                let address = format!("{}/tiles{rest}", url.landing());
                with_parameters(&address, collections.map(|chosen| ("collections", chosen)))
            }
            Self::Collection(id) => format!("{}/tiles{rest}", url.collection(id)),
        }
    }
}

/// All tile matrix sets.
pub(super) fn tile_matrix_sets(url: &MapUrl) -> String {
    format!("{}/tileMatrixSets", url.landing())
}

/// The tile matrix set.
pub(super) fn tile_matrix_set(url: &MapUrl) -> String {
    format!("{}/{WEB_MERCATOR_QUAD}", tile_matrix_sets(url))
}

/// `TileJSON`.
pub(super) fn tile_json(url: &MapUrl) -> String {
    format!("{}/tiles.json", url.landing())
}

/// Relation, address and title of what the landing page of the map links to.
pub(in crate::map) fn links_of_landing_page(url: &MapUrl) -> [(&'static str, String, &'static str); 2] {
    let whole_map = Of::Map { collections: None };
    [
        (TILE_SETS, whole_map.tile_sets(url), "矢量瓦片"),
        (TILING_SCHEMES, tile_matrix_sets(url), "瓦片的分级方案"),
    ]
}

/// The link from a layer to its tiles.
pub(in crate::map) fn link_of_collection(url: &MapUrl, layer: &LayerInfo) -> Link {
    Link {
        href: Of::Collection(&layer.id).tile_sets(url),
        rel: TILE_SETS,
        media_type: "application/json",
        title: format!("{}的矢量瓦片", layer.title),
    }
}
