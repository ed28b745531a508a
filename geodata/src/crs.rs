//! Typed positions in the three datums that meet on Chinese phones, and the conversions between them.
//!
//! Stored positions are WGS-84. GCJ-02 (高德, 腾讯, 微信) and BD-09 (百度) exist only where data
//! enters or leaves. Both are the community's reconstruction of an unpublished model: good enough to
//! align a marker with a base map, not a survey transformation.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use geo::{Coord, Geometry, MapCoords};

use crate::geometry::densified;

/// Krasovsky 1940 semi-major axis in metres; the published test vectors agree with this value and
/// not with the 6 378 137 m of WGS-84 that some libraries switched to.
const KRASOVSKY_A_M: f64 = 6_378_245.0;
const KRASOVSKY_E2: f64 = 0.006_693_421_622_965_943;

/// The wave number of the BD-09 perturbation, per degree.
const BD09_WAVE: f64 = PI * 3000.0 / 180.0;
const BD09_SHIFT_LON: f64 = 0.0065;
const BD09_SHIFT_LAT: f64 = 0.006;

/// The forward offset changes by at most 0.7 % of a move, so each step gains more than two digits:
/// four steps leave an error of about a micrometre everywhere in the service area.
const GCJ02_INVERSE_STEPS: usize = 4;
/// Two corrections bring the closed-form inverse of BD-09 from 0.2 m to 0.02 mm.
const BD09_INVERSE_STEPS: usize = 2;

/// Longest segment that may be converted by its ends alone: the chord then misses the converted
/// straight line by at most 0.13 m.
const LONGEST_SEGMENT_M: f64 = 1000.0;

/// A number pair that is not a position on Earth.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum CoordinateError {
    /// Longitude or latitude is NaN or infinite.
    #[error("经纬度必须是有限的数字，请检查坐标")]
    NotFinite,
    /// Longitude outside −180…180 degrees.
    #[error("经度{0}超出 -180 到 180，请检查坐标")]
    LongitudeOutOfRange(f64),
    /// Latitude outside −90…90 degrees.
    #[error("纬度{0}超出 -90 到 90，请检查经度和纬度是否写反")]
    LatitudeOutOfRange(f64),
    /// Outside what a zone of a projection draws.
    #[error("坐标 {0},{1} 超出这个投影带的范围，请检查坐标系和北、东坐标的顺序")]
    OutsideZone(f64, f64),
}

fn check(lon: f64, lat: f64) -> Result<(), CoordinateError> {
    if !lon.is_finite() || !lat.is_finite() {
        Err(CoordinateError::NotFinite)
    } else if !(-180.0..=180.0).contains(&lon) {
        Err(CoordinateError::LongitudeOutOfRange(lon))
    } else if !(-90.0..=90.0).contains(&lat) {
        Err(CoordinateError::LatitudeOutOfRange(lat))
    } else {
        Ok(())
    }
}

macro_rules! position_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct $name {
            /// Longitude in degrees, east positive.
            pub lon: f64,
            /// Latitude in degrees, north positive.
            pub lat: f64,
        }

        impl $name {
            /// Checks that the pair is finite and on Earth. Degrees.
            pub fn new(lon: f64, lat: f64) -> Result<Self, CoordinateError> {
                check(lon, lat)?;
                Ok(Self { lon, lat })
            }
        }

        impl From<$name> for Coord<f64> {
            fn from(position: $name) -> Self {
                Coord { x: position.lon, y: position.lat }
            }
        }
    };
}

position_type! {
    /// A position in WGS-84 (GPS, CGCS2000 to within a metre): the only datum that is stored.
    Wgs84
}
position_type! {
    /// A position in GCJ-02, the datum of 高德, 腾讯 and 微信 maps.
    Gcj02
}
position_type! {
    /// A position in BD-09, the datum of 百度 maps.
    Bd09
}

impl Wgs84 {
    /// Converts to GCJ-02. Identity outside the service area (72.004–137.8347 °E,
    /// 0.8293–55.8271 °N), where the map vendors do not shift either.
    ///
    /// ```
    /// let tiananmen = geodata::Wgs84::new(116.397428, 39.90923)?;
    /// let shifted = tiananmen.to_gcj02();
    /// assert!((shifted.lon - 116.403671626).abs() < 1e-9);
    /// assert!((shifted.lat - 39.910633506).abs() < 1e-9);
    /// # Ok::<(), geodata::CoordinateError>(())
    /// ```
    pub fn to_gcj02(self) -> Gcj02 {
        if !in_service_area(self.into()) {
            return Gcj02 { lon: self.lon, lat: self.lat };
        }
        let shifted = gcj02_forward(self.into());
        Gcj02 { lon: shifted.x, lat: shifted.y }
    }

