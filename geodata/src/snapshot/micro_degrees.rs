//! Positions of markers: whole millionths of a degree, the six decimals that phones get.

use geo::Coord;

/// A position in millionths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MicroDegrees {
    lon: i32,
    lat: i32,
}

/// A running sum of positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct MicroDegreeSum {
    lon: i64,
    lat: i64,
}

impl MicroDegreeSum {
    pub(super) fn with(self, position: MicroDegrees) -> Self {
        self.plus(Self { lon: position.lon.into(), lat: position.lat.into() })
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { lon: self.lon + other.lon, lat: self.lat + other.lat }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self { lon: self.lon - other.lon, lat: self.lat - other.lat }
    }
}

impl MicroDegrees {
    pub(super) fn of(position: Coord<f64>) -> Self {
        Self { lon: millionths(position.x), lat: millionths(position.y) }
    }

    /// The mean of `count` positions that add up to `sum`.
    pub(super) fn mean(sum: MicroDegreeSum, count: u32) -> Self {
        let mean = |sum: i64| i32::try_from(sum / i64::from(count.max(1))).unwrap_or_default();
        Self { lon: mean(sum.lon), lat: mean(sum.lat) }
    }

    /// This position moved as `from` has to be moved to come to `to`.
    pub(super) fn moved_like(self, from: Self, to: Self) -> Self {
        let moved = |here: i32, from: i32, to: i32| here.saturating_add(to.saturating_sub(from));
        Self { lon: moved(self.lon, from.lon, to.lon), lat: moved(self.lat, from.lat, to.lat) }
    }

    /// Appends `lon,lat` in degrees.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        write_degrees(self.lon, out);
        out.push(b',');
        write_degrees(self.lat, out);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "degrees are at most 180, so millionths fit; `as` saturates on anything else"
)]
fn millionths(degrees: f64) -> i32 {
    (degrees * 1e6).round() as i32
}

fn write_degrees(value: i32, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    let magnitude = value.unsigned_abs();
    write_integer(magnitude / 1_000_000, out);
    let mut fraction = magnitude % 1_000_000;
    if fraction == 0 {
        return;
    }
    let mut digits = 6;
    while fraction.is_multiple_of(10) {
        fraction /= 10;
        digits -= 1;
    }
    out.push(b'.');
    write_digits(fraction, digits, out);
}

/// Appends a whole number.
pub(super) fn write_integer(value: u32, out: &mut Vec<u8>) {
    let digits = value.checked_ilog10().map_or(1, |log| log as usize + 1);
    write_digits(value, digits, out);
}

/// Appends the last `digits` (at most ten) decimal digits of `value`.
fn write_digits(value: u32, digits: usize, out: &mut Vec<u8>) {
    let mut text = [b'0'; 10];
    let mut rest = value;
    for digit in text.iter_mut().rev().take(digits) {
        *digit = b"0123456789"[(rest % 10) as usize];
        rest /= 10;
    }
    out.extend_from_slice(text.get(10 - digits.min(10)..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lon: f64, lat: f64) -> String {
        let mut out = Vec::new();
        MicroDegrees::of(Coord { x: lon, y: lat }).write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writes_at_most_six_decimals_without_trailing_zeros() {
        assert_eq!(text(114.418_203_44, 22.637_1), "114.418203,22.6371");
        assert_eq!(text(-0.000_001, 0.0), "-0.000001,0");
        assert_eq!(text(180.0, -90.0), "180,-90");
        assert_eq!(text(100.000_02, 5.050_5), "100.00002,5.0505");
    }

    #[test]
    fn writes_whole_numbers() {
        let mut out = Vec::new();
        for value in [0, 7, 10, 999_999_999, u32::MAX] {
            write_integer(value, &mut out);
            out.push(b' ');
        }
        assert_eq!(out, b"0 7 10 999999999 4294967295 ");
    }
}
