//! The tile matrix set `WebMercatorQuad` as the standard defines it (OGC 17-083r4, annex D.1).

use geodata::tiles::MAX_ZOOM;

use super::dto::{TileMatrix, TileMatrixSet};
use super::links::WEB_MERCATOR_QUAD;

/// Its registered address.
pub(super) const URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
/// Web Mercator (EPSG:3857).
pub(super) const CRS: &str = "http://www.opengis.net/def/crs/EPSG/0/3857";
const SCALE_SET: &str = "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible";

/// Half the width of the square world, metres.
const HALF_WORLD_M: f64 = 20_037_508.342_789_244;
/// Scale denominator and metres per pixel at zoom 0.
const SCALE_AT_0: f64 = 559_082_264.028_717_8;
const CELL_AT_0_M: f64 = 156_543.033_928_041;
const TILE_PX: u32 = 256;

/// The definition, without links.
pub(super) fn web_mercator_quad() -> TileMatrixSet {
    let matrices = (0..=MAX_ZOOM).map(|zoom| {
        let tiles = 1_u32 << zoom;
        TileMatrix {
            id: zoom.to_string(),
            scale_denominator: SCALE_AT_0 / f64::from(tiles),
            cell_size: CELL_AT_0_M / f64::from(tiles),
            corner_of_origin: "topLeft",
            point_of_origin: [-HALF_WORLD_M, HALF_WORLD_M],
            tile_width: TILE_PX,
            tile_height: TILE_PX,
            matrix_width: tiles,
            matrix_height: tiles,
        }
    });
    TileMatrixSet {
        id: WEB_MERCATOR_QUAD,
        title: "Google Maps Compatible for the World",
        uri: URI,
        crs: CRS,
        ordered_axes: ["X", "Y"],
        well_known_scale_set: SCALE_SET,
        tile_matrices: matrices.collect(),
    }
}
