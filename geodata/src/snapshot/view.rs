//! What a phone draws: markers, clusters and simplified shapes of a box, never more than a limit.

use std::cmp::Reverse;

use super::Snapshot;
use super::chunk::{ChunkEntry, Shape};
use super::content_hash::ContentHash;
use super::feature::Feature;
use super::layer::{LayerSet, LayerSnapshot, write_quoted};
use super::marker_grid::{Cell, LAST_ZOOM, MarkerGrid, cell_level};
use super::micro_degrees::{MicroDegrees, write_integer};
use super::page::envelopes;
use super::record::FeatureId;
use super::spatial_index::{Envelope, holds, meet};
use crate::bbox::Bbox;
use crate::crs::Datum;

/// Most items that a view ever holds; phones stutter beyond some hundred markers.
pub const MAX_VIEW_ITEMS: usize = 200;
/// Largest zoom of a view.
pub const MAX_ZOOM: u8 = LAST_ZOOM;

/// Ids of clusters are nine-digit numbers from here on, above all usual feature ids.
const FIRST_CLUSTER_ID: u32 = 500_000_000;
/// Shapes of a chunk are looked through one by one, largest first, when they are few or when the
/// view covers much of the chunk; otherwise they are searched for.
const FEW_SHAPES: usize = 64;
/// Share of a chunk's area that counts as much.
const MUCH_COVERED: f64 = 1.0 / 16.0;

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

/// The shapes of a view.
struct DrawnShapes<'s> {
    /// Largest first.
    shapes: Vec<DrawnShape<'s>>,
    /// Features whose zoom class is below this are drawn as shapes, all others are markers.
    drawn_below: u8,
}

