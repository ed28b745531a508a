//! A metric plane around one position, fast enough to project every vertex of a candidate shape.

use geo::Coord;

use crate::crs::Wgs84;

/// Beyond this difference in degrees the series of [`LocalPlane`] gives way to great circles.
const SERIES_REACH_DEG: f64 = 1.0;
/// Mean radius of the Earth (IUGG), metres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Projects positions to metres east and north of an origin.
///
/// Distances from the origin are true to 10⁻⁴ within 100 km: the metres per degree are those of the
/// WGS-84 ellipsoid at the latitude half-way to the projected position, by a second-order series.
/// Further away great-circle distance and bearing are used (0.5 %).
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalPlane {
    origin: Coord<f64>,
    /// Metres per degree of longitude half-way to a position, as a polynomial of its difference in
    /// latitude.
    east: [f64; 3],
    /// The same for a degree of latitude.
    north: [f64; 2],
}

impl LocalPlane {
    pub(crate) fn new(origin: Wgs84) -> Self {
        let phi = origin.lat.to_radians();
        let (sin1, cos1) = phi.sin_cos();
        let (sin2, cos2) = (2.0 * phi).sin_cos();
        let (sin3, cos3) = (3.0 * phi).sin_cos();
        let half_degree = 0.5_f64.to_radians();
        Self {
            origin: origin.into(),
            east: [
                111_412.84 * cos1 - 93.5 * cos3,
                (-111_412.84 * sin1 + 280.5 * sin3) * half_degree,
                (-111_412.84 * cos1 + 841.5 * cos3) * half_degree * half_degree / 2.0,
            ],
            north: [111_132.92 - 559.82 * cos2, 1_119.64 * sin2 * half_degree],
        }
    }

    /// Metres east and north of the origin.
    pub(crate) fn project(&self, position: Coord<f64>) -> Coord<f64> {
        let mut d = position - self.origin;
        if d.x > 180.0 {
            d.x -= 360.0;
        } else if d.x < -180.0 {
            d.x += 360.0;
        }
        if d.x.abs() > SERIES_REACH_DEG || d.y.abs() > SERIES_REACH_DEG {
            return self.project_far(position, d.x.to_radians());
        }
        let [e0, e1, e2] = self.east;
        let [n0, n1] = self.north;
        Coord { x: d.x * (e0 + d.y * (e1 + d.y * e2)), y: d.y * (n0 + d.y * n1) }
    }

    /// Azimuthal equidistant projection on the sphere.
    fn project_far(&self, position: Coord<f64>, d_lon: f64) -> Coord<f64> {
        let (sin0, cos0) = self.origin.y.to_radians().sin_cos();
        let (sin1, cos1) = position.y.to_radians().sin_cos();
        let (sin_d, cos_d) = d_lon.sin_cos();
        let towards = Coord { x: cos1 * sin_d, y: cos0 * sin1 - sin0 * cos1 * cos_d };
        let sine = towards.x.hypot(towards.y);
        if sine == 0.0 {
            // The antipode lies half-way round in every direction.
            let half_round = if cos_d < 0.0 { std::f64::consts::PI } else { 0.0 };
            return Coord { x: 0.0, y: half_round * EARTH_RADIUS_M };
        }
        let angle = sine.atan2(sin0 * sin1 + cos0 * cos1 * cos_d);
        towards * (angle * EARTH_RADIUS_M / sine)
    }
}
