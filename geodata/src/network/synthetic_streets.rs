//! A made-up town of streets for measurements and tests: a grid that is bent and has gaps, with a river that
//! only a few bridges cross, and some steps.

use super::streets::{Edge, Node, Streets, to_u32};
use crate::crs::Wgs84;
use crate::synthetic::Draw;

/// Metres of a degree of latitude.
const M_PER_DEGREE: f64 = 111_195.0;
/// Of a thousand pieces so many are missing.
const GAPS: u32 = 80;
/// Of a thousand pieces so many are steps.
const STEPS: u32 = 10;
/// Every so manyth column has a bridge.
const BRIDGES: u32 = 12;

/// Which streets to make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SyntheticStreets {
    /// South-western corner.
    pub corner: Wgs84,
    /// Streets from south to north.
    pub columns: u32,
    /// Streets from west to east.
    pub rows: u32,
    /// Mean distance of crossings, metres.
    pub spacing_m: f64,
    /// Another seed gives another town.
    pub seed: u64,
}

impl SyntheticStreets {
    /// Makes them.
    pub fn make(&self) -> Streets {
        let mut draw = Draw::new(self.seed);
        let mut nodes = Vec::new();
        for row in 0..self.rows {
            for column in 0..self.columns {
                nodes.push(self.node(column, row, &mut draw));
            }
        }
        let mut edges = Vec::new();
        let river = self.rows / 2;
        for row in 0..self.rows {
            for column in 0..self.columns {
                let from = row * self.columns + column;
                if column + 1 < self.columns {
                    edges.extend(piece(from, from + 1, &mut draw));
                }
                let is_bridge = column % BRIDGES == 0;
                if row + 1 < self.rows && (row + 1 != river || is_bridge) {
                    edges.extend(piece(from, from + self.columns, &mut draw));
                }
            }
        }
        debug_assert_eq!(to_u32(nodes.len()), self.columns * self.rows);
        Streets::new(&nodes, edges)
    }

    fn node(&self, column: u32, row: u32, draw: &mut Draw) -> Node {
        let mut wobble = || (f64::from(draw.below(1_000)) / 1_000.0 - 0.5) * 0.5;
        let (x, y) = (f64::from(column) + wobble(), f64::from(row) + wobble());
        let degrees = self.spacing_m / M_PER_DEGREE;
        Node::at(Wgs84 {
            lon: self.corner.lon + x * degrees / self.corner.lat.to_radians().cos(),
            lat: self.corner.lat + y * degrees,
        })
    }
}

fn piece(from: u32, to: u32, draw: &mut Draw) -> Option<Edge> {
    let lot = draw.below(1_000);
    (lot >= GAPS).then_some(Edge { from, to, steps: lot < GAPS + STEPS, one_way: false })
}
