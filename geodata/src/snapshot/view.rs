//! What a phone draws: markers, clusters and simplified shapes of a box, never more than a limit.

use super::Snapshot;
use super::content_hash::ContentHash;
use super::drawings::Style;
use super::drawn_shapes::{DrawnShape, DrawnShapes};
use super::feature::Feature;
use super::layer::{LayerSet, LayerSnapshot, write_quoted};
use super::marker_grid::{Cell, LAST_ZOOM, MarkerGrid, cell_level};
use super::micro_degrees::{MicroDegrees, write_integer};
use super::page::envelopes;
use super::view_source::ViewLayers;
use crate::bbox::Bbox;
use crate::crs::Datum;

/// Most items that a view ever holds; phones stutter beyond some hundred markers.
pub const MAX_VIEW_ITEMS: usize = 200;
/// Largest zoom of a view.
pub const MAX_ZOOM: u8 = LAST_ZOOM;

/// Ids of clusters are nine-digit numbers from here on, above all usual feature ids.
const FIRST_CLUSTER_ID: u32 = 500_000_000;

/// Asks for what a phone draws.
#[derive(Debug, Clone)]
pub struct ViewQuery<'q> {
    /// Layers to draw; those not shown at the zoom are left out.
    pub layers: &'q LayerSet,
    /// The visible box, in WGS-84.
    pub bbox: Bbox,
    /// Zoom level, 0 to [`MAX_ZOOM`] (the world is 256 px wide at 0); larger ones count as that.
    pub zoom: u8,
    /// Most items, 1 to [`MAX_VIEW_ITEMS`]; values outside are moved to the nearest bound.
    pub limit: usize,
    /// Datum of the coordinates written.
    pub datum: Datum,
}

/// What a view holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ViewSummary {
    /// Single places drawn as a point.
    pub markers: usize,
    /// Clusters of places.
    pub clusters: usize,
    /// Lines and polygons drawn as such.
    pub shapes: usize,
    /// Whether the limit made the view coarser than its zoom: some shapes are drawn as markers, or
    /// clusters cover larger cells.
    pub truncated: bool,
}

/// Writes the items of one view.
struct ViewWriter<'s, 'o> {
    snapshot: &'s Snapshot,
    layers: &'o [&'s LayerSnapshot],
    zoom: u8,
    datum: Datum,
    out: &'o mut Vec<u8>,
    summary: ViewSummary,
    /// Ids taken that a cluster id could meet.
    high_ids: Vec<u32>,
}

impl Snapshot {
    /// Appends a `GeoJSON` `FeatureCollection` of what a phone draws and says what is in it.
    ///
    /// Points are markers. A line or polygon is a marker until its larger side reaches 48 px and a
    /// simplified shape from then on; shapes take at most half of the limit, by whole zoom classes,
    /// and those that do not fit stay markers. Whether a shape is in the box is judged by its
    /// envelope. Markers are grouped by the cells of a fixed grid: a cell with one member is the
    /// place itself, with more it is a cluster at their mean position. Cells are counted whole, so
    /// clusters do not change while the map is moved; when they exceed the limit, cells of a
    /// coarser level are taken.
    ///
    /// Properties of places are `layer`, `icon`, `name`; of clusters `cluster`, `count`,
    /// `expansion_zoom` (at [`MAX_ZOOM`] the members may still be together) and `by_layer`. Ids of
    /// clusters are numbers from 500,000,000 to 999,999,999, derived from the cell: the same cell
    /// has the same id in every view, unless that number is taken by another item of the same view.
    pub fn view(&self, query: &ViewQuery, out: &mut Vec<u8>) -> ViewSummary {
        let zoom = query.zoom.min(MAX_ZOOM);
        let limit = query.limit.clamp(1, MAX_VIEW_ITEMS);
        let boxes = envelopes(&query.bbox);
        let shown = ViewLayers::shown(self, &query.layers.places, zoom);
        let sources = shown.sources(self, &boxes);
        let drawn = DrawnShapes::select(&sources, &boxes, zoom, limit / 2);
        let budget = limit - drawn.shapes.len();
        let layers = shown.layers.len();
        let grid = MarkerGrid::fitting(&boxes, zoom, drawn.drawn_below, budget, &sources, layers);

        let mut writer = ViewWriter {
            snapshot: self,
            layers: &shown.layers,
            zoom,
            datum: query.datum,
            out,
            summary: ViewSummary {
                truncated: drawn.drawn_below <= zoom || grid.level < cell_level(zoom),
                ..ViewSummary::default()
            },
            high_ids: Vec::new(),
        };
        writer.write(&drawn, &grid);
        writer.summary
    }
}

