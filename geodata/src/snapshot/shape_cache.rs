//! Drawn shapes of views, simplified and serialised once per zoom band and datum.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::feature::{Feature, PHONE_DECIMALS};
use crate::crs::{Datum, to_datum};
use crate::geometry::{simplify, write_geometry};

/// Most bytes that the cache holds.
const CAPACITY_BYTES: u64 = 32 << 20;
/// Expected size of an entry, for the cache's tables.
const TYPICAL_ENTRY_BYTES: usize = 1024;
/// What an entry costs beside its bytes.
const ENTRY_OVERHEAD_BYTES: u64 = 96;
/// Shapes are no finer beyond this zoom, where a pixel is about 0.3 m.
const FINEST_ZOOM: u8 = 19;
/// Detail that is left out, in pixels of the band's finer zoom: of the coarser one it is half.
const LEFT_OUT_PX: f64 = 2.0;
/// Metres per pixel at zoom 0 on the equator, for a world of 256 px.
const EQUATOR_M_PER_PX: f64 = 156_543.034;

/// What a serialised shape depends on. The content hash stands for the feature's version; a feature
/// that changes is a new key and the old entry falls out in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct ShapeKey {
    content_hash: u64,
    id: u32,
    datum: Datum,
    band: u8,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<ShapeKey, Arc<[u8]>> for ByBytes {
    fn weight(&self, _: &ShapeKey, geometry: &Arc<[u8]>) -> u64 {
        geometry.len() as u64 + ENTRY_OVERHEAD_BYTES
    }
}

/// A bounded cache of `GeoJSON` geometries.
pub(super) struct ShapeCache(Cache<ShapeKey, Arc<[u8]>, ByBytes>);

impl ShapeCache {
    pub(super) fn new() -> Self {
        let entries = usize::try_from(CAPACITY_BYTES).unwrap_or(usize::MAX) / TYPICAL_ENTRY_BYTES;
        Self(Cache::with_weighter(entries, CAPACITY_BYTES, ByBytes))
    }

    /// Appends the feature's geometry as drawn at a zoom: detail below one to two pixels is left
    /// out. Two zooms share one rendering.
    pub(super) fn write(&self, feature: &Feature, zoom: u8, datum: Datum, out: &mut Vec<u8>) {
        let band = (zoom | 1).min(FINEST_ZOOM);
        let key = ShapeKey { content_hash: feature.content_hash(), id: feature.id(), datum, band };
        if let Some(ready) = self.0.get(&key) {
            out.extend_from_slice(&ready);
            return;
        }
        let start = out.len();
        draw(feature, band, datum, out);
        let drawn = out.get(start..).unwrap_or_default();
        self.0.insert(key, Arc::from(drawn));
    }
}

fn draw(feature: &Feature, band: u8, datum: Datum, out: &mut Vec<u8>) {
    let (Some(geometry), Some(placement)) = (feature.geometry(), feature.placement()) else {
        out.extend_from_slice(b"null");
        return;
    };
    let [_, south, _, north] = placement.envelope;
    let middle_lat = f64::midpoint(south, north).to_radians();
    let m_per_px = EQUATOR_M_PER_PX * middle_lat.cos() / f64::from(1_u32 << band);
    let simplified = simplify(geometry, LEFT_OUT_PX * m_per_px);
    write_geometry(&to_datum(&simplified, datum), PHONE_DECIMALS, out);
}
