//! The lines and polygons of a chunk, as drawing needs them.

use std::ops::ControlFlow;

use super::feature::{Feature, NEVER_A_SHAPE, Placement};
use super::record::FeatureId;
use super::spatial_index::Envelope;

/// Envelopes that are compared at a time.
const BLOCK: usize = 16;

/// A line or polygon of a chunk.
pub(super) struct Shape {
    /// Larger side on the world square.
    pub(super) side: u32,
    pub(super) id: FeatureId,
    /// Number of the feature in the chunk.
    pub(super) member: u32,
    /// First zoom at which it is drawn.
    pub(super) drawn_from: u8,
    sides: Sides,
}

/// The shapes of a chunk. A view wants the largest, so it goes through their envelopes in this order:
/// they lie side by side, which for the few thousand of a chunk is faster than a tree.
pub(super) struct Shapes {
    /// Largest first, so that the shapes drawn at a zoom are the first so many.
    largest_first: Box<[Shape]>,
    /// Their envelopes, a little too large, in the same order.
    rough_sides: Box<[RoughSides]>,
    /// Number of shapes that are drawn at each zoom.
    drawn: [usize; NEVER_A_SHAPE as usize],
}

/// West, south and, negated, east and north in degrees: two envelopes share a point if each of these
/// is at most the [`reach`] of the other, which is one comparison of four numbers at once.
type Sides = [f64; 4];
/// The same in half the memory, rounded down; a [`reach`] is rounded up.
type RoughSides = [f32; 4];

impl Shapes {
    /// Takes the shapes out of the members of a chunk.
    pub(super) fn of<'f>(members: impl Iterator<Item = (&'f Feature, &'f Placement)>) -> Self {
        let mut shapes: Vec<Shape> = (0..)
            .zip(members)
            .filter(|(_, (_, placement))| placement.shape_zoom < NEVER_A_SHAPE)
            .map(|(member, (feature, placement))| {
                let Placement { side, shape_zoom: drawn_from, envelope, .. } = *placement;
                Shape { side, id: feature.id(), member, drawn_from, sides: sides(&envelope) }
            })
            .collect();
        shapes.sort_by_key(|shape| std::cmp::Reverse(shape.side));
        let mut drawn = [0; NEVER_A_SHAPE as usize];
        for (zoom, drawn) in (0..).zip(&mut drawn) {
            *drawn = shapes.partition_point(|shape| shape.drawn_from <= zoom);
        }
        let rough_sides = shapes.iter().map(|shape| shape.sides.map(rounded_down)).collect();
        Self { largest_first: shapes.into_boxed_slice(), rough_sides, drawn }
    }

    /// Calls `found` with the shapes that are drawn at `zoom` and meet the boxes, largest first, until
    /// it says that it has enough.
    pub(super) fn meeting<'s>(
        &'s self,
        boxes: &[Envelope],
        zoom: u8,
        mut found: impl FnMut(&'s Shape) -> ControlFlow<()>,
    ) {
        let drawn = self.drawn.get(usize::from(zoom)).or(self.drawn.last()).copied().unwrap_or(0);
        let reaches: Vec<Sides> = boxes.iter().map(reach).collect();
        let rough_reaches: Vec<RoughSides> = reaches.iter().map(|reach| reach.map(rounded_up)).collect();
        let rough_sides = self.rough_sides.get(..drawn).unwrap_or_default();
        for (shapes, sides) in self.largest_first.chunks(BLOCK).zip(rough_sides.chunks(BLOCK)) {
            let mut near = rough_reaches.iter().fold(0, |any, reach| any | all_within(sides, reach));
            while near != 0 {
                if let Some(shape) = shapes.get(near.trailing_zeros() as usize)
                    && reaches.iter().any(|reach| within(&shape.sides, reach))
                    && found(shape).is_break()
                {
                    return;
                }
                near &= near - 1;
            }
        }
    }
}

/// Bits of the sides that are within reach.
fn all_within(sides: &[RoughSides], reach: &RoughSides) -> u32 {
    sides.iter().rev().fold(0, |bits, sides| (bits << 1) | u32::from(within(sides, reach)))
}

#[expect(clippy::cast_possible_truncation, reason = "corrected where it rounds up")]
fn rounded_down(degrees: f64) -> f32 {
    let nearest = degrees as f32;
    if f64::from(nearest) > degrees { nearest.next_down() } else { nearest }
}

fn rounded_up(degrees: f64) -> f32 {
    -rounded_down(-degrees)
}

fn sides(&[west, south, east, north]: &Envelope) -> Sides {
    [west, south, -east, -north]
}

/// The most that the sides of an envelope may be if it shares a point with this one.
fn reach(&[west, south, east, north]: &Envelope) -> Sides {
    [east, north, -west, -south]
}

#[expect(clippy::needless_bitwise_bool, reason = "branches that nobody can predict cost more than they save")]
fn within<T: PartialOrd>(sides: &[T; 4], reach: &[T; 4]) -> bool {
    (sides[0] <= reach[0]) & (sides[1] <= reach[1]) & (sides[2] <= reach[2]) & (sides[3] <= reach[3])
}

#[cfg(test)]
mod tests {
    use super::super::spatial_index::meet;
    use super::*;

    #[test]
    fn sides_within_reach_are_envelopes_that_meet() {
        let steps = [-1.5, 0.1, 0.1 + 1e-12, 1.0, 22.637_1];
        let spans = || steps.into_iter().flat_map(move |a| steps.into_iter().map(move |b| (a, b)));
        let boxes = || spans().flat_map(|(w, e)| spans().map(move |(s, n)| [w, s, e, n]));
        let proper = |envelope: &Envelope| envelope[0] <= envelope[2] && envelope[1] <= envelope[3];
        for a in boxes().filter(proper) {
            for b in boxes().filter(proper) {
                assert_eq!(within(&sides(&a), &reach(&b)), meet(&a, &b), "{a:?} and {b:?}");
                let (rough, rough_reach) = (sides(&a).map(rounded_down), reach(&b).map(rounded_up));
                assert!(within(&rough, &rough_reach) || !meet(&a, &b), "{a:?} and {b:?}");
            }
        }
    }
}
