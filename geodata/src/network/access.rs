//! Where a place is entered from the walking network.

use std::collections::BTreeSet;

use geo::{Coord, Geometry, LineString, Polygon};

use super::graph::Network;
use super::snap::{SNAP_REACH_M, Snap};
use crate::crs::Wgs84;
use crate::geometry::LocalPlane;

/// A path this near to a bend of a greenway is the greenway itself, metres.
const SAME_PATH_M: f64 = 10.0;
/// A path this near to an end of a greenway goes on from it, metres.
const GOES_ON_M: f64 = 30.0;
/// Distance of the positions along an outline from which the nearest path is looked for, metres.
const STRIDE_M: f64 = 25.0;
/// Most such positions of one outline; those of a larger one are farther apart.
const MOST_STRIDES: f64 = 2_000.0;
/// Ways in closer together than this count as one, decimetres along a piece.
const SAME_ACCESS_DM: u32 = 100;

impl Network {
    /// Where a place is entered: its entrances, where they are known and near a path; else where its line or
    /// outline meets a path; else the place on a path that is nearest to it. Empty where it is farther than
    /// 150 m from every path.
    pub fn accesses(&self, shape: &Geometry<f64>, entrances: &[Wgs84]) -> Vec<Snap> {
        let mut ways_in = WaysIn::default();
        for entrance in entrances {
            self.enter(*entrance, SNAP_REACH_M, &mut ways_in);
        }
        if !ways_in.0.is_empty() {
            return self.open(ways_in);
        }
        let mut outlines = Outlines::default();
        outlines.add(shape);
        for point in &outlines.points {
            self.enter(*point, SNAP_REACH_M, &mut ways_in);
        }
        for line in &outlines.lines {
            self.meet(line, &mut ways_in);
            self.join(line, &mut ways_in);
        }
        for ring in &outlines.rings {
            self.meet(ring, &mut ways_in);
        }
        if ways_in.0.is_empty() {
            self.approach(&outlines, &mut ways_in);
        }
        self.open(ways_in)
    }

    /// What is left of some ways in once closed paths are not walked. They are the same whatever is closed, so that
    /// closing opens none: a place whose gates are closed is not entered over its fence.
    fn open(&self, ways_in: WaysIn) -> Vec<Snap> {
        let mut open: Vec<Snap> = ways_in
            .thinned()
            .into_iter()
            .filter_map(|(nearest, reach_m)| self.past_closures(nearest, reach_m))
            .collect();
        open.sort_by_key(|snap| (snap.off_dm, snap.piece, snap.along_dm));
        open
    }

    /// Whether a place that has no way in had one before closures.
    pub fn is_closed_off(&self, shape: &Geometry<f64>, entrances: &[Wgs84]) -> bool {
        if !self.has_closures() {
            return false;
        }
        let mut outlines = Outlines::default();
        outlines.add(shape);
        let along = outlines.lines.iter().chain(&outlines.rings).flat_map(strides);
        let mut positions = entrances.iter().chain(&outlines.points).copied().chain(along);
        positions.any(|at| self.is_closed_at(at))
    }

    /// From a position onto the nearest path within reach.
    fn enter(&self, position: Wgs84, reach_m: f64, ways_in: &mut WaysIn) {
        ways_in.0.extend(self.nearest_path(position, reach_m).map(|nearest| (nearest, reach_m)));
    }

    /// Where a line crosses pieces.
    fn meet(&self, line: &LineString<f64>, ways_in: &mut WaysIn) {
        for step in line.lines() {
            let (a, b) = (step.start, step.end);
            let min = Coord { x: a.x.min(b.x), y: a.y.min(b.y) };
            let max = Coord { x: a.x.max(b.x), y: a.y.max(b.y) };
            for number in self.pieces_in(min, max) {
                let ends = self.piece(number).and_then(|piece| self.ends(piece));
                let share = ends.and_then(|[start, end]| crossing(start, end, a, b));
                let met = share.and_then(|share| self.snap_at(number, share, 0.0));
                ways_in.0.extend(met.map(|met| (met, 0.0)));
            }
        }
    }

    /// Where a line runs along pieces or ends near one.
    fn join(&self, line: &LineString<f64>, ways_in: &mut WaysIn) {
        let last = line.0.len().saturating_sub(1);
        for (place, at) in line.0.iter().enumerate() {
            let reach_m = if place == 0 || place == last { GOES_ON_M } else { SAME_PATH_M };
            self.enter(Wgs84 { lon: at.x, lat: at.y }, reach_m, ways_in);
        }
    }

