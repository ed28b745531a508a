//! One tile: its layers, their shapes, places and clusters.

use std::borrow::{Borrow, Cow};
use std::cmp::Reverse;
use std::sync::Arc;

use super::address::{EXTENT, TileAddress};
use super::detail::{Detail, FULL_DETAIL_ZOOM};
use super::draw::{Draughtsman, Grid, on_tile};
use super::encode::{Commands, Key, Kind, LayerWriter, Value};
use super::world_shape::WorldShape;
use crate::parallel;
use crate::snapshot::{DRAWN_ALL, Feature, LayerSnapshot, MarkerCell};

/// The first zoom without clusters. Clients enlarge its tiles for all later zooms.
pub const SINGLE_PLACES_ZOOM: u8 = FULL_DETAIL_ZOOM;
/// A tile is divided into 8 by 8 cells for clusters: of 64 px where it is drawn 512 px wide.
const CELL_LEVELS: u8 = 3;
/// From so many shapes on the layers of a tile are drawn on all cores: fewer take less time than threads.
const SHAPES_FOR_A_THREAD: usize = 200;
/// Ids of clusters are above those of all places, and numbers that every client can hold.
const FIRST_CLUSTER_ID: u64 = 1 << 48;

/// The Mapbox Vector Tile (2.1) of some layers at this address, without any where nothing is to be seen.
///
/// It has one layer for each of `layers` that is shown at the zoom and has something there, in their
/// order. A line or polygon is drawn as such from the zoom at which its larger side reaches 48 px (of 512 per
/// tile); before, and if it is a point, it is a marker. Below [`SINGLE_PLACES_ZOOM`] the markers in
/// one cell of a grid are one point with the attributes `cluster`, `count` and `expansion_zoom`, the zoom at
/// which it opens; a single one stays itself. A marker belongs to one tile alone, lines and polygons reach
/// into the margin of the neighbours ([`super::BUFFER`]). What is nearer than half a pixel is left out.
///
/// Places have the attributes `name`, `layer`, `icon`, `region_code`, `region` and, for demonstration
/// data, `demo`; their ids are those of the features.
pub fn tile(layers: &[&LayerSnapshot], address: TileAddress) -> Vec<u8> {
    let zoom = address.zoom();
    let envelope = address.envelope();
    let drawn: Vec<DrawnLayer<'_>> = shown(layers, zoom)
        .map(|layer| {
            let mut features = Vec::new();
            layer.shapes_meeting(&envelope, view_zoom(zoom), &mut |feature| features.push(feature));
            DrawnLayer { layer, features }
        })
        .collect();
    let shapes: usize = drawn.iter().map(|drawn| drawn.features.len()).sum();
    let mut brush = Brush::default();
    if shapes < SHAPES_FOR_A_THREAD {
        return drawn.into_iter().flat_map(|drawn| brush.paint(drawn, address)).collect();
    }
    parallel::map_with(drawn, Brush::default, |brush, drawn| brush.paint(drawn, address)).concat()
}

/// A layer with the shapes that are drawn of it.
struct DrawnLayer<'l> {
    layer: &'l LayerSnapshot,
    features: Vec<&'l Arc<Feature>>,
}

/// What draws layers one after the other.
#[derive(Default)]
struct Brush {
    painter: Painter,
    detail: Detail,
}

impl Brush {
    fn paint(&mut self, DrawnLayer { layer, mut features }: DrawnLayer<'_>, address: TileAddress) -> Vec<u8> {
        features.sort_by_key(|feature| draw_order(feature));
        let finest_zoom = address.zoom().min(FULL_DETAIL_ZOOM);
        let shapes = features.into_iter().filter_map(|feature| {
            Some((feature.as_ref(), WorldShape::of(feature.geometry()?, finest_zoom, &mut self.detail)))
        });
        let mut tile = Vec::new();
        self.painter.layer(layer, address, shapes, &mut tile);
        tile
    }
}

/// A hash that changes with everything that the tile of these layers can show; a change of other places of the
/// neighbourhood may change it too. It costs far less than the tile.
pub fn content_hash(layers: &[&LayerSnapshot], address: TileAddress) -> u64 {
    let (cell, envelope) = (address.cell(), address.envelope());
    let hashes = shown(layers, address.zoom()).map(|layer| layer.hash_around(cell, &envelope));
    hashes.fold(0, |hash, of_layer| hash.rotate_left(5).wrapping_mul(MULTIPLIER) ^ of_layer)
}

/// Odd, with bits all over, so that the order of the layers counts.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

