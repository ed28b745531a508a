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

    /// The position in degrees.
    pub(super) fn in_degrees(self) -> Coord<f64> {
        Coord { x: f64::from(self.lon) / 1e6, y: f64::from(self.lat) / 1e6 }
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
    let (mut rest, mut decimals) = (value.unsigned_abs(), 6);
    while decimals > 0 && rest.is_multiple_of(10) {
        rest /= 10;
        decimals -= 1;
    }
    let mut text = Text::default();
    for _ in 0..decimals {
        text.put_digit(rest);
        rest /= 10;
    }
    if decimals > 0 {
        text.put(b'.');
    }
    text.put_whole(rest);
    if value < 0 {
        text.put(b'-');
    }
    out.extend_from_slice(text.written());
}

/// Appends a whole number.
pub(super) fn write_integer(value: u32, out: &mut Vec<u8>) {
    // Most counts are small.
    if value < 10 {
        out.push(digit(value));
        return;
    }
    let mut text = Text::default();
    text.put_whole(value);
    out.extend_from_slice(text.written());
}

fn digit(value: u32) -> u8 {
    b'0' + (value % 10) as u8
}

/// Digits, written from the last to the first.
struct Text {
    characters: [u8; 12],
    start: usize,
}

impl Default for Text {
    fn default() -> Self {
        Self { characters: [b'0'; 12], start: 12 }
    }
}

impl Text {
    fn put(&mut self, character: u8) {
        if let Some(start) = self.start.checked_sub(1)
            && let Some(slot) = self.characters.get_mut(start)
        {
            *slot = character;
            self.start = start;
        }
    }

    fn put_digit(&mut self, value: u32) {
        self.put(digit(value));
    }

    fn put_whole(&mut self, mut value: u32) {
        self.put_digit(value);
        while value >= 10 {
            value /= 10;
            self.put_digit(value);
        }
    }

    fn written(&self) -> &[u8] {
        self.characters.get(self.start..).unwrap_or_default()
    }
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