    /// Where an outline comes nearest to a path.
    fn approach(&self, outlines: &Outlines, ways_in: &mut WaysIn) {
        let lines = outlines.lines.iter().chain(&outlines.rings);
        let along = lines.flat_map(strides).filter_map(|at| self.nearest_path(at, SNAP_REACH_M));
        let nearest = along.min_by_key(|snap| (snap.off_dm, snap.piece));
        ways_in.0.extend(nearest.map(|nearest| (nearest, SNAP_REACH_M)));
    }
}

/// Ways into a place, over closed paths too, each with how far the path may lie, metres.
#[derive(Default)]
struct WaysIn(Vec<(Snap, f64)>);

impl WaysIn {
    /// One of those that are nearly the same, the nearest to its place.
    fn thinned(self) -> Vec<(Snap, f64)> {
        let mut ways_in = self.0;
        ways_in.sort_by_key(|(snap, _)| (snap.off_dm, snap.piece, snap.along_dm));
        let mut seen = BTreeSet::new();
        ways_in.retain(|(snap, _)| seen.insert((snap.piece, snap.along_dm / SAME_ACCESS_DM)));
        ways_in
    }
}

/// The parts of a shape that a walker meets.
#[derive(Default)]
struct Outlines {
    points: Vec<Wgs84>,
    lines: Vec<LineString<f64>>,
    rings: Vec<LineString<f64>>,
}

impl Outlines {
    fn add(&mut self, shape: &Geometry<f64>) {
        let mut point = |at: Coord<f64>| self.points.push(Wgs84 { lon: at.x, lat: at.y });
        match shape {
            Geometry::Point(at) => point(at.0),
            Geometry::MultiPoint(points) => points.iter().for_each(|at| point(at.0)),
            Geometry::Line(line) => self.lines.push(LineString(vec![line.start, line.end])),
            Geometry::LineString(line) => self.lines.push(line.clone()),
            Geometry::MultiLineString(lines) => self.lines.extend(lines.iter().cloned()),
            Geometry::Polygon(polygon) => self.polygon(polygon),
            Geometry::MultiPolygon(polygons) => polygons.iter().for_each(|polygon| self.polygon(polygon)),
            Geometry::Rect(rect) => self.polygon(&rect.to_polygon()),
            Geometry::Triangle(triangle) => self.polygon(&triangle.to_polygon()),
            Geometry::GeometryCollection(parts) => parts.iter().for_each(|part| self.add(part)),
        }
    }

    /// The outer ring: nobody enters a park from the lake in it.
    fn polygon(&mut self, polygon: &Polygon<f64>) {
        self.rings.push(polygon.exterior().clone());
    }
}

/// The share of a piece at which another line crosses or touches it.
fn crossing(start: Coord<f64>, end: Coord<f64>, a: Coord<f64>, b: Coord<f64>) -> Option<f64> {
    let (along, across) = (end - start, b - a);
    let cross = |p: Coord<f64>, q: Coord<f64>| p.x * q.y - p.y * q.x;
    let turn = cross(along, across);
    if turn == 0.0 {
        return None;
    }
    let apart = a - start;
    let (share, other) = (cross(apart, across) / turn, cross(apart, along) / turn);
    ((0.0..=1.0).contains(&share) && (0.0..=1.0).contains(&other)).then_some(share)
}

/// Positions along a line.
fn strides(line: &LineString<f64>) -> Vec<Wgs84> {
    let Some(first) = line.0.first() else {
        return Vec::new();
    };
    let plane = LocalPlane::new(Wgs84 { lon: first.x, lat: first.y });
    let length_m = |step: &geo::Line<f64>| {
        let step = plane.project(step.end) - plane.project(step.start);
        step.x.hypot(step.y)
    };
    let total_m: f64 = line.lines().map(|step| length_m(&step)).sum();
    let stride_m = STRIDE_M.max(total_m / MOST_STRIDES);
    let mut along = vec![Wgs84 { lon: first.x, lat: first.y }];
    for step in line.lines() {
        let parts = (length_m(&step) / stride_m).ceil().clamp(1.0, MOST_STRIDES);
        let mut part = 1.0;
        while part <= parts {
            let at = step.start + step.delta() * (part / parts);
            along.push(Wgs84 { lon: at.x, lat: at.y });
            part += 1.0;
        }
    }
    along
}
