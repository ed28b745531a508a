//! Positions that come in another coordinate reference system than they are stored in (OGC API Features
//! Part 4, requirements class `features`: the header `Content-Crs` of a request).

use actix_web::http::header::HeaderMap;
use geo::Coord;
use geodata::crs::ReferenceSystem;
use serde_json::{Value, json};

use super::reference_systems;
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong;
use crate::map::published::MapState;

/// The same system as CRS84, with heights, which are not kept.
const CRS84H: &str = "http://www.opengis.net/def/crs/OGC/0/CRS84h";
/// Degrees are stored with seven decimals.
const STORED_STEPS: f64 = 1e7;

/// The system that the header names; CRS84 without it.
pub(super) fn given_system(headers: &HeaderMap, map: &MapState) -> ApiResult<ReferenceSystem> {
    let Some(value) = headers.get("Content-Crs") else {
        return Ok(ReferenceSystem::Crs84);
    };
    let uri = value.to_str().unwrap_or_default().trim().trim_matches(['<', '>']);
    // Many write addresses of OGC with https.
    let uri = &uri.replacen("https://", "http://", 1);
    if uri == CRS84H {
        return Ok(ReferenceSystem::Crs84);
    }
    reference_systems::systems(map).find(|system| system.uri() == *uri).ok_or_else(|| ApiError::BadRequest {
        code: "bad_content_crs",
        detail: format!(
            "Content-Crs 的坐标系不可用。可用的坐标系：{}。",
            reference_systems::uris(map).join("、")
        ),
        parameter: None,
    })
}

/// Brings the positions of a Feature to longitude and latitude. What is no position stays as it is, and is told
/// where the geometry is read.
pub(super) fn to_stored(feature: &mut Value, system: ReferenceSystem) -> ApiResult<()> {
    if system == ReferenceSystem::Crs84 {
        return Ok(());
    }
    match feature.get_mut("geometry") {
        Some(geometry) => geometry_to_stored(geometry, system),
        None => Ok(()),
    }
}

fn geometry_to_stored(geometry: &mut Value, system: ReferenceSystem) -> ApiResult<()> {
    if let Some(parts) = geometry.get_mut("geometries").and_then(Value::as_array_mut) {
        parts.iter_mut().try_for_each(|part| geometry_to_stored(part, system))?;
    }
    geometry.get_mut("coordinates").map_or(Ok(()), |coordinates| positions_to_stored(coordinates, system))
}

fn positions_to_stored(coordinates: &mut Value, system: ReferenceSystem) -> ApiResult<()> {
    let Some(items) = coordinates.as_array_mut() else {
        return Ok(());
    };
    if let [first, second, ..] = items.as_slice()
        && let (Some(x), Some(y)) = (first.as_f64(), second.as_f64())
    {
        let stored = system.read(Coord { x, y }).map_err(|error| {
            wrong("/geometry", "bad_position", format!("{error}。请核对 Content-Crs 和坐标的先后顺序。"))
        })?;
        let rounded = |degrees: f64| (degrees * STORED_STEPS).round() / STORED_STEPS;
        *coordinates = json!([rounded(stored.x), rounded(stored.y)]);
        return Ok(());
    }
    items.iter_mut().try_for_each(|item| positions_to_stored(item, system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_at_any_depth_are_brought_to_degrees() {
        let swapped = ReferenceSystem::Epsg4326;
        let mut feature = json!({"geometry": {"type": "GeometryCollection", "geometries": [
            {"type": "Point", "coordinates": [22.63, 114.41, 7.0]},
            {"type": "Polygon", "coordinates": [[[22.6, 114.4], [22.6, 114.5], [22.7, 114.5], [22.6, 114.4]]]},
        ]}});
        to_stored(&mut feature, swapped).unwrap();
        let parts = &feature["geometry"]["geometries"];
        assert_eq!(parts[0]["coordinates"], json!([114.41, 22.63]));
        assert_eq!(parts[1]["coordinates"][0][2], json!([114.5, 22.7]));
        let mut wrong = json!({"geometry": {"type": "Point", "coordinates": [114.41, 22.63]}});
        assert!(to_stored(&mut wrong, swapped).is_err());
        for odd in
            [json!({}), json!({"geometry": null}), json!({"geometry": {"coordinates": "x"}}), json!([])]
        {
            let mut same = odd.clone();
            to_stored(&mut same, swapped).unwrap();
            assert_eq!(same, odd);
        }
    }
}