fn shown<'l>(layers: &'l [&'l LayerSnapshot], zoom: u8) -> impl Iterator<Item = &'l LayerSnapshot> {
    layers.iter().copied().filter(move |layer| layer.shown_at(zoom))
}

/// Shapes in the order in which they are drawn: small ones over large ones.
pub(super) fn draw_order(feature: &Feature) -> (Reverse<u32>, u32) {
    (Reverse(feature.world_side()), feature.id())
}

/// The zoom of the view that draws as shapes what a tile of this zoom does. Views are 256 px wide at zoom
/// 0, tiles are drawn 512 px wide.
pub(super) fn view_zoom(zoom: u8) -> u8 {
    if zoom < SINGLE_PLACES_ZOOM { zoom + 1 } else { DRAWN_ALL }
}

/// Writes layers of tiles.
#[derive(Default)]
pub(super) struct Painter {
    draughtsman: Draughtsman,
    commands: Commands,
}

impl Painter {
    /// Appends a layer with these shapes and with the markers it has on the tile.
    pub(super) fn layer<'m>(
        &mut self,
        layer: &'m LayerSnapshot,
        address: TileAddress,
        shapes: impl Iterator<Item = (&'m Feature, impl Borrow<WorldShape>)>,
        tile: &mut Vec<u8>,
    ) {
        let mut writer = LayerWriter::new(layer.id());
        let grid = Grid::of(address);
        for (feature, shape) in shapes {
            self.shape(layer, feature, shape.borrow(), grid, &mut writer);
        }
        if address.zoom() < SINGLE_PLACES_ZOOM {
            let zoom = address.zoom();
            for cell in layer.marker_cells(address.cell(), zoom + CELL_LEVELS, view_zoom(zoom)) {
                match cell.single() {
                    Some(feature) => self.place(layer, feature, grid, &mut writer),
                    None => self.cluster(layer, &cell, address, &mut writer),
                }
            }
        } else {
            for feature in layer.points_in(address.cell()) {
                self.place(layer, feature, grid, &mut writer);
            }
        }
        writer.finish(tile);
    }

    fn shape<'m>(
        &mut self,
        layer: &'m LayerSnapshot,
        feature: &'m Feature,
        shape: &WorldShape,
        grid: Grid,
        writer: &mut LayerWriter<'m>,
    ) {
        if !grid.meets(&shape.bounds) {
            return;
        }
        let mut described = false;
        for kind in [Kind::Polygon, Kind::Line, Kind::Point] {
            self.commands.clear();
            match kind {
                Kind::Polygon => self.draughtsman.polygons(shape, grid, &mut self.commands),
                Kind::Line => self.draughtsman.lines(shape, grid, &mut self.commands),
                Kind::Point => self.draughtsman.points(shape, grid, &mut self.commands),
            }
            if self.commands.is_empty() {
                continue;
            }
            if !described {
                describe(layer, feature, writer);
                described = true;
            }
            writer.feature(feature.id().into(), kind, &self.commands);
        }
    }

    fn place<'m>(
        &mut self,
        layer: &'m LayerSnapshot,
        feature: &'m Feature,
        grid: Grid,
        writer: &mut LayerWriter<'m>,
    ) {
        let at = feature.marker_at().and_then(|at| on_tile(grid.place([at.x, at.y])));
        if let Some(at) = at {
            describe(layer, feature, writer);
            self.commands.clear();
            self.commands.points(&[at]);
            writer.feature(feature.id().into(), Kind::Point, &self.commands);
        }
    }

    fn cluster<'m>(
        &mut self,
        layer: &'m LayerSnapshot,
        cell: &MarkerCell<'_>,
        address: TileAddress,
        writer: &mut LayerWriter<'m>,
    ) {
        let zoom = address.zoom();
        let middle = cell.middle();
        // The mean is rounded, by which it may step over the edge.
        let onto = |coordinate: i64| coordinate.clamp(0, i64::from(EXTENT) - 1);
        let at = on_tile(Grid::of(address).place([middle.x, middle.y]).map(onto));
        let opens = |&later: &u8| {
            u32::from(later + CELL_LEVELS) > cell.shared_levels() || cell.shape_zoom() <= view_zoom(later)
        };
        let expansion_zoom = (zoom + 1..SINGLE_PLACES_ZOOM).find(opens).unwrap_or(SINGLE_PLACES_ZOOM);
        writer.clear_tags();
        writer.tag(Key::Layer, Value::Text(Cow::Borrowed(layer.id())));
        writer.tag(Key::Icon, Value::Text(Cow::Borrowed(layer.icon())));
        writer.tag(Key::Cluster, Value::True);
        writer.tag(Key::Count, Value::Number(cell.count()));
        writer.tag(Key::ExpansionZoom, Value::Number(expansion_zoom.into()));
        self.commands.clear();
        self.commands.points(at.as_slice());
        let id = FIRST_CLUSTER_ID | (u64::from(zoom) << 40) | cell.number;
        writer.feature(id, Kind::Point, &self.commands);
    }
}

fn describe<'m>(layer: &'m LayerSnapshot, feature: &'m Feature, writer: &mut LayerWriter<'m>) {
    let attributes = feature.attributes();
    writer.clear_tags();
    writer.tag(Key::Name, Value::Text(Cow::Borrowed(feature.name())));
    writer.tag(Key::Layer, Value::Text(Cow::Borrowed(layer.id())));
    writer.tag(Key::Icon, Value::Text(Cow::Borrowed(layer.icon())));
    if let Some(code) = attributes.region_code {
        writer.tag(Key::RegionCode, Value::Text(code));
    }
    if let Some(region) = attributes.region {
        writer.tag(Key::Region, Value::Text(region));
    }
    if attributes.demo {
        writer.tag(Key::Demo, Value::True);
    }
}
