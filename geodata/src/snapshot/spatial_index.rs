//! Packed R-tree over the envelopes of a chunk (geo-index), walked here because searching needs to
//! know which subtrees lie wholly inside the box and ranking needs to stop early.

use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};

/// West, south, east, north in degrees.
pub(crate) type Envelope = [f64; 4];

/// An immutable R-tree over numbered envelopes.
pub(super) struct SpatialIndex(RTree<f64>);

/// A node or an item of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Branch {
    /// An inner node, by its place in the tree.
    Node(usize),
    /// An item, by its number in the list that the tree was built from.
    Item(usize),
}

impl SpatialIndex {
    pub(super) fn new(envelopes: impl ExactSizeIterator<Item = Envelope>) -> Self {
        let count = u32::try_from(envelopes.len()).unwrap_or(u32::MAX);
        let mut builder = RTreeBuilder::new(count);
        for [west, south, east, north] in envelopes.take(count as usize) {
            builder.add(west, south, east, north);
        }
        Self(builder.finish::<HilbertSort>())
    }

    /// Where to begin: a node whose only child is the node over everything.
    pub(super) fn root(&self) -> Option<usize> {
        (self.0.boxes().len() / 4).checked_sub(1)
    }

    /// The children of a node with their envelopes.
    pub(super) fn children(&self, node: usize) -> impl Iterator<Item = (Branch, Envelope)> + '_ {
        let (boxes, _) = self.0.boxes().as_chunks::<4>();
        let level_end = self
            .0
            .level_bounds()
            .iter()
            .map(|bound| bound / 4)
            .find(|&bound| bound > node)
            .unwrap_or(boxes.len());
        let end = (node + usize::from(self.0.node_size())).min(level_end);
        let at_items = node < self.0.num_items() as usize;
        let indices = self.0.indices();
        boxes.get(node..end).unwrap_or_default().iter().zip(node..end).map(move |(envelope, place)| {
            let target = indices.get(place);
            let branch = if at_items { Branch::Item(target) } else { Branch::Node(target / 4) };
            (branch, *envelope)
        })
    }

    /// Calls `found` with every item whose envelope meets one of the boxes, and whether it lies
    /// wholly inside one.
    pub(super) fn search(&self, boxes: &[Envelope], found: &mut impl FnMut(usize, bool)) {
        if let Some(root) = self.root() {
            self.search_below(root, boxes, false, found);
        }
    }

    /// The items whose envelope meets one of the boxes, by ascending number: what is stored in the order of
    /// the items is then read from front to back, which costs a fraction of reading it here and there.
    pub(super) fn search_in_order(&self, boxes: &[Envelope]) -> Vec<usize> {
        const BITS: usize = u64::BITS as usize;
        let mut marks = vec![0_u64; (self.0.num_items() as usize).div_ceil(BITS)];
        let mut count = 0;
        self.search(boxes, &mut |item, _| {
            if let Some(word) = marks.get_mut(item / BITS) {
                *word |= 1 << (item % BITS);
                count += 1;
            }
        });
        let mut found = Vec::with_capacity(count);
        for (place, mut word) in marks.into_iter().enumerate() {
            while word != 0 {
                found.push(place * BITS + word.trailing_zeros() as usize);
                word &= word - 1;
            }
        }
        found
    }

    fn search_below(
        &self,
        node: usize,
        boxes: &[Envelope],
        all_inside: bool,
        found: &mut impl FnMut(usize, bool),
    ) {
        for (branch, envelope) in self.children(node) {
            let inside = all_inside || boxes.iter().any(|outer| holds(outer, &envelope));
            if !inside && !boxes.iter().any(|other| meet(other, &envelope)) {
                continue;
            }
            match branch {
                Branch::Node(child) => self.search_below(child, boxes, inside, found),
                Branch::Item(item) => found(item, inside),
            }
        }
    }
}

/// Whether two envelopes share a point, edges included.
pub(super) fn meet(a: &Envelope, b: &Envelope) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

/// Whether `inner` lies in `outer`, edges included.
pub(super) fn holds(outer: &Envelope, inner: &Envelope) -> bool {
    outer[0] <= inner[0] && outer[1] <= inner[1] && inner[2] <= outer[2] && inner[3] <= outer[3]
}

/// The smallest envelope around both.
pub(super) fn joined(a: Envelope, b: Envelope) -> Envelope {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(envelopes: &[Envelope], boxes: &[Envelope]) -> Vec<(usize, bool)> {
        let index = SpatialIndex::new(envelopes.iter().copied());
        let mut found = Vec::new();
        index.search(boxes, &mut |item, inside| found.push((item, inside)));
        found.sort_unstable();
        found
    }

    #[test]
    fn finds_the_same_as_a_scan_at_every_tree_height() {
        for count in [0_u32, 1, 2, 15, 16, 17, 255, 256, 257, 5000] {
            let envelopes: Vec<Envelope> = (0..count)
                .map(|i| {
                    let (x, y) = (f64::from(i * 37 % 101), f64::from(i * 53 % 89));
                    [x, y, x + f64::from(i % 4), y + f64::from(i % 3)]
                })
                .collect();
            let boxes = [[20.0, 20.0, 60.0, 50.0], [90.0, 0.0, 90.0, 88.0]];
            let expected: Vec<(usize, bool)> = envelopes
                .iter()
                .enumerate()
                .filter(|(_, e)| boxes.iter().any(|b| meet(b, e)))
                .map(|(i, e)| (i, boxes.iter().any(|b| holds(b, e))))
                .collect();
            assert_eq!(found(&envelopes, &boxes), expected, "{count} items");
            let in_order = SpatialIndex::new(envelopes.iter().copied()).search_in_order(&boxes);
            assert!(in_order.iter().copied().eq(expected.iter().map(|(item, _)| *item)), "{count} items");
        }
    }
}
