//! The query parameters of the phone API, and what is said about wrong ones.

use std::borrow::Cow;

use geo::Coord;
use geodata::snapshot::{LayerSet, Snapshot};
use geodata::{Bbox, CoordinateError, Datum, Wgs84};
use serde::Deserialize;
use utoipa::IntoParams;

use super::changes::Cursor;
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{given, pairs, required, wrong};

/// Zooms of a view are below this.
const ZOOM_END: f64 = 21.0;

/// The datum of an answer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DatumParameters {
    /// Datum of all coordinates of the request and the answer: `wgs84`, `gcj02` (微信, 高德, 腾讯) or
    /// `bd09` (百度).
    #[param(default = "wgs84", pattern = "^(wgs84|gcj02|bd09)$")]
    pub(super) datum: Option<String>,
}

/// What to draw.
#[derive(Debug, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ViewParameters<'q> {
    /// What the phone shows: west, south, east, north in degrees. West is larger than east across
    /// the antimeridian.
    #[param(required, nullable = false, value_type = String, example = "114.40,22.62,114.43,22.65")]
    pub(super) bbox: Option<Cow<'q, str>>,
    /// Zoom level of the phone's map, 0 to 20; a fraction is rounded down.
    #[param(required, nullable = false, value_type = f64, minimum = 0, example = 15)]
    pub(super) zoom: Option<Cow<'q, str>>,
    /// Ids of layers, separated by commas; all where it is missing.
    #[param(value_type = Option<String>, example = "park,health_hut")]
    pub(super) layers: Option<Cow<'q, str>>,
    /// Datum of all coordinates of the request and the answer: `wgs84`, `gcj02` (微信, 高德, 腾讯) or
    /// `bd09` (百度).
    #[param(value_type = Option<String>, default = "wgs84", pattern = "^(wgs84|gcj02|bd09)$")]
    pub(super) datum: Option<Cow<'q, str>>,
    /// Most markers, clusters and shapes together; more than 200 count as 200.
    #[param(value_type = Option<u32>, minimum = 1, default = 200)]
    pub(super) limit: Option<Cow<'q, str>>,
}

impl<'q> ViewParameters<'q> {
    /// Reads the query string of a request.
    pub(super) fn of(query: &'q str) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs(query) {
            match &*name {
                "bbox" => read.bbox = Some(value),
                "zoom" => read.zoom = Some(value),
                "layers" => read.layers = Some(value),
                "datum" => read.datum = Some(value),
                "limit" => read.limit = Some(value),
                // The contract refused it before.
                _ => {}
            }
        }
        read
    }
}

/// Where to look for places.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct NearestParameters {
    /// Longitude in degrees.
    #[param(required, nullable = false, value_type = f64, minimum = -180, maximum = 180, example = 114.4185)]
    pub(super) lon: Option<String>,
    /// Latitude in degrees.
    #[param(required, nullable = false, value_type = f64, minimum = -90, maximum = 90, example = 22.6271)]
    pub(super) lat: Option<String>,
    /// Datum of all coordinates of the request and the answer: `wgs84`, `gcj02` (微信, 高德, 腾讯) or
    /// `bd09` (百度).
    #[param(default = "wgs84", pattern = "^(wgs84|gcj02|bd09)$")]
    pub(super) datum: Option<String>,
    /// Ids of layers, separated by commas; all where it is missing.
    #[param(example = "park,health_hut")]
    pub(super) layers: Option<String>,
    /// Most places.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
    /// Farthest distance in metres.
    #[param(value_type = Option<f64>, minimum = 1, maximum = 50_000, default = 5_000)]
    pub(super) radius_m: Option<String>,
    /// What comes first: what is nearest in a straight line (`distance`), or to walk to (`walk`; at most 6 km).
    #[param(default = "distance", pattern = "^(distance|walk)$")]
    pub(super) by: Option<String>,
    /// Who walks: `adult` (1.2 m/s), `elder` (0.8 m/s), `child` (0.9 m/s, also with a stroller).
    #[param(default = "adult", pattern = "^(adult|elder|child)$")]
    pub(super) speed: Option<String>,
    /// Whether the way comes too, as a line.
    #[param(value_type = Option<bool>, default = false)]
    pub(super) path: Option<String>,
}

/// Which place, and from where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PlaceParameters {
    /// Datum of all coordinates of the request and the answer: `wgs84`, `gcj02` (微信, 高德, 腾讯) or
    /// `bd09` (百度).
    #[param(default = "wgs84", pattern = "^(wgs84|gcj02|bd09)$")]
    pub(super) datum: Option<String>,
    /// Longitude of where somebody stands, for the walk to the place; with `from_lat`.
    #[param(value_type = Option<f64>, minimum = -180, maximum = 180, example = 114.4185)]
    pub(super) from_lon: Option<String>,
    /// Latitude of where somebody stands.
    #[param(value_type = Option<f64>, minimum = -90, maximum = 90, example = 22.6271)]
    pub(super) from_lat: Option<String>,
    /// Who walks: `adult` (1.2 m/s), `elder` (0.8 m/s), `child` (0.9 m/s, also with a stroller).
    #[param(default = "adult", pattern = "^(adult|elder|child)$")]
    pub(super) speed: Option<String>,
}

/// Since when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ChangesParameters {
    /// The `revision` that the phone holds.
    #[param(required, nullable = false, value_type = u64, example = 1)]
    pub(super) since: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Datum of all coordinates of the answer: `wgs84`, `gcj02` (微信, 高德, 腾讯) or `bd09` (百度).
    #[param(default = "wgs84", pattern = "^(wgs84|gcj02|bd09)$")]
    pub(super) datum: Option<String>,
    /// Most changes of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 100)]
    pub(super) limit: Option<String>,
}

