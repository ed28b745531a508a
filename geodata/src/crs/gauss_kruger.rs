//! The Gauss–Krüger projection of CGCS2000 in zones of 3 degrees (GB/T 17278), by Krüger's series.

use geo::Coord;

/// Semi-major axis of CGCS2000, metres.
const A_M: f64 = 6_378_137.0;
/// Flattening of CGCS2000.
const F: f64 = 1.0 / 298.257_222_101;
/// What is added to the distance east of the central meridian, metres.
const FALSE_EASTING_M: f64 = 500_000.0;
/// Third flattening.
const N: f64 = F / (2.0 - F);
/// The series are exact to less than a micrometre this far from the central meridian, degrees.
pub(super) const REACH_DEG: f64 = 30.0;

/// Coefficients of the forward series (Karney 2011, equation 35; six orders).
const ALPHA: [f64; 6] = {
    let (n, n2, n3) = (N, N * N, N * N * N);
    let (n4, n5, n6) = (n2 * n2, n2 * n3, n3 * n3);
    [
        n / 2.0 - n2 * 2.0 / 3.0 + n3 * 5.0 / 16.0 + n4 * 41.0 / 180.0 - n5 * 127.0 / 288.0
            + n6 * 7891.0 / 37_800.0,
        n2 * 13.0 / 48.0 - n3 * 3.0 / 5.0 + n4 * 557.0 / 1440.0 + n5 * 281.0 / 630.0
            - n6 * 1_983_433.0 / 1_935_360.0,
        n3 * 61.0 / 240.0 - n4 * 103.0 / 140.0 + n5 * 15_061.0 / 26_880.0 + n6 * 167_603.0 / 181_440.0,
        n4 * 49_561.0 / 161_280.0 - n5 * 179.0 / 168.0 + n6 * 6_601_661.0 / 7_257_600.0,
        n5 * 34_729.0 / 80_640.0 - n6 * 3_418_889.0 / 1_995_840.0,
        n6 * 212_378_941.0 / 319_334_400.0,
    ]
};

/// Coefficients of the inverse series (Karney 2011, equation 36).
const BETA: [f64; 6] = {
    let (n, n2, n3) = (N, N * N, N * N * N);
    let (n4, n5, n6) = (n2 * n2, n2 * n3, n3 * n3);
    [
        n / 2.0 - n2 * 2.0 / 3.0 + n3 * 37.0 / 96.0 - n4 / 360.0 - n5 * 81.0 / 512.0
            + n6 * 96_199.0 / 604_800.0,
        n2 / 48.0 + n3 / 15.0 - n4 * 437.0 / 1440.0 + n5 * 46.0 / 105.0 - n6 * 1_118_711.0 / 3_870_720.0,
        n3 * 17.0 / 480.0 - n4 * 37.0 / 840.0 - n5 * 209.0 / 4480.0 + n6 * 5569.0 / 90_720.0,
        n4 * 4397.0 / 161_280.0 - n5 * 11.0 / 504.0 - n6 * 830_251.0 / 7_257_600.0,
        n5 * 4583.0 / 161_280.0 - n6 * 108_847.0 / 3_991_680.0,
        n6 * 20_648_693.0 / 638_668_800.0,
    ]
};

/// Radius of the circle whose quarter is as long as the meridian's, metres.
const RECTIFYING_RADIUS_M: f64 =
    A_M / (1.0 + N) * (1.0 + N * N / 4.0 + N * N * N * N / 64.0 + N * N * N * N * N * N / 256.0);

/// A zone of 3 degrees without a zone number in its eastings (EPSG 4534 to 4554).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone {
    central_meridian_deg: u8,
}

impl Zone {
    /// First and last EPSG code: central meridians 75° E to 135° E.
    const CODES: std::ops::RangeInclusive<u16> = 4534..=4554;

    /// The zone whose central meridian is next to this longitude, within China (73.5° E to 136.5° E).
    ///
    /// ```
    /// use geodata::crs::Zone;
    /// // 深圳
    /// assert_eq!(Zone::around(114.41).map(Zone::epsg), Some(4547));
    /// assert_eq!(Zone::around(0.0), None);
    /// ```
    pub fn around(lon: f64) -> Option<Self> {
        (25_u8..=45)
            .map(|third| third * 3)
            .find(|meridian| (lon - f64::from(*meridian)).abs() <= 1.5)
            .map(|central_meridian_deg| Self { central_meridian_deg })
    }

    /// The zone with this EPSG code.
    pub fn of_epsg(code: u16) -> Option<Self> {
        let place = Self::CODES.contains(&code).then(|| code - Self::CODES.start())?;
        Some(Self { central_meridian_deg: 75 + u8::try_from(place).ok()? * 3 })
    }

