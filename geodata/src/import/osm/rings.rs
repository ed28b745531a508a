//! Areas of multipolygon relations: runs of positions joined to rings, holes put into their exteriors.

use std::collections::HashMap;

use geo::{BoundingRect, Contains, Coord, Geometry, Intersects, LineString, MultiPolygon, Point, Polygon};

/// More rings than any place has; each hole is looked for in each exterior.
const MOST_RINGS: usize = 10_000;

/// The area that runs bound, each with whether it bounds a hole. `None` where they do not close.
pub(super) fn area(runs: Vec<(Vec<Coord<f64>>, bool)>) -> Option<Geometry<f64>> {
    let (holes, exteriors): (Vec<_>, Vec<_>) = runs.into_iter().partition(|(_, is_hole)| *is_hole);
    let rings = |runs: Vec<(Vec<Coord<f64>>, bool)>| joined(runs.into_iter().map(|(run, _)| run).collect());
    let (exteriors, holes) = (rings(exteriors)?, rings(holes)?);
    if exteriors.is_empty() || exteriors.len() + holes.len() > MOST_RINGS {
        return None;
    }
    let mut polygons: Vec<Polygon<f64>> =
        exteriors.into_iter().map(|ring| Polygon::new(ring, Vec::new())).collect();
    for hole in holes {
        let outer = polygons.iter_mut().find(|polygon| holds(polygon, &hole));
        outer?.interiors_push(hole);
    }
    if polygons.len() > 1 {
        Some(Geometry::MultiPolygon(MultiPolygon(polygons)))
    } else {
        polygons.pop().map(Geometry::Polygon)
    }
}

fn holds(polygon: &Polygon<f64>, hole: &LineString<f64>) -> bool {
    let boxes = polygon.bounding_rect().zip(hole.bounding_rect());
    if !boxes.is_some_and(|(outer, inner)| outer.intersects(&inner)) {
        return false;
    }
    let shell = Polygon::new(polygon.exterior().clone(), Vec::new());
    let off_edge = hole.0.iter().map(|at| Point(*at)).find(|at| !polygon.exterior().intersects(at));
    off_edge.is_none_or(|at| shell.contains(&at))
}

/// Joins runs at their ends. Ends meet exactly: they are the same nodes.
fn joined(runs: Vec<Vec<Coord<f64>>>) -> Option<Vec<LineString<f64>>> {
    let key = |at: &Coord<f64>| (at.x.to_bits(), at.y.to_bits());
    let mut ends: HashMap<(u64, u64), Vec<usize>> = HashMap::new();
    for (number, run) in runs.iter().enumerate() {
        for end in [run.first()?, run.last()?] {
            ends.entry(key(end)).or_default().push(number);
        }
    }
    let mut left: Vec<Option<Vec<Coord<f64>>>> = runs.into_iter().map(Some).collect();
    let mut rings = Vec::new();
    for number in 0..left.len() {
        let Some(mut ring) = left.get_mut(number).and_then(Option::take) else { continue };
        while ring.first() != ring.last() {
            let end = *ring.last()?;
            let candidates = ends.get_mut(&key(&end))?;
            let mut next = None;
            while let Some(candidate) = candidates.pop() {
                next = left.get_mut(candidate).and_then(Option::take);
                if next.is_some() {
                    break;
                }
            }
            let mut next = next?;
            if next.first() != Some(&end) {
                next.reverse();
            }
            ring.extend(next.into_iter().skip(1));
        }
        if ring.len() < 4 {
            return None;
        }
        rings.push(LineString(ring));
    }
    Some(rings)
}
