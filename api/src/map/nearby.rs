//! Where the nearest place of a kind is, for other features. Nothing of the question is kept or logged, since it
//! tells where a person is.

use geo::Coord;
use geodata::geometry::anchor;
use geodata::snapshot::NearestQuery;
use geodata::{Datum, Wgs84};

use super::phone::query;
use super::published::MapState;
use crate::error::ApiResult;
use crate::http::parameters::given;

/// Farther away nothing is near.
const RADIUS_M: f64 = 20_000.0;
/// Decimals of a degree, about 10 cm.
const MICRO_DEGREES: f64 = 1e6;

/// Where somebody is, and the datum they speak of places in.
#[derive(Clone, Copy, Debug)]
pub struct Whereabouts {
    from: Wgs84,
    datum: Datum,
}

/// The nearest place of a layer.
#[derive(Clone, Debug)]
pub struct NearPlace {
    /// Id of the place on the map.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Metres as the crow flies.
    pub distance_m: f64,
    /// Longitude in the datum of the question.
    pub lon: f64,
    /// Latitude in the datum of the question.
    pub lat: f64,
}

impl Whereabouts {
    /// Reads `lon`, `lat` and `datum`; `None` where no position is given.
    ///
    /// # Errors
    /// 400 where one of them is wrong, or one of two is missing.
    pub fn parse(lon: Option<&str>, lat: Option<&str>, datum: Option<&str>) -> ApiResult<Option<Self>> {
        let datum = query::datum(datum)?;
        if given(lon).is_none() && given(lat).is_none() {
            return Ok(None);
        }
        Ok(Some(Self { from: query::position(lon, lat, datum)?, datum }))
    }
}

/// The place of a layer that is nearest, but for those with the ids `left_out`; `None` where there is none within
/// 20 km, or no such layer.
pub fn nearest(map: &MapState, layer: &str, whereabouts: Whereabouts, left_out: &[u32]) -> Option<NearPlace> {
    let layers = map.snapshot.layer_set(&[layer]).ok()?;
    let limit = left_out.len() + 1;
    let query = NearestQuery { from: whereabouts.from, layers: &layers, limit, radius_m: RADIUS_M };
    let found = map.snapshot.nearest(&query);
    let nearby = found.iter().find(|nearby| !left_out.contains(&nearby.feature.id()))?;
    let at = nearby.feature.geometry().and_then(anchor).unwrap_or(whereabouts.from);
    let Coord { x, y } = whereabouts.datum.place(at);
    let rounded = |degrees: f64| (degrees * MICRO_DEGREES).round() / MICRO_DEGREES;
    Some(NearPlace {
        id: nearby.feature.id(),
        name: nearby.feature.name().to_owned(),
        distance_m: nearby.distance_m.round(),
        lon: rounded(x),
        lat: rounded(y),
    })
}