/// Reads `datum`; WGS-84 where it is missing.
pub(in crate::map) fn datum(text: Option<&str>) -> ApiResult<Datum> {
    let Some(text) = given(text) else {
        return Ok(Datum::Wgs84);
    };
    text.parse().map_err(|_unknown| {
        ApiError::bad_parameter("datum", "坐标系无法识别，请填写 wgs84、gcj02 或 bd09。".to_owned())
    })
}

/// Reads `layers`; all where it is missing.
pub(in crate::map) fn layers(snapshot: &Snapshot, text: Option<&str>) -> ApiResult<LayerSet> {
    let Some(text) = given(text) else {
        return Ok(snapshot.all_layers());
    };
    let ids: Vec<&str> = text.split(',').collect();
    snapshot.layer_set(&ids).map_err(|_unknown| {
        let known: Vec<&str> = snapshot.layers().map(|layer| layer.id().as_ref()).collect();
        let detail = format!("有不存在的图层。可用的图层：{}。", known.join("、"));
        ApiError::bad_parameter("layers", detail)
    })
}

/// Reads `bbox`, still in the datum of the request.
pub(super) fn bbox(text: Option<&str>) -> ApiResult<Bbox> {
    let text = required("bbox", text, "请填写地图范围 bbox=西,南,东,北，例如 114.40,22.62,114.43,22.65。")?;
    text.parse().map_err(|error| ApiError::bad_parameter("bbox", format!("{error}。")))
}

/// Reads `zoom`. The map of 微信 reports fractions.
pub(super) fn zoom(text: Option<&str>) -> ApiResult<u8> {
    const EXPECTED: &str = "请填写 0 到 20 的缩放级别，例如 zoom=15。";
    let text = required("zoom", text, EXPECTED)?;
    let zoom = number(text).filter(|zoom| (0.0..ZOOM_END).contains(zoom));
    zoom.map(floor).ok_or_else(|| wrong("zoom", EXPECTED))
}

/// Reads `lon` and `lat`, given in `datum`.
pub(in crate::map) fn position(lon: Option<&str>, lat: Option<&str>, datum: Datum) -> ApiResult<Wgs84> {
    let x = coordinate("lon", lon, "请填写经度 lon，-180 到 180，例如 lon=114.4185。")?;
    let y = coordinate("lat", lat, "请填写纬度 lat，-90 到 90，例如 lat=22.6271。")?;
    datum.read(Coord { x, y }).map_err(|error| {
        let name = if matches!(error, CoordinateError::LatitudeOutOfRange(_)) { "lat" } else { "lon" };
        ApiError::bad_parameter(name, format!("{error}。"))
    })
}

/// Reads `radius_m`, at least a metre and at most `most_m`.
pub(super) fn radius_m(text: Option<&str>, default_m: f64, most_m: f64) -> ApiResult<f64> {
    let Some(text) = given(text) else {
        return Ok(default_m);
    };
    let radius_m = number(text).filter(|radius_m| (1.0..=most_m).contains(radius_m));
    radius_m.ok_or_else(|| wrong("radius_m", &format!("请填写 1 到 {most_m} 的距离，单位是米。")))
}

/// Reads `by`: whether places are ordered by walking.
pub(super) fn by_walk(text: Option<&str>) -> ApiResult<bool> {
    match given(text) {
        None | Some("distance") => Ok(false),
        Some("walk") => Ok(true),
        Some(_) => Err(wrong("by", "可选：distance（直线距离）、walk（步行）。")),
    }
}

/// Reads `path`.
pub(super) fn with_path(text: Option<&str>) -> ApiResult<bool> {
    match given(text) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(wrong("path", "请填写 true 或 false。")),
    }
}

/// Reads `from_lon` and `from_lat`; `None` where neither is given.
pub(super) fn walk_from(parameters: &PlaceParameters, datum: Datum) -> ApiResult<Option<Wgs84>> {
    let (lon, lat) = (parameters.from_lon.as_deref(), parameters.from_lat.as_deref());
    if given(lon).is_none() && given(lat).is_none() {
        return Ok(None);
    }
    let x = coordinate("from_lon", lon, "请填写经度 from_lon，-180 到 180，并同时填写 from_lat。")?;
    let y = coordinate("from_lat", lat, "请填写纬度 from_lat，-90 到 90，并同时填写 from_lon。")?;
    let read = datum.read(Coord { x, y }).map_err(|error| {
        let name =
            if matches!(error, CoordinateError::LatitudeOutOfRange(_)) { "from_lat" } else { "from_lon" };
        ApiError::bad_parameter(name, format!("{error}。"))
    });
    read.map(Some)
}

/// Reads `since`.
pub(super) fn since(text: Option<&str>) -> ApiResult<u64> {
    const EXPECTED: &str = "请填写手机上保存的地图版本，例如 since=1；它就是上次回答中的 revision。";
    let text = required("since", text, EXPECTED)?;
    text.parse().map_err(|_not_a_number| wrong("since", EXPECTED))
}

/// Reads `cursor`, the `next` of the page before.
pub(super) fn cursor(text: Option<&str>) -> ApiResult<Option<Cursor>> {
    given(text)
        .map(|text| {
            let wrong = |_not_a_cursor| wrong("cursor", "请原样填写上一页回答中的 next。");
            text.parse().map_err(wrong)
        })
        .transpose()
}

fn coordinate(name: &str, text: Option<&str>, expected: &str) -> ApiResult<f64> {
    let text = required(name, text, expected)?;
    number(text).ok_or_else(|| wrong(name, expected))
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the caller checked the range")]
fn floor(zoom: f64) -> u8 {
    zoom as u8
}
