//! The coordinate reference systems that this map can be had in.

use geodata::crs::{ReferenceSystem, Zone};
use geodata::snapshot::LayerSnapshot;

use crate::error::{ApiError, ApiResult};
use crate::map::published::MapState;

/// WGS-84, longitude before latitude, in degrees.
pub(in crate::map) const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// CRS84 first, as the standard wants, then what GIS officers in China work with; last the zone of the
/// district.
pub(super) fn systems(map: &MapState) -> impl Iterator<Item = ReferenceSystem> + use<> {
    [
        ReferenceSystem::Crs84,
        ReferenceSystem::Epsg4326,
        ReferenceSystem::WebMercator,
        ReferenceSystem::Cgcs2000,
    ]
    .into_iter()
    .chain(zone(map).map(ReferenceSystem::GaussKruger))
}

/// Their addresses.
pub(super) fn uris(map: &MapState) -> Vec<String> {
    systems(map).map(ReferenceSystem::uri).collect()
}

/// The system with this address, or 400.
pub(super) fn named(map: &MapState, parameter: &'static str, uri: &str) -> ApiResult<ReferenceSystem> {
    systems(map).find(|system| system.uri() == uri).ok_or_else(|| {
        let known = uris(map).join("、");
        ApiError::bad_parameter(
            parameter,
            format!("参数 {parameter} 的坐标系不可用。可用的坐标系：{known}。"),
        )
    })
}

/// The Gauss–Krüger zone around the middle layer by the longitude of its middle: one place that lies far
/// off, as wrong data does, moves the extent of its layer but not the middle of all.
fn zone(map: &MapState) -> Option<Zone> {
    let mut middles: Vec<f64> = map
        .snapshot
        .layers()
        .filter_map(LayerSnapshot::extent)
        .map(|extent| f64::midpoint(extent.west, extent.east))
        .collect();
    middles.sort_unstable_by(f64::total_cmp);
    middles.get(middles.len() / 2).copied().and_then(Zone::around)
}