    /// Converts to BD-09. Identity outside the service area of [`Wgs84::to_gcj02`].
    pub fn to_bd09(self) -> Bd09 {
        if !in_service_area(self.into()) {
            return Bd09 { lon: self.lon, lat: self.lat };
        }
        let shifted = bd09_forward(gcj02_forward(self.into()));
        Bd09 { lon: shifted.x, lat: shifted.y }
    }
}

impl Gcj02 {
    /// Converts back to WGS-84 within a micrometre of the forward conversion's origin.
    ///
    /// ```
    /// let lujiazui = geodata::Gcj02::new(121.504232754, 31.237686003)?.to_wgs84();
    /// assert!((lujiazui.lon - 121.4998).abs() < 1e-8 && (lujiazui.lat - 31.2397).abs() < 1e-8);
    /// # Ok::<(), geodata::CoordinateError>(())
    /// ```
    pub fn to_wgs84(self) -> Wgs84 {
        let recovered = gcj02_inverse(self.into());
        if in_service_area(recovered) {
            Wgs84 { lon: recovered.x, lat: recovered.y }
        } else {
            Wgs84 { lon: self.lon, lat: self.lat }
        }
    }

    /// Converts to BD-09. Identity outside the service area.
    pub fn to_bd09(self) -> Bd09 {
        if !in_service_area(gcj02_inverse(self.into())) {
            return Bd09 { lon: self.lon, lat: self.lat };
        }
        let shifted = bd09_forward(self.into());
        Bd09 { lon: shifted.x, lat: shifted.y }
    }
}

impl Bd09 {
    /// Converts to GCJ-02 within 0.02 mm of the forward conversion's origin.
    pub fn to_gcj02(self) -> Gcj02 {
        let recovered = bd09_inverse(self.into());
        if in_service_area(gcj02_inverse(recovered)) {
            Gcj02 { lon: recovered.x, lat: recovered.y }
        } else {
            Gcj02 { lon: self.lon, lat: self.lat }
        }
    }

    /// Converts to WGS-84.
    ///
    /// ```
    /// let shenzhen_bay = geodata::Bd09::new(113.923684729, 22.546667438)?.to_wgs84();
    /// assert!((shenzhen_bay.lon - 113.912316).abs() < 1e-8);
    /// # Ok::<(), geodata::CoordinateError>(())
    /// ```
    pub fn to_wgs84(self) -> Wgs84 {
        let recovered = gcj02_inverse(bd09_inverse(self.into()));
        if in_service_area(recovered) {
            Wgs84 { lon: recovered.x, lat: recovered.y }
        } else {
            Wgs84 { lon: self.lon, lat: self.lat }
        }
    }
}

/// The datum in which a request or a file gives its positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Datum {
    /// WGS-84, as stored.
    #[default]
    Wgs84,
    /// GCJ-02 (高德, 腾讯, 微信).
    Gcj02,
    /// BD-09 (百度).
    Bd09,
}

/// A datum name other than `wgs84`, `gcj02`, `bd09`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("坐标系“{0}”无法识别，请填写 wgs84、gcj02 或 bd09")]
pub struct UnknownDatum(pub String);

impl Datum {
    /// Every datum, in the order of their names in the documentation.
    pub const ALL: [Self; 3] = [Self::Wgs84, Self::Gcj02, Self::Bd09];

    /// The name in query strings and options: `wgs84`, `gcj02`, `bd09`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wgs84 => "wgs84",
            Self::Gcj02 => "gcj02",
            Self::Bd09 => "bd09",
        }
    }

    /// Position of a WGS-84 point in this datum, degrees (x = longitude, y = latitude).
    pub fn place(self, point: Wgs84) -> Coord<f64> {
        match self {
            Self::Wgs84 => point.into(),
            Self::Gcj02 => point.to_gcj02().into(),
            Self::Bd09 => point.to_bd09().into(),
        }
    }

    /// Reads a position given in this datum, degrees (x = longitude, y = latitude).
    pub fn read(self, position: Coord<f64>) -> Result<Wgs84, CoordinateError> {
        check(position.x, position.y)?;
        Ok(self.recover(position))
    }

    /// [`Datum::read`] for a position that is known to be on Earth.
    pub(crate) fn recover(self, position: Coord<f64>) -> Wgs84 {
        let Coord { x: lon, y: lat } = position;
        match self {
            Self::Wgs84 => Wgs84 { lon, lat },
            Self::Gcj02 => Gcj02 { lon, lat }.to_wgs84(),
            Self::Bd09 => Bd09 { lon, lat }.to_wgs84(),
        }
    }
}

impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Datum {
    type Err = UnknownDatum;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|datum| datum.as_str() == text)
            .ok_or_else(|| UnknownDatum(text.to_owned()))
    }
}