/// A feature that a view can draw as a shape.
struct DrawnShape<'s> {
    side: u32,
    /// First zoom at which it is drawn.
    drawn_from: u8,
    id: FeatureId,
    feature: &'s Feature,
    /// Place of its layer in the view.
    layer: usize,
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
        let layers: Vec<&LayerSnapshot> =
            self.layers_of(query.layers).filter(|layer| layer.shown_at(zoom)).collect();
        let drawn = DrawnShapes::select(&layers, &boxes, zoom, limit / 2);
        let chunks: Vec<&[ChunkEntry]> = layers.iter().map(|layer| layer.chunks()).collect();
        let budget = limit - drawn.shapes.len();
        let grid = MarkerGrid::fitting(&boxes, zoom, drawn.drawn_below, budget, &chunks);

        let mut writer = ViewWriter {
            snapshot: self,
            layers: &layers,
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

impl<'s> DrawnShapes<'s> {
    fn select(layers: &[&'s LayerSnapshot], boxes: &[Envelope], zoom: u8, at_most: usize) -> Self {
        let mut found = Self { shapes: Vec::new(), drawn_below: zoom + 1 };
        // One more than fits, so that too many are noticed.
        let wanted = at_most + 1;
        for (layer, snapshot) in layers.iter().enumerate() {
            for entry in snapshot.chunks() {
                found.take_from_chunk(entry, layer, boxes, zoom, wanted);
                if found.shapes.len() > 8 * wanted {
                    found.keep_largest(wanted);
                }
            }
        }
        found.keep_largest(wanted);
        if let Some(first_too_many) = found.shapes.get(at_most) {
            // The class that does not fit as a whole stays with the markers.
            found.drawn_below = first_too_many.drawn_from;
            let drawn_below = found.drawn_below;
            found.shapes.retain(|shape| shape.drawn_from < drawn_below);
        }
        found
    }

    fn take_from_chunk(
        &mut self,
        entry: &'s ChunkEntry,
        layer: usize,
        boxes: &[Envelope],
        zoom: u8,
        at_most: usize,
    ) {
        let (ids, members) = (entry.chunk.ids(), entry.chunk.members());
        shapes_of_chunk(entry, boxes, zoom, at_most, |shape| {
            if let (Some(&id), Some(feature)) = (ids.get(shape.member), members.get(shape.member)) {
                self.shapes.push(DrawnShape {
                    side: shape.side,
                    drawn_from: shape.drawn_from,
                    id,
                    feature,
                    layer,
                });
            }
        });
    }

    /// Sorts by size and drops what is beyond the first `number`.
    fn keep_largest(&mut self, number: usize) {
        self.shapes.sort_unstable_by_key(|shape| (Reverse(shape.side), shape.id));
        self.shapes.truncate(number);
    }
}

/// Calls `found` with the `at_most` largest shapes of a chunk that are drawn at `zoom` and meet the
/// boxes.
fn shapes_of_chunk<'s>(
    entry: &'s ChunkEntry,
    boxes: &[Envelope],
    zoom: u8,
    at_most: usize,
    mut found: impl FnMut(&'s Shape),
) {
    if !boxes.iter().any(|other| meet(other, &entry.envelope)) {
        return;
    }
    let chunk = entry.chunk.as_ref();
    let shapes = chunk.shapes(zoom);
    let inside = boxes.iter().any(|outer| holds(outer, &entry.envelope));
    if inside || shapes.len() <= FEW_SHAPES || share_covered(boxes, &entry.envelope) > MUCH_COVERED {
        shapes
            .iter()
            .filter(|shape| inside || boxes.iter().any(|other| meet(other, &shape.envelope)))
            .take(at_most)
            .for_each(&mut found);
    } else {
        let mut ranks = Vec::new();
        chunk.index().search(boxes, &mut |member, _| {
            let rank = chunk.shape_rank(member);
            if rank < shapes.len() {
                ranks.push(rank);
            }
        });
        if ranks.len() > at_most {
            ranks.select_nth_unstable(at_most);
            ranks.truncate(at_most);
        }
        ranks.iter().filter_map(|&rank| shapes.get(rank)).for_each(&mut found);
    }
}

/// Share of the envelope's area that the boxes cover.
fn share_covered(boxes: &[Envelope], envelope: &Envelope) -> f64 {
    let area = |[west, south, east, north]: [f64; 4]| (east - west).max(0.0) * (north - south).max(0.0);
    let common = |other: &Envelope| {
        area([
            other[0].max(envelope[0]),
            other[1].max(envelope[1]),
            other[2].min(envelope[2]),
            other[3].min(envelope[3]),
        ])
    };
    boxes.iter().map(common).sum::<f64>() / area(*envelope).max(f64::MIN_POSITIVE)
}

impl<'s> ViewWriter<'s, '_> {
    fn write(&mut self, drawn: &DrawnShapes<'s>, grid: &MarkerGrid<'s>) {
        let places = grid.cells.iter().filter(|cell| cell.count() == 1);
        let single = places.filter_map(|cell| cell.sample.map(|(feature, _)| feature.id()));
        let shape_ids = drawn.shapes.iter().map(|shape| shape.id);
        self.high_ids = shape_ids.chain(single).filter(|&id| id >= FIRST_CLUSTER_ID).collect();

        self.out.extend_from_slice(br#"{"type":"FeatureCollection","features":["#);
        for shape in &drawn.shapes {
            self.shape(shape.feature, shape.layer);
        }
        for cell in &grid.cells {
            match cell.sample {
                Some((feature, layer)) if cell.count() == 1 => self.marker(feature, layer),
                _ => self.cluster(cell, grid.level, grid.by_layer(cell)),
            }
        }
        self.out.extend_from_slice(b"]}");
    }

    fn shape(&mut self, feature: &Feature, layer: usize) {
        self.summary.shapes += 1;
        self.begin(feature.id());
        self.snapshot.shapes.write(feature, self.zoom, self.datum, self.out);
        self.place_properties(feature, layer);
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
        for (layer, &count) in counted.filter(|&(_, &count)| count > 0) {
            if self.out.last() != Some(&b'{') {
                self.out.push(b',');
            }
            self.out.extend_from_slice(layer.quoted_id());
            self.out.push(b':');
            write_integer(count, self.out);
        }
        self.out.extend_from_slice(b"}}}");
    }

    fn begin(&mut self, id: u32) {
        if self.out.last() != Some(&b'[') {
            self.out.push(b',');
        }
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
