//! Drawn items of views: lines and polygons, simplified and serialised once per zoom band and datum.
//!
//! A drawing is kept with its feature, so that a view which has found the feature has found its
//! drawing, and an edit of the neighbourhood does not lose it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use super::feature::{Feature, PHONE_DECIMALS};
use super::layer::write_quoted;
use super::micro_degrees::write_integer;
use crate::crs::{Datum, to_datum};
use crate::geometry::{simplify, write_geometry};

/// Most bytes that the drawings of a map take.
const CAPACITY_BYTES: usize = 16 << 20;
/// What a drawing costs beside its bytes.
const OVERHEAD_BYTES: usize = 64;
/// Shapes are no finer beyond this zoom, where a pixel is about 0.3 m.
const FINEST_ZOOM: u8 = 19;
/// Detail that is left out, in pixels of the band's finer zoom: of the coarser one it is half.
const LEFT_OUT_PX: f64 = 2.0;
/// Metres per pixel at zoom 0 on the equator, for a world of 256 px.
const EQUATOR_M_PER_PX: f64 = 156_543.034;

/// How a feature is drawn. Two zooms share one rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    band: u8,
    datum: Datum,
}

/// The drawings of one feature.
#[derive(Default)]
pub(super) struct Drawings(RwLock<Vec<Drawing>>);

struct Drawing {
    style: Style,
    item: Box<[u8]>,
    /// Asked for again since it was made or last spared.
    wanted: AtomicBool,
}

/// Keeps the drawings of a map within [`CAPACITY_BYTES`]: of the oldest, those that nobody asked
/// for again go first (second chance).
#[derive(Default)]
pub(super) struct DrawingStore(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    bytes: usize,
    oldest_first: VecDeque<KeptDrawing>,
}

struct KeptDrawing {
    feature: Weak<Feature>,
    style: Style,
    bytes: usize,
}

impl Style {
    pub(super) fn at(zoom: u8, datum: Datum) -> Self {
        Self { band: (zoom | 1).min(FINEST_ZOOM), datum }
    }
}

impl Drawings {
    /// Appends the item if it is ready.
    fn copy(&self, style: Style, out: &mut Vec<u8>) -> bool {
        let drawings = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(drawing) = drawings.iter().find(|drawing| drawing.style == style) else {
            return false;
        };
        out.extend_from_slice(&drawing.item);
        // A write would take the memory from other cores even if it changes nothing.
        if !drawing.wanted.load(Ordering::Relaxed) {
            drawing.wanted.store(true, Ordering::Relaxed);
        }
        true
    }

    /// Keeps an item; false if another view has kept the same meanwhile.
    fn keep(&self, style: Style, item: &[u8]) -> bool {
        let mut drawings = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = drawings.iter().all(|drawing| drawing.style != style);
        if is_new {
            drawings.reserve_exact(1);
            drawings.push(Drawing { style, item: item.into(), wanted: AtomicBool::new(false) });
        }
        is_new
    }

    /// Drops an item that nobody asked for again; says whether it is gone.
    fn drop_unwanted(&self, style: Style) -> bool {
        let mut drawings = self.0.write().unwrap_or_else(PoisonError::into_inner);
        drawings.retain(|drawing| drawing.style != style || drawing.wanted.swap(false, Ordering::Relaxed));
        drawings.iter().all(|drawing| drawing.style != style)
    }
}

impl DrawingStore {
    /// Appends the item of a view that shows the feature as a shape: detail below one to two pixels
    /// is left out. `place_properties` is what all items of the feature's layer share.
    pub(super) fn write(
        &self,
        feature: &Arc<Feature>,
        style: Style,
        place_properties: &[u8],
        out: &mut Vec<u8>,
    ) {
        if feature.drawings().copy(style, out) {
            return;
        }
        let start = out.len();
        draw(feature, style, place_properties, out);
        let item = out.get(start..).unwrap_or_default();
        if feature.drawings().keep(style, item) {
            let bytes = item.len() + OVERHEAD_BYTES;
            self.note(KeptDrawing { feature: Arc::downgrade(feature), style, bytes });
        }
    }

    fn note(&self, drawing: KeptDrawing) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += drawing.bytes;
        kept.oldest_first.push_back(drawing);
        while kept.bytes > CAPACITY_BYTES
            && let Some(oldest) = kept.oldest_first.pop_front()
        {
            let feature = oldest.feature.upgrade();
            if feature.is_none_or(|feature| feature.drawings().drop_unwanted(oldest.style)) {
                kept.bytes -= oldest.bytes;
            } else {
                kept.oldest_first.push_back(oldest);
            }
        }
    }
}

fn draw(feature: &Feature, style: Style, place_properties: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"type":"Feature","id":"#);
    write_integer(feature.id(), out);
    out.extend_from_slice(br#","geometry":"#);
    draw_geometry(feature, style, out);
    out.extend_from_slice(place_properties);
    write_quoted(feature.name(), out);
    out.extend_from_slice(b"}}");
}

fn draw_geometry(feature: &Feature, style: Style, out: &mut Vec<u8>) {
    let (Some(geometry), Some(placement)) = (feature.geometry(), feature.placement()) else {
        out.extend_from_slice(b"null");
        return;
    };
    let [_, south, _, north] = placement.envelope;
    let middle_lat = f64::midpoint(south, north).to_radians();
    let m_per_px = EQUATOR_M_PER_PX * middle_lat.cos() / f64::from(1_u32 << style.band);
    let simplified = simplify(geometry, LEFT_OUT_PX * m_per_px);
    write_geometry(&to_datum(&simplified, style.datum), PHONE_DECIMALS, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{Area, SyntheticMap};

    #[test]
    fn drawings_stay_within_their_bytes_and_those_wanted_again_stay_longest() {
        let map = SyntheticMap { area: Area::Kwaichung, features: 4_000, layers: 1, seed: 3 };
        let mut text = Vec::new();
        let features: Vec<Arc<Feature>> =
            map.feature_records().into_iter().map(|record| Feature::new(record, &mut text)).collect();
        let store = DrawingStore::default();
        let wanted = Style::at(15, Datum::Gcj02);
        let (mut first, mut again) = (Vec::new(), Vec::new());
        store.write(&features[0], wanted, b"", &mut first);
        for zoom in 0..FINEST_ZOOM {
            for datum in [Datum::Wgs84, Datum::Bd09] {
                for feature in &features {
                    store.write(feature, Style::at(zoom, datum), b"", &mut Vec::new());
                }
                assert!(features[0].drawings().copy(wanted, &mut again), "it was asked for all the time");
            }
        }
        let held: usize = features
            .iter()
            .flat_map(|feature| {
                let drawings = feature.drawings().0.read().unwrap();
                drawings.iter().map(|drawing| drawing.item.len() + OVERHEAD_BYTES).collect::<Vec<_>>()
            })
            .sum();
        let kept = store.0.lock().unwrap();
        assert_eq!(held, kept.bytes);
        assert!(kept.bytes <= CAPACITY_BYTES && kept.bytes > CAPACITY_BYTES / 2, "{} bytes", kept.bytes);
        assert!(again.starts_with(&first));
    }
}
