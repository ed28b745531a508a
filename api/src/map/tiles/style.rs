//! A ready style for `MapLibre` (style specification, version 8): areas, lines, places and clusters of every
//! layer, each in its colour. It asks no other host for anything.

use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::documents::{first_look, last_zoom};
use super::links;
use crate::error::{ApiError, ApiResult};
use crate::map::ogc::documents::map_title;
use crate::map::ogc::links::MapUrl;
use crate::map::published::{LayerInfo, MapState};

/// Colours of layers in display order, told apart by people who see few colours (Okabe and Ito 2008,
/// darkened for white ground), then some more.
const COLOURS: [&str; 12] = [
    "#0b7a4b", "#0072b2", "#b8590b", "#8a3b8f", "#a67c00", "#2f6f8f", "#c2304f", "#4b5fc4", "#5d7a12",
    "#8a5a3c", "#00808a", "#6b6b6b",
];
const SOURCE: &str = "kangtu";
/// Zoom from which names fit beside their places.
const NAMES_FROM: u8 = 14;

/// The parameter of the style.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StyleQuery {
    /// `local` writes names and counts with the fonts of the reader's device, which `MapLibre` GL JS 5.11 or
    /// later can; `none`, as without it, leaves them out.
    #[param(value_type = Option<String>, example = "local")]
    pub(super) labels: Option<String>,
}

/// Where the letters of labels come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labels {
    /// There are none: any version of `MapLibre` draws the map.
    None,
    /// From the fonts of the reader's device (`MapLibre` GL JS 5.11 or later).
    Local,
}

impl Labels {
    /// Reads the parameter `labels`.
    pub(super) fn read(text: Option<&str>) -> ApiResult<Self> {
        match text {
            None | Some("none") => Ok(Self::None),
            Some("local") => Ok(Self::Local),
            Some(_) => Err(ApiError::bad_parameter(
                "labels",
                "参数 labels 只能是 none（不写名称）或 local（用设备上的字体写名称）。",
            )),
        }
    }
}

/// The style.
pub(super) fn style(url: &MapUrl, map: &MapState, labels: Labels) -> Value {
    let [lon, lat, zoom] = first_look(map);
    let coloured = || map.layers.iter().zip(COLOURS.into_iter().cycle());
    let mut layers = vec![json!({
        "id": "background", "type": "background", "paint": { "background-color": "#f7f7f4" },
    })];
    // Kind by kind, so that no area hides a line and no line a place.
    for draw in [area, outline, line, cluster, place] {
        layers.extend(coloured().map(|(layer, colour)| draw(map, layer, colour)));
    }
    if labels == Labels::Local {
        layers.extend(coloured().map(|(layer, _)| count(map, layer)));
        layers.extend(coloured().map(|(layer, colour)| name(map, layer, colour)));
    }
    json!({
        "version": 8,
        "name": map_title(map),
        "center": [lon, lat],
        "zoom": zoom,
        "sources": { SOURCE: { "type": "vector", "url": links::tile_json(url) } },
        "layers": layers,
    })
}

fn area(map: &MapState, layer: &LayerInfo, colour: &str) -> Value {
    let paint = json!({ "fill-color": colour, "fill-opacity": 0.25 });
    drawn(map, layer, "area", "fill", &json!(["==", "$type", "Polygon"]), &paint)
}

fn outline(map: &MapState, layer: &LayerInfo, colour: &str) -> Value {
    let paint = json!({ "line-color": colour, "line-width": 1 });
    drawn(map, layer, "outline", "line", &json!(["==", "$type", "Polygon"]), &paint)
}

fn line(map: &MapState, layer: &LayerInfo, colour: &str) -> Value {
    let width = json!({ "stops": [[10, 1.5], [16, 4]] });
    let paint = json!({ "line-color": colour, "line-width": width });
    drawn(map, layer, "line", "line", &json!(["==", "$type", "LineString"]), &paint)
}

fn cluster(map: &MapState, layer: &LayerInfo, colour: &str) -> Value {
    let radius = json!(["step", ["get", "count"], 10, 10, 13, 100, 17, 1000, 22]);
    let paint = json!({
        "circle-color": colour, "circle-radius": radius, "circle-opacity": 0.75,
        "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5,
    });
    drawn(
        map,
        layer,
        "cluster",
        "circle",
        &json!(["all", ["==", "$type", "Point"], ["has", "cluster"]]),
        &paint,
    )
}

fn place(map: &MapState, layer: &LayerInfo, colour: &str) -> Value {
    let paint = json!({
        "circle-color": colour, "circle-radius": 5,
        "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5,
    });
    drawn(
        map,
        layer,
        "place",
        "circle",
        &json!(["all", ["==", "$type", "Point"], ["!has", "cluster"]]),
        &paint,
    )
}

fn count(map: &MapState, layer: &LayerInfo) -> Value {
    let mut drawn =
        drawn(map, layer, "count", "symbol", &json!(["has", "cluster"]), &json!({ "text-color": "#ffffff" }));
    drawn["layout"] = json!({
        "text-field": ["to-string", ["get", "count"]], "text-font": ["sans-serif"], "text-size": 12,
        "text-allow-overlap": true,
    });
    drawn
}

fn name(map: &MapState, layer: &LayerInfo, colour: &str) -> Value {
    let paint = json!({ "text-color": colour, "text-halo-color": "#ffffff", "text-halo-width": 1.5 });
    let mut drawn = drawn(map, layer, "name", "symbol", &json!(["!has", "cluster"]), &paint);
    drawn["minzoom"] = json!(layer.min_zoom.max(NAMES_FROM));
    drawn["layout"] = json!({
        "text-field": ["get", "name"], "text-font": ["sans-serif"], "text-size": 12,
        "text-anchor": "top", "text-offset": [0, 0.6],
    });
    drawn
}

/// A layer of the style, shown at the zooms of the map's layer.
fn drawn(map: &MapState, layer: &LayerInfo, part: &str, kind: &str, filter: &Value, paint: &Value) -> Value {
    let mut drawn = json!({
        "id": format!("{}-{part}", layer.id), "type": kind,
        "source": SOURCE, "source-layer": layer.id,
        "minzoom": layer.min_zoom, "filter": filter, "paint": paint,
    });
    // A layer that is in the last tiles is seen however far a reader zooms in.
    if layer.max_zoom < last_zoom(map) {
        drawn["maxzoom"] = json!(layer.max_zoom + 1);
    }
    drawn
}
