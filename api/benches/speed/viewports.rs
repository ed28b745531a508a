//! What phones and GIS programs look at: boxes that hold about as many features of one layer.

use anyhow::ensure;
use geodata::Bbox;
use geodata::snapshot::{PageQuery, Snapshot};

/// The layer whose features are listed.
const LAYER: &str = "park";
/// Features in a box.
const FEATURES: usize = 250;
/// How far from that a box may be.
const TOLERANCE: usize = 10;
/// Largest half side that is tried, degrees.
const LARGEST_DEG: f64 = 0.2;
/// Width of a phone's map and of a tile at zoom 0, pixels.
const PHONE_PX: f64 = 400.0;
const TILE_PX: f64 = 256.0;
const ZOOM_END: f64 = 20.0;

/// A box on the map at the zoom of a phone that shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Viewport {
    bbox: Bbox,
    zoom: f64,
}

/// What of a box is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// The features of the layer that is listed.
    OneLayer,
    /// The features of all layers together.
    AllLayers,
}

/// Chooses `count` boxes around features spread over the layer.
pub(crate) fn choose(map: &Snapshot, count: usize, counted: Counted) -> anyhow::Result<Vec<Viewport>> {
    let Some(layer) = map.layer(LAYER) else {
        anyhow::bail!("the map has no layer {LAYER}");
    };
    let all = map.page(layer, &PageQuery { limit: usize::MAX / 4, ..PageQuery::default() });
    // Some middles lie at a rim where no box fits; there are more of them than needed.
    let middles = all.features.iter().step_by((all.features.len() / (3 * count)).max(1));
    let viewports: Vec<Viewport> = middles
        .filter_map(|feature| Bbox::of(feature.geometry()?))
        .filter_map(|shape| around(map, counted, &shape))
        .take(count)
        .collect();
    ensure!(viewports.len() == count, "only {} boxes hold about {FEATURES} features", viewports.len());
    Ok(viewports)
}

fn around(map: &Snapshot, counted: Counted, shape: &Bbox) -> Option<Viewport> {
    let (lon, lat) = (f64::midpoint(shape.west, shape.east), f64::midpoint(shape.south, shape.north));
    let (mut too_small, mut too_large) = (0.0, LARGEST_DEG);
    for _ in 0..24 {
        let half_deg = f64::midpoint(too_small, too_large);
        let bbox = Bbox::new(lon - half_deg, lat - half_deg, lon + half_deg, lat + half_deg).ok()?;
        let query = PageQuery { bbox: Some(bbox), limit: 1, ..PageQuery::default() };
        let matched: usize = map
            .layers()
            .filter(|layer| counted == Counted::AllLayers || layer.id().as_ref() == LAYER)
            .map(|layer| map.page(layer, &query).matched)
            .sum();
        if matched.abs_diff(FEATURES) <= TOLERANCE {
            return Some(Viewport { bbox, zoom: zoom_of(bbox) });
        }
        if matched < FEATURES {
            too_small = half_deg;
        } else {
            too_large = half_deg;
        }
    }
    None
}

/// The zoom at which the box is as wide as a phone.
fn zoom_of(bbox: Bbox) -> f64 {
    (PHONE_PX / TILE_PX * 360.0 / bbox.width_deg()).log2().floor().clamp(0.0, ZOOM_END)
}

impl Viewport {
    /// Width of the box on the ground, metres.
    pub(crate) fn width_m(&self) -> f64 {
        self.bbox.width_deg() * 111_320.0 * self.bbox.south.to_radians().cos()
    }

    /// The features of one layer as OGC API Features lists them.
    pub(crate) fn items_path(&self) -> String {
        format!("/map/collections/{LAYER}/items?bbox={}&limit=1000", self.bbox_text())
    }

    /// What a phone draws of the layer that [`Viewport::items_path`] lists.
    pub(crate) fn view_path(&self) -> String {
        format!("{}&layers={LAYER}", self.whole_view_path())
    }

    /// What a phone draws of all layers.
    pub(crate) fn whole_view_path(&self) -> String {
        format!("/api/v1/map/view?bbox={}&zoom={}", self.bbox_text(), self.zoom)
    }

    fn bbox_text(&self) -> String {
        let Bbox { west, south, east, north } = self.bbox;
        format!("{west:.6},{south:.6},{east:.6},{north:.6}")
    }
}
