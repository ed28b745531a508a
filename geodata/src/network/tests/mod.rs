mod agreement;
mod closures;
mod corpus;
mod osm_files;
mod overlay;
mod plain;
mod reach;
mod storage;

use geo::Coord;

use super::*;
use crate::crs::Wgs84;

const CORNER: Wgs84 = Wgs84 { lon: 114.40, lat: 22.62 };

/// Where so many metres east and north of the corner are.
fn at(east_m: f64, north_m: f64) -> Wgs84 {
    const M_PER_DEGREE_LAT: f64 = 110_740.0;
    const M_PER_DEGREE_LON: f64 = 102_840.0;
    Wgs84 { lon: CORNER.lon + east_m / M_PER_DEGREE_LON, lat: CORNER.lat + north_m / M_PER_DEGREE_LAT }
}

/// Streets between positions, each line of numbers of nodes.
fn streets(nodes: &[(f64, f64)], lines: &[&[u32]]) -> Streets {
    let nodes: Vec<Node> = nodes.iter().map(|(x, y)| Node::at(at(*x, *y))).collect();
    let edges = lines.iter().flat_map(|line| {
        line.windows(2).map(|ends| Edge { from: ends[0], to: ends[1], steps: false, one_way: false })
    });
    Streets::new(&nodes, edges)
}

fn town(seed: u64) -> Streets {
    SyntheticStreets { corner: CORNER, columns: 30, rows: 30, spacing_m: 60.0, seed }.make()
}

fn contains(area: &geo::MultiPolygon<f64>, position: Wgs84) -> bool {
    geo::Contains::contains(area, &geo::Point::from(Coord::from(position)))
}

const ADULT: Pace = Pace { speed_mm_s: 1_200, steps_percent: 150 };