    /// The EPSG code.
    pub fn epsg(self) -> u16 {
        Self::CODES.start() + u16::from((self.central_meridian_deg - 75) / 3)
    }

    /// Longitude of the meridian that is drawn true to scale, degrees east.
    pub fn central_meridian_deg(self) -> f64 {
        f64::from(self.central_meridian_deg)
    }

    /// Easting (x) and northing (y) in metres of a longitude (x) and latitude (y) in degrees.
    /// `None` further than 30 degrees from the central meridian.
    pub(super) fn project(self, position: Coord<f64>) -> Option<Coord<f64>> {
        let from_meridian = position.x - self.central_meridian_deg();
        if from_meridian.abs() > REACH_DEG || position.y.abs() > 90.0 || !position.y.is_finite() {
            return None;
        }
        let (sin_lon, cos_lon) = from_meridian.to_radians().sin_cos();
        let sin_lat = position.y.to_radians().sin();
        let eccentricity = (F * (2.0 - F)).sqrt();
        let conformal = (sin_lat.atanh() - eccentricity * (eccentricity * sin_lat).atanh()).sinh();
        let (xi, eta) = if conformal.is_finite() {
            (conformal.atan2(cos_lon), (sin_lon / conformal.hypot(cos_lon)).asinh())
        } else {
            (std::f64::consts::FRAC_PI_2.copysign(position.y), 0.0)
        };
        let moved = series(&ALPHA, xi, eta, 1.0);
        Some(Coord { x: FALSE_EASTING_M + RECTIFYING_RADIUS_M * moved.y, y: RECTIFYING_RADIUS_M * moved.x })
    }

    /// Longitude (x) and latitude (y) in degrees of an easting (x) and northing (y) in metres. `None`
    /// where the result is not on the side of the Earth that the zone draws.
    pub(super) fn unproject(self, position: Coord<f64>) -> Option<Coord<f64>> {
        let from_meridian = degrees_from_meridian(position.x - FALSE_EASTING_M, position.y)?;
        Some(Coord { x: self.central_meridian_deg() + from_meridian.x, ..from_meridian })
    }
}

/// Degrees of longitude (x) from the central meridian, and of latitude (y), of a transverse Mercator position
/// so many metres east of that meridian and north of the equator at the scale 1. `None` where that is not on
/// the side of the Earth that is drawn. WGS-84 differs from CGCS2000 in the eleventh digit of the flattening,
/// a tenth of a millimetre.
pub(crate) fn degrees_from_meridian(east_m: f64, north_m: f64) -> Option<Coord<f64>> {
    let (xi, eta) = (north_m / RECTIFYING_RADIUS_M, east_m / RECTIFYING_RADIUS_M);
    if eta.is_nan() || eta.abs() > 1.0 || xi.is_nan() || xi.abs() > std::f64::consts::FRAC_PI_2 + 0.01 {
        return None;
    }
    let Coord { x: xi, y: eta } = series(&BETA, xi, eta, -1.0);
    let conformal = xi.sin() / eta.sinh().hypot(xi.cos());
    let lon = eta.sinh().atan2(xi.cos()).to_degrees();
    let lat = latitude(conformal).to_degrees();
    (lon.abs() <= REACH_DEG + 1e-9 && lat.is_finite()).then_some(Coord { x: lon, y: lat })
}

/// `xi + eta·i` (as x and y) with the series added (1) or taken away (-1).
fn series(coefficients: &[f64; 6], xi: f64, eta: f64, sign: f64) -> Coord<f64> {
    let mut sum = Coord { x: xi, y: eta };
    let mut order = 0.0;
    for coefficient in coefficients {
        order += 2.0;
        sum.x += sign * coefficient * (order * xi).sin() * (order * eta).cosh();
        sum.y += sign * coefficient * (order * xi).cos() * (order * eta).sinh();
    }
    sum
}

/// The geographic latitude in radians of the tangent of a conformal one, by Newton's method (Karney
/// 2011, equations 19 to 21); it doubles its digits with each step.
fn latitude(conformal: f64) -> f64 {
    let e2 = F * (2.0 - F);
    let eccentricity = e2.sqrt();
    let mut tangent = conformal / (1.0 - e2).sqrt();
    for _ in 0..4 {
        let secant = tangent.hypot(1.0);
        let sigma = (eccentricity * (eccentricity * tangent / secant).atanh()).sinh();
        let reached = tangent * sigma.hypot(1.0) - sigma * secant;
        let slope = (1.0 + (1.0 - e2) * tangent * tangent) / ((1.0 - e2) * secant);
        let step = (conformal - reached) / reached.hypot(1.0) * slope;
        if !step.is_finite() {
            break;
        }
        tangent += step;
    }
    tangent.atan()
}
