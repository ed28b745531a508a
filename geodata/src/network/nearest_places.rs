//! The nearest facilities of every position at once: one search from all of them, against the direction of
//! walking, that keeps for each node the few nearest.

use super::bucket_queue::BucketQueue;
use super::graph::Network;
use super::pace::Pace;
use super::search::onto;
use super::snap::Snap;

/// A way into a facility.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Access {
    /// Number of the facility, any the caller chooses.
    pub facility: u32,
    /// Where it is entered.
    pub snap: Snap,
}

/// A facility and what it costs to walk there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Decimetres of flat path.
    pub cost_dm: u32,
    /// Number of the facility.
    pub facility: u32,
}

const NONE: Label = Label { cost_dm: u32::MAX, facility: u32::MAX };

/// The nearest facilities of all nodes.
#[derive(Debug)]
pub struct NearestPlaces<'n> {
    network: &'n Network,
    pace: Pace,
    budget_dm: u32,
    keep: usize,
    /// As many as are kept for each node, ascending, padded.
    labels: Vec<Label>,
    on_pieces: OnPieces,
}

impl Network {
    /// Finds for every node the `keep` facilities (at least one) that are nearest to walk to, within a
    /// budget. Of those at the same cost the smaller number comes first.
    pub fn nearest_places(
        &self,
        accesses: &[Access],
        keep: usize,
        pace: Pace,
        budget_dm: u32,
    ) -> NearestPlaces<'_> {
        let keep = keep.max(1);
        let mut search = Search {
            labels: vec![NONE; self.node_count().saturating_mul(keep)],
            queue: BucketQueue::new(),
            keep,
            budget_dm,
        };
        for access in accesses {
            let Some(piece) = self.piece(access.snap.piece).filter(|piece| !piece.is_closed) else {
                continue;
            };
            let [from_start_dm, from_end_dm] = onto(piece, &access.snap, pace);
            let label = |way_dm: u32| Label {
                cost_dm: access.snap.off_dm.saturating_add(way_dm),
                facility: access.facility,
            };
            search.offer(piece.from, label(from_start_dm));
            if !piece.one_way {
                search.offer(piece.to, label(from_end_dm));
            }
        }
        while let Some((label, node)) = search.next() {
            for arc in self.ways().arcs_of(node).iter().filter(|arc| arc.may_enter()) {
                let step_dm = pace.cost_dm(arc.length_dm(), arc.steps());
                let cost_dm = label.cost_dm.saturating_add(step_dm);
                search.offer(arc.to, Label { cost_dm, facility: label.facility });
            }
        }
        let on_pieces = OnPieces::new(accesses, self.edge_count());
        NearestPlaces { network: self, pace, budget_dm, keep, labels: search.labels, on_pieces }
    }
}

struct Search {
    labels: Vec<Label>,
    /// Nodes with the facility whose label they were given.
    queue: BucketQueue<(u32, u32)>,
    keep: usize,
    budget_dm: u32,
}

impl Search {
    fn offer(&mut self, node: u32, label: Label) {
        if label.cost_dm > self.budget_dm {
            return;
        }
        let start = node as usize * self.keep;
        let Some(kept) = self.labels.get_mut(start..start + self.keep) else {
            return;
        };
        if take(kept, label) {
            self.queue.put(label.cost_dm, (node, label.facility));
        }
    }

    fn next(&mut self) -> Option<(Label, u32)> {
        loop {
            let (cost_dm, (node, facility)) = self.queue.take()?;
            let label = Label { cost_dm, facility };
            let start = node as usize * self.keep;
            let kept = self.labels.get(start..start + self.keep).unwrap_or_default();
            if kept.contains(&label) {
                return Some((label, node));
            }
        }
    }
}

/// Ways in by the piece they lie on.
#[derive(Debug)]
struct OnPieces {
    /// Sorted by piece.
    accesses: Vec<Access>,
    /// A bit for each piece that has some: nearly none has, and that is soon told.
    has_some: Vec<u64>,
}

