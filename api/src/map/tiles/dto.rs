//! The JSON bodies of OGC API Tiles 1.0 (20-057), of Tile Matrix Sets 2.0 (17-083r4) and of `TileJSON` 3.0.0.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// A link to another resource (RFC 8288), perhaps with names to be replaced in its address (RFC 6570).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct TileLink {
    /// Absolute address.
    pub(super) href: String,
    /// What the target is to this resource.
    #[schema(value_type = String, example = "item")]
    pub(super) rel: &'static str,
    /// Media type of the target.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "application/vnd.mapbox-vector-tile")]
    pub(super) media_type: &'static str,
    /// What people call the target.
    pub(super) title: String,
    /// Whether names in braces have to be replaced by numbers.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) templated: bool,
}

/// Ways in which tiles can be had.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct TileSetList {
    /// To this list and back.
    pub(super) links: Vec<TileLink>,
    /// The tile sets.
    pub(super) tilesets: Vec<TileSetItem>,
}

/// A tile set in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TileSetItem {
    /// What people call it.
    pub(super) title: String,
    /// Always `vector`.
    #[schema(value_type = String, example = "vector")]
    pub(super) data_type: &'static str,
    /// Coordinate reference system of the tiles.
    #[schema(value_type = String)]
    pub(super) crs: &'static str,
    /// How the world is divided.
    #[serde(rename = "tileMatrixSetURI")]
    #[schema(value_type = String)]
    pub(super) tile_matrix_set_uri: &'static str,
    /// To the description, the definition of the matrices, and the tiles.
    pub(super) links: Vec<TileLink>,
}

/// A tile set with its layers.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TileSet {
    /// What is known of it.
    #[serde(flatten)]
    pub(super) item: TileSetItem,
    /// Where its places lie; absent while none has a position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bounding_box: Option<TileBounds>,
    /// The layers in the tiles.
    pub(super) layers: Vec<TileLayer>,
}

/// A box in WGS-84.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TileBounds {
    /// West and south in degrees.
    #[schema(value_type = Vec<f64>)]
    pub(super) lower_left: [f64; 2],
    /// East and north in degrees.
    #[schema(value_type = Vec<f64>)]
    pub(super) upper_right: [f64; 2],
    /// Coordinate reference system of the box.
    #[schema(value_type = String)]
    pub(super) crs: &'static str,
}

/// A layer in the tiles.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TileLayer {
    /// Id of the layer, in the map and in the tiles.
    #[schema(example = "park")]
    pub(super) id: String,
    /// What people call it.
    pub(super) title: String,
    /// One plain sentence.
    pub(super) description: String,
    /// Always `vector`.
    #[schema(value_type = String, example = "vector")]
    pub(super) data_type: &'static str,
    /// First matrix in which it is shown.
    pub(super) min_tile_matrix: String,
    /// Last matrix in which it is shown.
    pub(super) max_tile_matrix: String,
    /// Attributes of its features, as a JSON schema.
    #[schema(value_type = Object)]
    pub(super) properties_schema: serde_json::Value,
}

/// The tile matrix sets that there are.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TileMatrixSetList {
    /// One for each.
    pub(super) tile_matrix_sets: Vec<TileMatrixSetItem>,
}

/// A tile matrix set in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct TileMatrixSetItem {
    /// Its id here.
    #[schema(value_type = String, example = "WebMercatorQuad")]
    pub(super) id: &'static str,
    /// Its title.
    #[schema(value_type = String)]
    pub(super) title: &'static str,
    /// Its registered address.
    #[schema(value_type = String)]
    pub(super) uri: &'static str,
    /// To its definition.
    pub(super) links: Vec<TileLink>,
}

/// How the world is divided into tiles.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TileMatrixSet {
    /// Its id.
    #[schema(value_type = String, example = "WebMercatorQuad")]
    pub(super) id: &'static str,
    /// Its title.
    #[schema(value_type = String)]
    pub(super) title: &'static str,
    /// Its registered address.
    #[schema(value_type = String)]
    pub(super) uri: &'static str,
    /// Coordinate reference system.
    #[schema(value_type = String)]
    pub(super) crs: &'static str,
    /// Order of the axes.
    #[schema(value_type = Vec<String>)]
    pub(super) ordered_axes: [&'static str; 2],
    /// The well-known scales.
    #[schema(value_type = String)]
    pub(super) well_known_scale_set: &'static str,
    /// One for each zoom.
    pub(super) tile_matrices: Vec<TileMatrix>,
}

/// The tiles of one zoom.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TileMatrix {
    /// The zoom.
    #[schema(example = "12")]
    pub(super) id: String,
    /// Scale at a pixel of 0.28 mm.
    pub(super) scale_denominator: f64,
    /// Metres per pixel on the equator.
    pub(super) cell_size: f64,
    /// Where rows and columns begin.
    #[schema(value_type = String)]
    pub(super) corner_of_origin: &'static str,
    /// That corner in metres.
    #[schema(value_type = Vec<f64>)]
    pub(super) point_of_origin: [f64; 2],
    /// Pixels.
    pub(super) tile_width: u32,
    /// Pixels.
    pub(super) tile_height: u32,
    /// Columns.
    pub(super) matrix_width: u32,
    /// Rows.
    pub(super) matrix_height: u32,
}

/// `TileJSON` 3.0.0.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct TileJson {
    /// Version of the format.
    #[schema(value_type = String, example = "3.0.0")]
    pub(super) tilejson: &'static str,
    /// Name of the map.
    pub(super) name: String,
    /// Whom the map owes a line wherever it is shown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) attribution: String,
    /// Address of a tile with `{z}`, `{x}` and `{y}`.
    pub(super) tiles: Vec<String>,
    /// Rows count from the north.
    #[schema(value_type = String, example = "xyz")]
    pub(super) scheme: &'static str,
    /// First zoom.
    pub(super) minzoom: u8,
    /// Last zoom that is worth asking for; its tiles are enlarged beyond.
    pub(super) maxzoom: u8,
    /// West, south, east, north in degrees.
    #[schema(value_type = Vec<f64>)]
    pub(super) bounds: [f64; 4],
    /// Longitude, latitude and zoom to begin at.
    #[schema(value_type = Vec<f64>)]
    pub(super) center: [f64; 3],
    /// The layers in the tiles.
    pub(super) vector_layers: Vec<VectorLayer>,
}

/// A layer in the tiles.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct VectorLayer {
    /// Its id.
    #[schema(example = "park")]
    pub(super) id: String,
    /// What people call it.
    pub(super) description: String,
    /// First zoom in which it is shown.
    pub(super) minzoom: u8,
    /// Last zoom in which it is shown.
    pub(super) maxzoom: u8,
    /// What its attributes mean.
    pub(super) fields: BTreeMap<String, String>,
}
