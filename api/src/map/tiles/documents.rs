//! What describes the tiles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use geodata::Bbox;
use geodata::tiles::{MAX_ZOOM, SINGLE_PLACES_ZOOM, licences};
use serde_json::json;

use super::dto::{
    TileBounds, TileJson, TileLayer, TileLink, TileMatrixSetItem, TileMatrixSetList, TileSet, TileSetItem,
    TileSetList, VectorLayer,
};
use super::links::{self, MVT, Of, WEB_MERCATOR_QUAD};
use super::selection::{ChosenLayer, all_layers};
use super::tile_matrix_set::{self, web_mercator_quad};
use crate::map::ogc::documents::{around, map_title};
use crate::map::ogc::links::MapUrl;
use crate::map::ogc::reference_systems::CRS84;
use crate::map::published::MapState;

/// Relation of a tile set to the definition of its matrices.
const TILING_SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
const JSON: &str = "application/json";
/// Zoom to begin at: a sub-district fits on a screen.
const FIRST_LOOK_ZOOM: f64 = 12.0;

/// Attributes of features, their types and what they mean.
const ATTRIBUTES: [(&str, &str, &str); 9] = [
    ("name", "string", "Name of the place"),
    ("layer", "string", "Id of the layer"),
    ("icon", "string", "Name of the icon of the layer"),
    ("region_code", "string", "Statistical code of the region"),
    ("region", "string", "Name of the region"),
    ("demo", "boolean", "True for demonstration data, which does not exist"),
    ("cluster", "boolean", "True for several places drawn as one point"),
    ("count", "integer", "Number of places in a cluster"),
    ("expansion_zoom", "integer", "Zoom at which a cluster opens"),
];

/// The list with the one tile set of the map or of a layer.
pub(super) fn tile_sets(url: &MapUrl, of: Of<'_>, title: String) -> TileSetList {
    TileSetList {
        links: vec![link("self", of.tile_sets(url), "本页")], tilesets: vec![item(url, of, title)]
    }
}

/// The tile set of these layers.
pub(super) fn tile_set(url: &MapUrl, of: Of<'_>, title: String, layers: &[ChosenLayer<'_>]) -> TileSet {
    let bounding_box = extent(layers).map(|extent| {
        let [west, south, east, north] = around(&extent);
        TileBounds { lower_left: [west, south], upper_right: [east, north], crs: CRS84 }
    });
    TileSet { item: item(url, of, title), bounding_box, layers: layers.iter().map(tile_layer).collect() }
}

fn item(url: &MapUrl, of: Of<'_>, title: String) -> TileSetItem {
    let tiles = TileLink {
        href: of.tile(url, ["{tileMatrix}", "{tileRow}", "{tileCol}"]),
        rel: "item",
        media_type: MVT,
        title: "一块瓦片".into(),
        templated: true,
    };
    TileSetItem {
        title,
        data_type: "vector",
        crs: tile_matrix_set::CRS,
        tile_matrix_set_uri: tile_matrix_set::URI,
        links: vec![
            link("self", of.tile_set(url), "这套瓦片的说明"),
            link(TILING_SCHEME, links::tile_matrix_set(url), "瓦片的分级方案"),
            tiles,
        ],
    }
}

fn tile_layer(layer: &ChosenLayer<'_>) -> TileLayer {
    let property = |&(name, kind, meaning): &(&str, &str, &str)| {
        (name.to_owned(), json!({ "type": kind, "description": meaning }))
    };
    let properties: serde_json::Map<_, _> = ATTRIBUTES.iter().map(property).collect();
    TileLayer {
        id: layer.info.id.clone(),
        title: layer.info.title.clone(),
        description: layer.info.description.clone(),
        data_type: "vector",
        min_tile_matrix: layer.info.min_zoom.to_string(),
        max_tile_matrix: layer.info.max_zoom.min(MAX_ZOOM).to_string(),
        properties_schema: json!({ "type": "object", "properties": properties }),
    }
}

