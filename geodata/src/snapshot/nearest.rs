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
    Chunk(&'s Chunk),
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
            for entry in chunks.unwrap_or_default() {
                let distance_m = lower_bound_m(query.from, &entry.envelope);
                if distance_m <= query.radius_m {
                    let target = Target::Chunk(&entry.chunk);
                    queue.push(Candidate { distance_m, target });
                }
            }
        }
        while found.len() < query.limit
            && let Some(Candidate { distance_m, target }) = queue.pop()
            && distance_m <= query.radius_m
        {
            match target {
                Target::Chunk(chunk) => {
                    if let Some(root) = chunk.index().root() {
                        expand(query.from, chunk, root, &mut queue);
                    }
                }
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

fn expand<'s>(from: Wgs84, chunk: &'s Chunk, node: usize, queue: &mut BinaryHeap<Candidate<'s>>) {
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

/// A distance in metres that no shape in the envelope undercuts: the chord over the smallest
/// differences in latitude and longitude, the latter at the latitude where degrees are narrowest,
/// less what a straight edge can bulge out of an envelope of its corners when it is measured on a
/// plane. The bulge grows with the square of the size; it is 10 m for an edge of 11 km.
fn lower_bound_m(from: Wgs84, [west, south, east, north]: &Envelope) -> f64 {
    let d_lat = (south - from.lat).max(from.lat - north).max(0.0);
    let d_lon = if (*west..=*east).contains(&from.lon) {
        0.0
    } else {
        turn(from.lon, *west).min(turn(from.lon, *east))
    };
    let widest_lat = from.lat.abs().max(south.abs()).max(north.abs());
    let up = sine_at_least(d_lat.to_radians() / 2.0);
    let across = cosine_at_least(widest_lat.to_radians()) * sine_at_least(d_lon.to_radians() / 2.0);
    let chord_m = 2.0 * EARTH_RADIUS_M * (up * up + across * across).sqrt();
    let (width, height) = ((east - west).to_radians(), (north - south).to_radians());
    let bulge_m = EARTH_RADIUS_M * (width * width + height * height) / 2.0;
    (chord_m * BOUND_SAFETY - bulge_m).max(0.0)
}

/// The first terms of the sine's series, from below; for angles from 0 to a right angle.
fn sine_at_least(angle: f64) -> f64 {
    angle * (1.0 - angle * angle / 6.0)
}

/// The first terms of the cosine's series, from below; for angles from 0 to a right angle.
fn cosine_at_least(angle: f64) -> f64 {
    let square = angle * angle;
    (1.0 - square / 2.0 * (1.0 - square / 12.0 * (1.0 - square / 30.0))).max(0.0)
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
            Target::Chunk(_) | Target::Node(..) | Target::Unmeasured(_) => (self.distance_m, false, 0),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_stay_below_the_functions() {
        for step in 0..=1000 {
            let angle = f64::from(step) / 1000.0 * std::f64::consts::FRAC_PI_2;
            assert!(sine_at_least(angle) <= angle.sin() + 1e-15);
            assert!(cosine_at_least(angle) <= angle.cos() + 1e-15);
        }
    }

    #[test]
    fn bound_is_close_and_never_above_the_distance() {
        let from = Wgs84 { lon: 114.41, lat: 22.63 };
        for (lon, lat) in [(114.42, 22.63), (114.41, 22.60), (113.0, 24.0), (-75.0, 40.0)] {
            let shape = geo::Point::new(lon, lat).into();
            let distance_m = geometry::distance_m(from, &shape);
            let bound_m = lower_bound_m(from, &[lon, lat, lon, lat]);
            assert!(bound_m <= distance_m, "{bound_m} above {distance_m}");
            if distance_m < 200_000.0 {
                assert!(bound_m > 0.95 * distance_m, "{bound_m} far below {distance_m}");
            }
        }
    }
}