impl OnPieces {
    fn new(accesses: &[Access], pieces: usize) -> Self {
        let mut accesses = accesses.to_vec();
        accesses.sort_by_key(|access| access.snap.piece);
        let mut has_some = vec![0_u64; pieces.div_ceil(64)];
        for access in &accesses {
            if let Some(word) = has_some.get_mut((access.snap.piece / 64) as usize) {
                *word |= 1 << (access.snap.piece % 64);
            }
        }
        Self { accesses, has_some }
    }

    fn of(&self, piece: u32) -> &[Access] {
        let word = self.has_some.get((piece / 64) as usize).copied().unwrap_or(0);
        if word & (1 << (piece % 64)) == 0 {
            return &[];
        }
        let start = self.accesses.partition_point(|access| access.snap.piece < piece);
        let end = self.accesses.partition_point(|access| access.snap.piece <= piece);
        self.accesses.get(start..end).unwrap_or_default()
    }
}

/// Puts a label among those kept, each facility once, ascending; whether it is now one of them.
#[inline]
fn take(kept: &mut [Label], label: Label) -> bool {
    // The nearest alone is what coverage asks for.
    if let [only] = kept {
        let is_better = label < *only;
        *only = (*only).min(label);
        return is_better;
    }
    let same = kept.iter().position(|other| other.facility == label.facility);
    let end = match same {
        Some(place) if kept.get(place).is_some_and(|other| *other <= label) => return false,
        Some(place) => place,
        None => kept.len() - 1,
    };
    if kept.get(end).is_none_or(|last| *last <= label) {
        return false;
    }
    let place = kept.iter().take(end).position(|other| *other > label).unwrap_or(end);
    if let Some(moved) = kept.get_mut(place..=end) {
        moved.rotate_right(1);
        if let Some(first) = moved.first_mut() {
            *first = label;
        }
    }
    true
}

impl NearestPlaces<'_> {
    /// The nearest facilities of a position, nearest first; at most as many as are kept.
    pub fn at(&self, position: &Snap) -> Vec<Label> {
        let mut best = vec![NONE; self.keep];
        self.each_at(position, |label| {
            take(&mut best, label);
        });
        best.retain(|label| *label != NONE);
        best
    }

    /// What the nearest facility costs.
    pub fn cost_at(&self, position: &Snap) -> Option<u32> {
        let mut least = None;
        self.each_at(position, |label| {
            least = Some(least.map_or(label.cost_dm, |cost: u32| cost.min(label.cost_dm)));
        });
        least
    }

    fn each_at(&self, position: &Snap, mut found: impl FnMut(Label)) {
        let Some(piece) = self.network.piece(position.piece).filter(|piece| !piece.is_closed) else {
            return;
        };
        let mut tell = |facility: u32, cost_dm: u32| {
            let cost_dm = cost_dm.saturating_add(position.off_dm);
            if cost_dm <= self.budget_dm {
                found(Label { cost_dm, facility });
            }
        };
        let mut tell_of = |node: u32, way_dm: u32| {
            for label in self.labels_of(node).iter().filter(|label| **label != NONE) {
                tell(label.facility, label.cost_dm.saturating_add(way_dm));
            }
        };
        let [to_start_dm, to_end_dm] = onto(piece, position, self.pace);
        if !piece.one_way {
            tell_of(piece.from, to_start_dm);
        }
        tell_of(piece.to, to_end_dm);
        for access in self.on_pieces.of(position.piece) {
            if !piece.one_way || access.snap.along_dm >= position.along_dm {
                let length_dm = access.snap.along_dm.abs_diff(position.along_dm);
                let way_dm = self.pace.cost_dm(length_dm, piece.steps);
                tell(access.facility, way_dm.saturating_add(access.snap.off_dm));
            }
        }
    }

    fn labels_of(&self, node: u32) -> &[Label] {
        let start = node as usize * self.keep;
        self.labels.get(start..start + self.keep).unwrap_or_default()
    }
}
