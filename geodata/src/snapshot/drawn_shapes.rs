//! Which lines and polygons a view draws as such.

use std::cmp::Reverse;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::chunk::Chunk;
use super::feature::Feature;
use super::record::FeatureId;
use super::shapes::Shape;
use super::spatial_index::{Envelope, meet};
use super::view_source::Source;

/// The shapes of a view.
pub(super) struct DrawnShapes<'s> {
    /// Largest first.
    pub(super) shapes: Vec<DrawnShape<'s>>,
    /// Features whose zoom class is below this are drawn as shapes, all others are markers.
    pub(super) drawn_below: u8,
}

/// A feature that a view can draw as a shape.
pub(super) struct DrawnShape<'s> {
    side: u32,
    pub(super) id: FeatureId,
    /// First zoom at which it is drawn.
    drawn_from: u8,
    chunk: &'s Chunk,
    member: u32,
    /// Number of its layer in the view.
    pub(super) layer: usize,
}

impl<'s> DrawnShapes<'s> {
    /// The largest shapes that meet the boxes, by whole zoom classes: a class that does not fit as a
    /// whole stays with the markers.
    pub(super) fn select(sources: &[Source<'s, '_>], boxes: &[Envelope], zoom: u8, at_most: usize) -> Self {
        let mut found = Self { shapes: Vec::new(), drawn_below: zoom + 1 };
        // One more than fits, so that too many are noticed.
        let wanted = at_most + 1;
        for source in sources {
            for entry in source.chunks {
                if boxes.iter().any(|other| meet(other, &entry.envelope)) {
                    found.add(source, &entry.chunk, boxes, zoom, wanted);
                }
            }
        }
        found.keep_largest(wanted);
        found.shapes.sort_unstable_by_key(DrawnShape::rank);
        if let Some(first_too_many) = found.shapes.get(at_most) {
            found.drawn_below = first_too_many.drawn_from;
            let drawn_below = found.drawn_below;
            found.shapes.retain(|shape| shape.drawn_from < drawn_below);
        }
        found
    }

    /// Adds the shapes of a chunk that can be among the `wanted` largest.
    fn add(&mut self, source: &Source, chunk: &'s Chunk, boxes: &[Envelope], zoom: u8, wanted: usize) {
        if self.shapes.len() > wanted {
            self.keep_largest(wanted);
        }
        let smallest = self.shapes.iter().map(|shape| shape.side).min();
        let too_small = smallest.filter(|_| self.shapes.len() == wanted).unwrap_or(0);
        let mut missing = wanted;
        chunk.shapes().meeting(boxes, zoom, |shape| {
            if shape.side < too_small {
                return ControlFlow::Break(());
            }
            if let Some(layer) = source.layers.number(chunk, shape.member) {
                let &Shape { side, id, member, drawn_from, .. } = shape;
                self.shapes.push(DrawnShape { side, id, drawn_from, chunk, member, layer });
                missing -= 1;
            }
            if missing == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    }

    /// Drops all but the largest.
    fn keep_largest(&mut self, number: usize) {
        if self.shapes.len() > number {
            self.shapes.select_nth_unstable_by_key(number, DrawnShape::rank);
            self.shapes.truncate(number);
        }
    }
}

impl<'s> DrawnShape<'s> {
    /// What is drawn.
    pub(super) fn feature(&self) -> Option<&'s Arc<Feature>> {
        self.chunk.members().get(self.member as usize)
    }

    fn rank(&self) -> (Reverse<u32>, FeatureId) {
        (Reverse(self.side), self.id)
    }
}