impl<'s> ViewWriter<'s, '_> {
    fn write(&mut self, drawn: &DrawnShapes<'s>, grid: &MarkerGrid<'s>) {
        let places = grid.cells.iter().filter(|cell| cell.count() == 1);
        let single = places.filter_map(|cell| cell.sample().map(Feature::id));
        let shape_ids = drawn.shapes.iter().map(|shape| shape.id);
        self.high_ids = shape_ids.chain(single).filter(|&id| id >= FIRST_CLUSTER_ID).collect();

        self.out.extend_from_slice(br#"{"type":"FeatureCollection","features":["#);
        for shape in &drawn.shapes {
            self.shape(shape);
        }
        for cell in &grid.cells {
            match cell.sample() {
                Some(feature) if cell.count() == 1 => self.marker(feature, cell.layer),
                _ => self.cluster(cell, grid.level, grid.by_layer(cell)),
            }
        }
        self.out.extend_from_slice(b"]}");
    }

    fn shape(&mut self, shape: &DrawnShape) {
        let (Some(feature), Some(layer)) = (shape.feature(), self.layers.get(shape.layer)) else {
            return;
        };
        self.summary.shapes += 1;
        self.separate();
        let style = Style::at(self.zoom, self.datum);
        self.snapshot.drawings.write(feature, style, layer.item_properties(), self.out);
    }

    fn marker(&mut self, feature: &Feature, layer: usize) {
        let Some(placement) = feature.placement() else {
            return;
        };
        self.summary.markers += 1;
        self.begin(feature.id());
        self.point(placement.marker(self.datum));
        self.place_properties(feature, layer);
    }

    fn cluster(&mut self, cell: &Cell, level: u8, by_layer: &[u32]) {
        self.summary.clusters += 1;
        let id = self.cluster_id(cell.first_code, level);
        self.begin(id);
        self.point(cell.middle(self.datum));
        self.out.extend_from_slice(br#","properties":{"cluster":true,"count":"#);
        write_integer(cell.count(), self.out);
        self.out.extend_from_slice(br#","expansion_zoom":"#);
        write_integer(u32::from(cell.expansion_zoom(self.zoom)), self.out);
        self.out.extend_from_slice(br#","by_layer":{"#);
        let counted = self.layers.iter().zip(by_layer);
        let mut separator = &b""[..];
        for (layer, &count) in counted.filter(|&(_, &count)| count > 0) {
            self.out.extend_from_slice(separator);
            self.out.extend_from_slice(layer.count_key());
            write_integer(count, self.out);
            separator = b",";
        }
        self.out.extend_from_slice(b"}}}");
    }

    fn separate(&mut self) {
        if self.out.last() != Some(&b'[') {
            self.out.push(b',');
        }
    }

    fn begin(&mut self, id: u32) {
        self.separate();
        self.out.extend_from_slice(br#"{"type":"Feature","id":"#);
        write_integer(id, self.out);
        self.out.extend_from_slice(br#","geometry":"#);
    }

    fn point(&mut self, position: MicroDegrees) {
        self.out.extend_from_slice(br#"{"type":"Point","coordinates":["#);
        position.write(self.out);
        self.out.extend_from_slice(b"]}");
    }

    fn place_properties(&mut self, feature: &Feature, layer: usize) {
        let properties = self.layers.get(layer).map(|layer| layer.item_properties());
        self.out.extend_from_slice(properties.unwrap_or_default());
        write_quoted(feature.name(), self.out);
        self.out.extend_from_slice(b"}}");
    }

    /// A number for the cell at this level that no other item of the view has.
    fn cluster_id(&mut self, first_code: u64, level: u8) -> u32 {
        let mut hash = ContentHash::new();
        hash.number(first_code).number(u64::from(level));
        let span = u64::from(FIRST_CLUSTER_ID);
        let mut id = FIRST_CLUSTER_ID + u32::try_from(hash.finish() % span).unwrap_or(0);
        while self.high_ids.contains(&id) {
            id = if id + 1 == 2 * FIRST_CLUSTER_ID { FIRST_CLUSTER_ID } else { id + 1 };
        }
        self.high_ids.push(id);
        id
    }
}