/// Converts a stored geometry to another datum for output.
///
/// Segments longer than 1 km get intermediate positions first, because a straight segment is not
/// straight in the shifted datum (3 m off in the middle of 5 km).
pub fn to_datum(geometry: &Geometry<f64>, datum: Datum) -> Geometry<f64> {
    convert(geometry, datum, |position| datum.place(Wgs84 { lon: position.x, lat: position.y }))
}

/// Converts a geometry given in `datum` to WGS-84 for storage; long segments as in [`to_datum`].
pub fn from_datum(geometry: &Geometry<f64>, datum: Datum) -> Geometry<f64> {
    convert(geometry, datum, |position| datum.recover(position).into())
}

fn convert(
    geometry: &Geometry<f64>,
    datum: Datum,
    position: impl Fn(Coord<f64>) -> Coord<f64> + Copy,
) -> Geometry<f64> {
    if datum == Datum::Wgs84 {
        return geometry.clone();
    }
    densified(geometry, LONGEST_SEGMENT_M).map_coords(position)
}

/// The box in which the vendors' shift is applied, on WGS-84 coordinates. False for NaN.
fn in_service_area(wgs84: Coord<f64>) -> bool {
    (72.004..=137.8347).contains(&wgs84.x) && (0.8293..=55.8271).contains(&wgs84.y)
}

/// Whether the shift applies at `at` and everywhere within `rim_deg` of it.
pub(crate) fn is_deep_in_service_area(at: Coord<f64>, rim_deg: f64) -> bool {
    [-rim_deg, rim_deg].into_iter().all(|step| in_service_area(Coord { x: at.x + step, y: at.y + step }))
}

/// The shift without its gate; degrees in, degrees out.
fn gcj02_forward(wgs84: Coord<f64>) -> Coord<f64> {
    let Coord { x: lon, y: lat } = wgs84;
    let (x, y) = (lon - 105.0, lat - 35.0);
    let ripple = 20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin();
    let north_m = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + (ripple
            + 20.0 * (y * PI).sin()
            + 40.0 * (y / 3.0 * PI).sin()
            + 160.0 * (y / 12.0 * PI).sin()
            + 320.0 * (y / 30.0 * PI).sin())
            * 2.0
            / 3.0;
    let east_m = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + (ripple
            + 20.0 * (x * PI).sin()
            + 40.0 * (x / 3.0 * PI).sin()
            + 150.0 * (x / 12.0 * PI).sin()
            + 300.0 * (x / 30.0 * PI).sin())
            * 2.0
            / 3.0;
    let (sin_lat, cos_lat) = lat.to_radians().sin_cos();
    let m = 1.0 - KRASOVSKY_E2 * sin_lat * sin_lat;
    let meridian_radius_m = KRASOVSKY_A_M * (1.0 - KRASOVSKY_E2) / (m * m.sqrt());
    let parallel_radius_m = KRASOVSKY_A_M / m.sqrt() * cos_lat;
    Coord {
        x: lon + (east_m / parallel_radius_m).to_degrees(),
        y: lat + (north_m / meridian_radius_m).to_degrees(),
    }
}

/// Fixed-point inverse of the ungated shift. Meaningless far outside the service area, so callers
/// gate on the result.
fn gcj02_inverse(gcj02: Coord<f64>) -> Coord<f64> {
    let mut wgs84 = gcj02;
    for _ in 0..GCJ02_INVERSE_STEPS {
        wgs84 = wgs84 - (gcj02_forward(wgs84) - gcj02);
    }
    wgs84
}

fn bd09_forward(gcj02: Coord<f64>) -> Coord<f64> {
    let Coord { x, y } = gcj02;
    let radius = x.hypot(y) + 2e-5 * (y * BD09_WAVE).sin();
    let angle = y.atan2(x) + 3e-6 * (x * BD09_WAVE).cos();
    Coord { x: radius * angle.cos() + BD09_SHIFT_LON, y: radius * angle.sin() + BD09_SHIFT_LAT }
}

fn bd09_inverse(bd09: Coord<f64>) -> Coord<f64> {
    let (x, y) = (bd09.x - BD09_SHIFT_LON, bd09.y - BD09_SHIFT_LAT);
    let radius = x.hypot(y) - 2e-5 * (y * BD09_WAVE).sin();
    let angle = y.atan2(x) - 3e-6 * (x * BD09_WAVE).cos();
    let mut gcj02 = Coord { x: radius * angle.cos(), y: radius * angle.sin() };
    for _ in 0..BD09_INVERSE_STEPS {
        gcj02 = gcj02 - (bd09_forward(gcj02) - bd09);
    }
    gcj02
}

mod definition;
mod gauss_kruger;
mod reference;

pub use gauss_kruger::Zone;
pub(crate) use gauss_kruger::degrees_from_meridian;
pub use reference::{ReferenceSystem, Region, RegionError};

#[cfg(test)]
mod tests;
