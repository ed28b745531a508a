//! Which tile: the tile matrix set `WebMercatorQuad` (OGC 17-083r4, annex D.1).

use std::f64::consts::PI;

use crate::bbox::Bbox;
use crate::snapshot::{Envelope, QuadCell};

/// Last zoom of the tiles, where a unit of a tile's grid is about 1 cm.
pub const MAX_ZOOM: u8 = 20;
/// Width and height of a tile in the units of its grid (`extent` in MVT).
pub const EXTENT: u32 = 4096;
/// Margin around a tile in the same units, so that lines and outlines do not end at its edge.
pub const BUFFER: u32 = 64;
/// Covers what the inverse projection rounds, degrees (about 0.1 mm).
const ROUNDING_DEG: f64 = 1e-9;

/// A tile of the square world, which has one tile at zoom 0 and four times as many at each next one.
/// Rows count from the north, columns from the west.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileAddress {
    zoom: u8,
    row: u32,
    column: u32,
}

/// Why there is no such tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileAddressError {
    /// The zoom is too large.
    #[error("瓦片级别 {0} 超出 0 到 {MAX_ZOOM}，请换一个级别")]
    NoSuchZoom(u64),
    /// The row lies outside of the zoom's square.
    #[error("瓦片行号 {row} 超出这一级的 0 到 {last}，请检查行号和列号的顺序")]
    NoSuchRow {
        /// The row asked for.
        row: u64,
        /// The last row at this zoom.
        last: u32,
    },
    /// The column lies outside of the zoom's square.
    #[error("瓦片列号 {column} 超出这一级的 0 到 {last}，请检查行号和列号的顺序")]
    NoSuchColumn {
        /// The column asked for.
        column: u64,
        /// The last column at this zoom.
        last: u32,
    },
}

impl TileAddress {
    /// The whole world.
    pub const WORLD: Self = Self { zoom: 0, row: 0, column: 0 };

    /// The tile at this zoom, row (from the north) and column (from the west).
    pub fn new(zoom: u64, row: u64, column: u64) -> Result<Self, TileAddressError> {
        let known_zoom = u8::try_from(zoom).ok().filter(|&zoom| zoom <= MAX_ZOOM);
        let small_zoom = known_zoom.ok_or(TileAddressError::NoSuchZoom(zoom))?;
        let last = (1_u32 << small_zoom) - 1;
        let inside = |number: u64| u32::try_from(number).ok().filter(|&number| number <= last);
        Ok(Self {
            zoom: small_zoom,
            row: inside(row).ok_or(TileAddressError::NoSuchRow { row, last })?,
            column: inside(column).ok_or(TileAddressError::NoSuchColumn { column, last })?,
        })
    }

    /// Zoom, 0 to [`MAX_ZOOM`].
    pub fn zoom(self) -> u8 {
        self.zoom
    }

    /// Row, from the north.
    pub fn row(self) -> u32 {
        self.row
    }

    /// Column, from the west.
    pub fn column(self) -> u32 {
        self.column
    }

    /// Its place among all tiles in the order of `PMTiles` 3: by zoom, and within it along a Hilbert
    /// curve, so that neighbours lie close together.
    pub fn hilbert_id(self) -> u64 {
        let zoom = u32::from(self.zoom);
        let before: u64 = ((1_u64 << (2 * zoom)) - 1) / 3;
        let (mut x, mut y) = (u64::from(self.column), u64::from(self.row));
        let mut along = 0;
        for bit in (0..zoom).rev() {
            let side = 1_u64 << bit;
            let (right, down) = (u64::from(x & side != 0), u64::from(y & side != 0));
            along += side * side * ((3 * right) ^ down);
            if down == 0 {
                if right == 1 {
                    (x, y) = (side.wrapping_sub(1).wrapping_sub(x), side.wrapping_sub(1).wrapping_sub(y));
                }
                (x, y) = (y, x);
            }
            (x, y) = (x & (side - 1), y & (side - 1));
        }
        before + along
    }

    /// The four tiles of the next zoom that it consists of.
    pub(super) fn children(self) -> Option<[Self; 4]> {
        let zoom = (self.zoom < MAX_ZOOM).then_some(self.zoom + 1)?;
        let child = |down, right| Self { zoom, row: 2 * self.row + down, column: 2 * self.column + right };
        Some([child(0, 0), child(0, 1), child(1, 0), child(1, 1)])
    }

    pub(super) fn cell(self) -> QuadCell {
        QuadCell { level: self.zoom, x: self.column, y: self.row }
    }

    /// How often a world unit (of 2^32) is halved to be a unit of the tile's grid.
    pub(super) fn unit_shift(self) -> u32 {
        u32::from(MAX_ZOOM - self.zoom)
    }

    /// North-western corner in world units.
    pub(super) fn origin(self) -> [i64; 2] {
        let side_shift = 32 - u32::from(self.zoom);
        [i64::from(self.column) << side_shift, i64::from(self.row) << side_shift]
    }

