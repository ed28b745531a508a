//! The frame of a small picture: which part of the globe it shows, and where a position falls in it.

use geo::Coord;
use geodata::Bbox;

/// Width of every picture in its own units; pages stretch it to the screen.
pub(super) const WIDTH: f64 = 720.0;
/// Height by width, at least and at most.
const FLATTEST: f64 = 0.4;
const TALLEST: f64 = 1.0;
/// A picture shows at least this many degrees of latitude, about 330 m.
const SMALLEST_SPAN_DEG: f64 = 0.003;
/// Room around the shapes, as a share of the picture.
const MARGIN: f64 = 0.08;
/// Metres in a degree of latitude on a sphere of the mean Earth radius.
const DEGREE_M: f64 = 111_195.0;
/// What the eye tells apart in a picture of a few shapes, and in one of many.
const FINE_STEP: f64 = 0.5;
const COARSE_STEP: f64 = 2.5;
/// Scale bars are shorter than this.
const LONGEST_BAR: f64 = 200.0;

/// Maps positions to the picture. A degree of longitude is drawn shorter than one of latitude by
/// the cosine of the latitude in the middle, so that shapes keep their form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Height of the picture.
    pub(super) height: f64,
    /// Positions closer to the last one than this are not drawn.
    pub(super) step: f64,
    middle: Coord<f64>,
    /// Picture units per degree of latitude.
    scale: f64,
    shrink: f64,
}

/// A bar that stands for a round length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ScaleBar {
    /// What it stands for.
    pub(super) length_m: f64,
    /// How long it is drawn.
    pub(super) width: f64,
}

impl Frame {
    /// The frame around a box.
    pub(super) fn around(extent: &Bbox) -> Self {
        let middle = Coord {
            x: f64::midpoint(extent.west, extent.east),
            y: f64::midpoint(extent.south, extent.north),
        };
        let shrink = middle.y.to_radians().cos().max(0.01);
        let room = 1.0 + 2.0 * MARGIN;
        let mut width_deg = ((extent.east - extent.west) * shrink * room).max(SMALLEST_SPAN_DEG);
        let mut height_deg = (extent.height_deg() * room).max(SMALLEST_SPAN_DEG * FLATTEST);
        height_deg = height_deg.max(width_deg * FLATTEST);
        width_deg = width_deg.max(height_deg / TALLEST);
        let scale = WIDTH / width_deg;
        Self { height: (height_deg * scale).round(), step: FINE_STEP, middle, scale, shrink }
    }

    /// The same for many shapes, of which each needs fewer positions.
    pub(super) fn coarse(self) -> Self {
        Self { step: COARSE_STEP, ..self }
    }

    /// Where a position falls; x to the right, y downwards.
    pub(super) fn place(&self, at: Coord<f64>) -> Coord<f64> {
        Coord {
            x: WIDTH / 2.0 + (at.x - self.middle.x) * self.shrink * self.scale,
            y: self.height / 2.0 - (at.y - self.middle.y) * self.scale,
        }
    }

    /// The longest bar of 1, 2 or 5 times a power of ten that fits.
    pub(super) fn scale_bar(&self) -> ScaleBar {
        let unit_m = DEGREE_M / self.scale;
        let longest_m = LONGEST_BAR * unit_m;
        let power = 10_f64.powf(longest_m.log10().floor());
        let length_m = [5.0, 2.0]
            .into_iter()
            .map(|digit| digit * power)
            .find(|length| *length <= longest_m)
            .unwrap_or(power);
        ScaleBar { length_m, width: length_m / unit_m }
    }
}

#[cfg(test)]
mod tests {
    use geodata::Wgs84;

    use super::*;

    #[test]
    fn shapes_keep_their_form_and_stay_inside() {
        let extent = Bbox::new(114.35, 22.59, 114.52, 22.68).unwrap();
        let frame = Frame::around(&extent);
        let south_west = frame.place(Coord { x: extent.west, y: extent.south });
        let north_east = frame.place(Coord { x: extent.east, y: extent.north });
        assert!(
            south_west.x > 0.0 && south_west.y < frame.height && north_east.x < WIDTH && north_east.y > 0.0
        );
        let drawn = (north_east.x - south_west.x) / (south_west.y - north_east.y);
        let true_form = 0.17 * 22.635_f64.to_radians().cos() / 0.09;
        assert!((drawn / true_form - 1.0).abs() < 1e-6, "{drawn} {true_form}");
    }

    #[test]
    fn a_single_point_has_surroundings_and_a_round_scale() {
        let frame = Frame::around(&Bbox::of_point(Wgs84 { lon: 114.41, lat: 22.63 }));
        let at = frame.place(Coord { x: 114.41, y: 22.63 });
        assert!((at.x - WIDTH / 2.0).abs() < 1e-9 && (at.y - frame.height / 2.0).abs() < 1e-9);
        let bar = frame.scale_bar();
        assert!((bar.length_m - 50.0).abs() < 1e-9, "{bar:?}");
        assert!(bar.width <= LONGEST_BAR && bar.width > LONGEST_BAR / 2.6);
    }

    #[test]
    fn tall_and_flat_extents_are_given_room() {
        let tall = Frame::around(&Bbox::new(114.0, 22.0, 114.0, 23.0).unwrap());
        assert!((tall.height - WIDTH * TALLEST).abs() < 1.0);
        let flat = Frame::around(&Bbox::new(114.0, 22.0, 115.0, 22.0).unwrap());
        assert!((flat.height - WIDTH * FLATTEST).abs() < 1.0);
    }
}