/// The tile matrix sets.
pub(super) fn tile_matrix_sets(url: &MapUrl) -> TileMatrixSetList {
    let set = web_mercator_quad();
    TileMatrixSetList {
        tile_matrix_sets: vec![TileMatrixSetItem {
            id: WEB_MERCATOR_QUAD,
            title: set.title,
            uri: set.uri,
            links: vec![link("self", links::tile_matrix_set(url), "瓦片的分级方案")],
        }],
    }
}

/// `TileJSON` of the whole map, with what [`Credits`] are owed.
pub(super) fn tile_json(url: &MapUrl, map: &MapState, attribution: String) -> TileJson {
    TileJson {
        tilejson: "3.0.0",
        name: map_title(map),
        attribution,
        tiles: vec![Of::Map { collections: None }.tile(url, ["{z}", "{y}", "{x}"])],
        scheme: "xyz",
        minzoom: 0,
        maxzoom: last_zoom(map),
        bounds: bounds(map),
        center: first_look(map),
        vector_layers: vector_layers(map, last_zoom(map)),
    }
}

fn bounds(map: &MapState) -> [f64; 4] {
    around(&extent(&all_layers(map)).unwrap_or(Bbox::WORLD))
}

/// Longitude, latitude and zoom to begin at.
pub(super) fn first_look(map: &MapState) -> [f64; 3] {
    let [west, south, east, north] = bounds(map);
    [west.midpoint(east), south.midpoint(north), FIRST_LOOK_ZOOM]
}

/// What an archive of all tiles up to a zoom says of itself, as JSON (`PMTiles` 3, section 5).
///
/// # Errors
/// When it cannot be written as JSON.
pub fn archive_metadata(map: &MapState, max_zoom: u8) -> serde_json::Result<String> {
    serde_json::to_string(&json!({
        "name": map_title(map),
        "type": "overlay",
        "attribution": credits(map),
        "vector_layers": vector_layers(map, max_zoom),
    }))
}

/// The credits of the map last looked at: looking at every place costs some milliseconds.
#[derive(Debug, Default)]
pub(super) struct Credits(Mutex<Option<(u64, String)>>);

impl Credits {
    /// Those of this map.
    pub(super) fn of(&self, map: &MapState) -> String {
        let content = map.snapshot.content_hash(&map.snapshot.all_layers());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.as_ref() {
            Some((of, credits)) if *of == content => credits.clone(),
            _ => known.insert((content, credits(map))).1.clone(),
        }
    }
}

/// The last zoom that a client has to ask for: that at which all places stand alone, or a later one if some
/// layer is not shown before.
pub(super) fn last_zoom(map: &MapState) -> u8 {
    let first_zooms = map.layers.iter().map(|layer| layer.min_zoom);
    first_zooms.max().unwrap_or(0).clamp(SINGLE_PLACES_ZOOM, MAX_ZOOM)
}

/// Whom the map owes a line wherever it is shown: what of its licences names a copyright.
fn credits(map: &MapState) -> String {
    let layers: Vec<_> = map.snapshot.layers().collect();
    let licences = licences(&layers);
    let owed: BTreeSet<&str> = licences
        .iter()
        .flat_map(|licence| licence.split([';', '；']))
        .map(str::trim)
        .filter(|part| part.contains('©'))
        .collect();
    owed.into_iter().collect::<Vec<_>>().join("; ")
}

fn vector_layers(map: &MapState, max_zoom: u8) -> Vec<VectorLayer> {
    let described = ATTRIBUTES.map(|(name, _, meaning)| (name.to_owned(), meaning.to_owned()));
    let fields = BTreeMap::from(described);
    let shown = map.layers.iter().filter(|layer| layer.min_zoom <= max_zoom);
    shown
        .map(|layer| VectorLayer {
            id: layer.id.clone(),
            description: layer.title.clone(),
            minzoom: layer.min_zoom,
            maxzoom: layer.max_zoom.min(max_zoom),
            fields: fields.clone(),
        })
        .collect()
}

fn extent(layers: &[ChosenLayer<'_>]) -> Option<Bbox> {
    let extents = layers.iter().filter_map(|layer| layer.places.extent());
    extents.reduce(|all, other| all.union(&other))
}

fn link(rel: &'static str, href: String, title: &str) -> TileLink {
    TileLink { href, rel, media_type: JSON, title: title.into(), templated: false }
}