    /// The tile in degrees, without its margin.
    pub fn bounds(self) -> Bbox {
        let tiles = f64::from(1_u32 << self.zoom);
        let (column, row) = (f64::from(self.column), f64::from(self.row));
        let lon = |columns: f64| columns / tiles * 360.0 - 180.0;
        Bbox {
            west: lon(column),
            south: lat_of((row + 1.0) / tiles),
            east: lon(column + 1.0),
            north: lat_of(row / tiles),
        }
    }

    /// West, south, east, north of the tile with its margin in degrees, a little too large.
    pub(crate) fn envelope(self) -> Envelope {
        let tiles = f64::from(1_u32 << self.zoom);
        let margin = f64::from(BUFFER) / f64::from(EXTENT);
        let (column, row) = (f64::from(self.column), f64::from(self.row));
        let lon = |columns: f64| (columns / tiles).clamp(0.0, 1.0) * 360.0 - 180.0;
        [
            lon(column - margin) - ROUNDING_DEG,
            lat_of((row + 1.0 + margin) / tiles) - ROUNDING_DEG,
            lon(column + 1.0 + margin) + ROUNDING_DEG,
            lat_of((row - margin) / tiles) + ROUNDING_DEG,
        ]
    }
}

/// Latitude of a height on the world square. What lies beyond the square was projected to its edge, so
/// the edge reaches to the pole.
fn lat_of(height: f64) -> f64 {
    if height <= 0.0 {
        90.0
    } else if height >= 1.0 {
        -90.0
    } else {
        (PI * (1.0 - 2.0 * height)).sinh().atan().to_degrees()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::Wgs84;
    use crate::snapshot::WorldPoint;
    use proptest::prelude::*;

    #[test]
    fn only_tiles_of_the_square_exist() {
        assert_eq!(TileAddress::new(0, 0, 0), Ok(TileAddress::WORLD));
        assert_eq!(TileAddress::new(21, 0, 0), Err(TileAddressError::NoSuchZoom(21)));
        assert_eq!(TileAddress::new(u64::MAX, 0, 0), Err(TileAddressError::NoSuchZoom(u64::MAX)));
        assert_eq!(TileAddress::new(3, 8, 0), Err(TileAddressError::NoSuchRow { row: 8, last: 7 }));
        assert_eq!(TileAddress::new(3, 7, 8), Err(TileAddressError::NoSuchColumn { column: 8, last: 7 }));
        assert!(TileAddress::new(20, 1_048_575, 1_048_575).is_ok());
    }

    #[test]
    fn tiles_are_numbered_as_the_specification_of_pmtiles_lists_them() {
        let id = |zoom, column, row| TileAddress::new(zoom, row, column).unwrap().hilbert_id();
        assert_eq!(
            [id(0, 0, 0), id(1, 0, 0), id(1, 0, 1), id(1, 1, 1), id(1, 1, 0), id(2, 0, 0)],
            [0, 1, 2, 3, 4, 5]
        );
        assert_eq!(id(12, 3423, 1763), 19_078_479);
    }

    #[test]
    fn each_zoom_is_numbered_without_gaps_and_children_follow_their_parents() {
        for zoom in 0..6_u64 {
            let mut ids: Vec<u64> = (0..1 << zoom)
                .flat_map(|row| (0..1 << zoom).map(move |column| (row, column)))
                .map(|(row, column)| TileAddress::new(zoom, row, column).unwrap().hilbert_id())
                .collect();
            ids.sort_unstable();
            let first = ids[0];
            assert!(ids.iter().zip(first..).all(|(&id, expected)| id == expected), "zoom {zoom}");
        }
        let parent = TileAddress::new(4, 5, 9).unwrap();
        let offset =
            |address: TileAddress| (address.hilbert_id() - u64::pow(4, u32::from(address.zoom())) / 3) / 4;
        let mut of_children: Vec<u64> = parent.children().unwrap().map(offset).to_vec();
        of_children.dedup();
        assert_eq!(of_children, [parent.hilbert_id() - u64::pow(4, 4) / 3]);
    }

    proptest! {
        #[test]
        fn a_position_lies_in_the_envelope_of_its_tile(
            lon in -180.0..180.0_f64, lat in -85.0..85.0_f64, zoom in 0_u8..=20,
        ) {
            let point = WorldPoint::of(Wgs84 { lon, lat });
            let at = |units: u32| u64::from(units).checked_shr(32 - u32::from(zoom)).unwrap_or(0);
            let tile = TileAddress::new(zoom.into(), at(point.y), at(point.x)).unwrap();
            let [west, south, east, north] = tile.envelope();
            prop_assert!(west <= lon && lon <= east && south <= lat && lat <= north);
            prop_assert!(tile.cell().codes().0 <= tile.cell().codes().1);
        }
    }
}
