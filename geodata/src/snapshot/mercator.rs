//! The grid that markers are grouped on: Web Mercator (EPSG:3857) in whole numbers.
//!
//! The world square is 2^32 units wide, x to the east and y to the south, as tiles count. The
//! bits of x and y interleaved give the Morton (Z-order) code: the cell of a point at level `n` of
//! the quadtree is the first `2n` bits of its code, so all points of a cell are neighbours in
//! sorted order at every level at once.

use std::f64::consts::PI;

use crate::crs::Wgs84;

const WORLD: f64 = 4_294_967_296.0;

/// A position on the world square.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WorldPoint {
    pub(crate) x: u32,
    pub(crate) y: u32,
}

/// A cell of the quadtree: column `x` and row `y` of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuadCell {
    pub(crate) level: u8,
    pub(crate) x: u32,
    pub(crate) y: u32,
}

impl QuadCell {
    /// First and last Morton code of its points.
    pub(crate) fn codes(self) -> (u64, u64) {
        cell_codes(self.x, self.y, self.level)
    }
}

impl WorldPoint {
    /// Projects a position; latitudes beyond 85.05° land on the edge of the square.
    pub(crate) fn of(position: Wgs84) -> Self {
        let sine = position.lat.to_radians().sin();
        Self {
            x: world_units((position.lon + 180.0) / 360.0),
            y: world_units(0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * PI)),
        }
    }

    pub(super) fn code(self) -> u64 {
        spread(self.x) | (spread(self.y) << 1)
    }

    /// The position with this Morton code.
    pub(crate) fn of_code(code: u64) -> Self {
        Self { x: gather(code), y: gather(code >> 1) }
    }
}

/// Number of the quadtree cell of `coordinate` along its axis.
pub(super) fn cell_coordinate(coordinate: u32, level: u8) -> u32 {
    coordinate.checked_shr(32 - u32::from(level.min(32))).unwrap_or(0)
}

/// First and last Morton code of the cell at column `x` and row `y` of a level.
pub(super) fn cell_codes(x: u32, y: u32, level: u8) -> (u64, u64) {
    let shift = 64 - 2 * u32::from(level.min(32));
    let first = (spread(x) | (spread(y) << 1)).checked_shl(shift).unwrap_or(0);
    let inside = u64::MAX.checked_shr(2 * u32::from(level.min(32))).unwrap_or(0);
    (first, first | inside)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, which puts positions beyond the square on its edge"
)]
fn world_units(fraction: f64) -> u32 {
    (fraction * WORLD) as u32
}

/// Puts the bits of `value` on the even places.
fn spread(value: u32) -> u64 {
    let mut bits = u64::from(value);
    bits = (bits | (bits << 16)) & 0x0000_ffff_0000_ffff;
    bits = (bits | (bits << 8)) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | (bits << 4)) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | (bits << 2)) & 0x3333_3333_3333_3333;
    (bits | (bits << 1)) & 0x5555_5555_5555_5555
}

/// Undoes [`spread`], ignoring the odd places.
#[expect(clippy::cast_possible_truncation, reason = "after the last step all bits are in the lower half")]
fn gather(code: u64) -> u32 {
    let mut bits = code & 0x5555_5555_5555_5555;
    bits = (bits | (bits >> 1)) & 0x3333_3333_3333_3333;
    bits = (bits | (bits >> 2)) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | (bits >> 4)) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | (bits >> 8)) & 0x0000_ffff_0000_ffff;
    (bits | (bits >> 16)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn kwaichung_square_is_on_its_tile() {
        // Tile 15/26794/14267 of the usual web maps holds 葵涌 (114.3723..114.3833 E).
        let point = WorldPoint::of(Wgs84 { lon: 114.376, lat: 22.6371 });
        assert_eq!(cell_coordinate(point.x, 15), 26794);
        assert_eq!(cell_coordinate(point.y, 15), 14267);
    }

    #[test]
    fn poles_and_edges_stay_on_the_square() {
        let north = WorldPoint::of(Wgs84 { lon: 180.0, lat: 90.0 });
        assert_eq!((north.x, north.y), (u32::MAX, 0));
        let south = WorldPoint::of(Wgs84 { lon: -180.0, lat: -90.0 });
        assert_eq!((south.x, south.y), (0, u32::MAX));
        assert_eq!(cell_coordinate(u32::MAX, 0), 0);
        assert_eq!(cell_codes(0, 0, 0), (0, u64::MAX));
    }

    proptest! {
        #[test]
        fn codes_round_trip(x: u32, y: u32) {
            let point = WorldPoint { x, y };
            prop_assert_eq!(WorldPoint::of_code(point.code()), point);
        }

        #[test]
        fn a_cell_holds_its_points_and_no_others(x: u32, y: u32, other: u64, level in 0u8..=32) {
            let (first, last) = cell_codes(cell_coordinate(x, level), cell_coordinate(y, level), level);
            let code = WorldPoint { x, y }.code();
            prop_assert!((first..=last).contains(&code));
            let other_point = WorldPoint::of_code(other);
            let same_cell = cell_coordinate(other_point.x, level) == cell_coordinate(x, level)
                && cell_coordinate(other_point.y, level) == cell_coordinate(y, level);
            prop_assert_eq!((first..=last).contains(&other), same_cell);
        }
    }
}
