//! The nearest places, by true distance to their shapes.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::Snapshot;
use super::chunk::Chunk;
use super::feature::Feature;
use super::layer::LayerSet;
use super::spatial_index::{Branch, Envelope};
use crate::crs::Wgs84;
use crate::geometry;

/// Mean radius of the Earth in metres (IUGG).
const EARTH_RADIUS_M: f64 = 6_371_008.8;
/// The Earth is flatter than the sphere that bounds are computed on, by up to 0.6 % of a distance.
const BOUND_SAFETY: f64 = 0.99;

/// Asks for the places nearest to a position.
#[derive(Debug, Clone)]
pub struct NearestQuery<'q> {
    /// Where to measure from.
    pub from: Wgs84,
    /// Layers to look at.
    pub layers: &'q LayerSet,
    /// Most places to find.
    pub limit: usize,
    /// Farthest distance in metres, inclusive.
    pub radius_m: f64,
}

/// A place with its distance.
#[derive(Debug, Clone, Copy)]
pub struct Nearby<'s> {
    /// The place.
    pub feature: &'s Feature,
    /// Distance in metres to the shape itself; 0 inside a polygon.
    pub distance_m: f64,
}

/// Something that may hold the next nearest place, at no less than its distance.
struct Candidate<'s> {
    distance_m: f64,
    target: Target<'s>,
}

enum Target<'s> {
    Node(&'s Chunk, usize),
    Unmeasured(&'s Feature),
    Measured(&'s Feature),
}

impl Snapshot {
    /// Finds the places nearest to a position: ascending by distance, then by id. Features without
    /// a position are never near.
    ///
    /// Best-first search (Hjaltason and Samet 1999) over all chunks at once; a shape is measured
    /// only when nothing else can be nearer than its envelope.
    pub fn nearest(&self, query: &NearestQuery) -> Vec<Nearby<'_>> {
        let mut found = Vec::new();
        let mut queue = BinaryHeap::new();
        for &place in &query.layers.places {
            let chunks = self.layers.get(place).map(|layer| layer.chunks());
            for chunk in chunks.unwrap_or_default() {
                if let Some((root, envelope)) = chunk.index().root() {
                    let distance_m = lower_bound_m(query.from, &envelope);
                    queue.push(Candidate { distance_m, target: Target::Node(chunk, root) });
                }
            }
        }
        while found.len() < query.limit
            && let Some(Candidate { distance_m, target }) = queue.pop()
            && distance_m <= query.radius_m
        {
            match target {
                Target::Node(chunk, node) => expand(query.from, chunk, node, &mut queue),
                Target::Unmeasured(feature) => {
                    if let Some(shape) = feature.geometry() {
                        let distance_m = geometry::distance_m(query.from, shape);
                        queue.push(Candidate { distance_m, target: Target::Measured(feature) });
                    }
                }
                Target::Measured(feature) => found.push(Nearby { feature, distance_m }),
            }
        }
        found
    }
}

fn expand<'s>(
    from: Wgs84,
    chunk: &'s Chunk,
    node: usize,
    queue: &mut BinaryHeap<Candidate<'s>>,
) {
    for (branch, envelope) in chunk.index().children(node) {
        let target = match branch {
            Branch::Node(child) => Target::Node(chunk, child),
            Branch::Item(member) => match chunk.members().get(member) {
                Some(feature) => Target::Unmeasured(feature),
                None => continue,
            },
        };
        let distance_m = lower_bound_m(from, &envelope);
        queue.push(Candidate { distance_m, target });
    }
}

/// A distance in metres that no position in the envelope undercuts: the chord over the smallest
/// differences in latitude and longitude, the latter at the latitude where degrees are narrowest.
fn lower_bound_m(from: Wgs84, [west, south, east, north]: &Envelope) -> f64 {
    let d_lat = (south - from.lat).max(from.lat - north).max(0.0);
    let d_lon = if (*west..=*east).contains(&from.lon) {
        0.0
    } else {
        turn(from.lon, *west).min(turn(from.lon, *east))
    };
    let widest_lat = from.lat.abs().max(south.abs()).max(north.abs());
    let narrowest = widest_lat.to_radians().cos();
    let up = (d_lat.to_radians() / 2.0).sin();
    let across = narrowest * (d_lon.to_radians() / 2.0).sin();
    2.0 * EARTH_RADIUS_M * up.hypot(across) * BOUND_SAFETY
}

/// Smaller angle between two longitudes, degrees.
fn turn(a: f64, b: f64) -> f64 {
    let difference = (a - b).abs();
    difference.min(360.0 - difference)
}

impl Candidate<'_> {
    /// Nearest first; at the same distance whatever may still hide a smaller id comes before
    /// measured places, and these go by id.
    fn order(&self) -> (f64, bool, u32) {
        match self.target {
            Target::Node(..) | Target::Unmeasured(_) => (self.distance_m, false, 0),
            Target::Measured(feature) => (self.distance_m, true, feature.id()),
        }
    }
}

impl Ord for Candidate<'_> {
    /// Reversed, because the heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (self.order(), other.order());
        b.0.total_cmp(&a.0).then((b.1, b.2).cmp(&(a.1, a.2)))
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate<'_> {}
