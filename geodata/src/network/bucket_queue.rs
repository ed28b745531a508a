//! The queue of a search whose costs are small whole numbers: one list for each cost (Dial 1969).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Costs from the least on that have a list, decimetres: a piece of street is hardly ever 400 m long. What
/// costs more waits in a heap, so that long pieces cost time but no room.
const RING: u32 = 4_096;
const WORD_BITS: u32 = u64::BITS;
/// No entry.
const END: u32 = u32::MAX;

/// Items by their cost, cheapest first, those of one cost in any order.
///
/// Once an item was taken, none cheaper may be put: Dijkstra's search never does.
#[derive(Debug)]
pub(super) struct BucketQueue<T> {
    /// The first entry of the list of each cost, which lies at the rest of its division by the ring.
    firsts: Vec<u32>,
    /// A bit for each list that is not empty.
    filled: Vec<u64>,
    entries: Vec<Entry<T>>,
    /// The first entry that is not in use; they are a list too.
    spare: u32,
    /// No item costs less.
    least_dm: u32,
    far: BinaryHeap<Reverse<(u32, T)>>,
}

#[derive(Debug)]
struct Entry<T> {
    item: T,
    next: u32,
}

impl<T: Copy + Ord> BucketQueue<T> {
    /// Nothing is in it.
    pub(super) fn new() -> Self {
        Self {
            firsts: vec![END; RING as usize],
            filled: vec![0; (RING / WORD_BITS) as usize],
            entries: Vec::new(),
            spare: END,
            least_dm: 0,
            far: BinaryHeap::new(),
        }
    }

    /// Puts an item in.
    pub(super) fn put(&mut self, cost_dm: u32, item: T) {
        if cost_dm.checked_sub(self.least_dm).is_none_or(|above_dm| above_dm >= RING) {
            self.far.push(Reverse((cost_dm, item)));
            return;
        }
        let slot = cost_dm % RING;
        let entry = Entry { item, next: self.firsts.get(slot as usize).copied().unwrap_or(END) };
        let number = self.store(entry);
        if let Some(first) = self.firsts.get_mut(slot as usize) {
            *first = number;
        }
        if let Some(word) = self.filled.get_mut((slot / WORD_BITS) as usize) {
            *word |= 1 << (slot % WORD_BITS);
        }
    }

    /// Takes one of the cheapest items with its cost.
    pub(super) fn take(&mut self) -> Option<(u32, T)> {
        let near_dm = self.cheapest_in_ring();
        let far_dm = self.far.peek().map(|Reverse((cost_dm, _))| *cost_dm);
        match (near_dm, far_dm) {
            (Some(near_dm), None) => self.take_from_ring(near_dm),
            (Some(near_dm), Some(far_dm)) if near_dm <= far_dm => self.take_from_ring(near_dm),
            (_, Some(far_dm)) => {
                self.least_dm = self.least_dm.max(far_dm);
                self.far.pop().map(|Reverse(told)| told)
            }
            (None, None) => None,
        }
    }

    fn store(&mut self, entry: Entry<T>) -> u32 {
        let number = self.spare;
        if let Some(place) = self.entries.get_mut(number as usize) {
            self.spare = place.next;
            *place = entry;
            return number;
        }
        let number = u32::try_from(self.entries.len()).unwrap_or(END);
        self.entries.push(entry);
        number
    }

    /// The cost of the first list that is not empty, at or after the least cost.
    fn cheapest_in_ring(&self) -> Option<u32> {
        let start = self.least_dm % RING;
        let words = RING / WORD_BITS;
        let first = start / WORD_BITS;
        let from_start = u64::MAX << (start % WORD_BITS);
        // The word of the start comes first without what lies before it, and last with only that.
        for step in 0..=words {
            let number = (first + step) % words;
            let mask = match step {
                0 => from_start,
                step if step == words => !from_start,
                _ => u64::MAX,
            };
            let word = self.filled.get(number as usize).copied().unwrap_or(0) & mask;
            if word != 0 {
                let slot = number * WORD_BITS + word.trailing_zeros();
                return Some(self.least_dm + slot.wrapping_sub(start) % RING);
            }
        }
        None
    }

    fn take_from_ring(&mut self, cost_dm: u32) -> Option<(u32, T)> {
        self.least_dm = cost_dm;
        let slot = cost_dm % RING;
        let first = self.firsts.get_mut(slot as usize)?;
        let number = *first;
        let entry = self.entries.get_mut(number as usize)?;
        *first = std::mem::replace(&mut entry.next, self.spare);
        self.spare = number;
        if *first == END
            && let Some(word) = self.filled.get_mut((slot / WORD_BITS) as usize)
        {
            *word &= !(1 << (slot % WORD_BITS));
        }
        Some((cost_dm, entry.item))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_comes_out_is_what_a_heap_says(
            starts in prop::collection::vec(0_u32..20_000, 0..20),
            steps in prop::collection::vec((0_usize..4, prop_oneof![0_u32..5_000, 0_u32..1 << 29]), 0..300),
        ) {
            let (mut queue, mut heap) = (BucketQueue::new(), BinaryHeap::new());
            for cost_dm in starts {
                queue.put(cost_dm, 0);
                heap.push(Reverse(cost_dm));
            }
            let mut steps = steps.into_iter();
            loop {
                let taken = queue.take();
                prop_assert_eq!(taken.map(|(cost_dm, _)| cost_dm), heap.pop().map(|Reverse(cost_dm)| cost_dm));
                let Some((least_dm, _)) = taken else { break };
                let (count, step_dm) = steps.next().unwrap_or((0, 0));
                for number in 0..u32::try_from(count).unwrap() {
                    let cost_dm = least_dm.saturating_add(step_dm / (number + 1));
                    queue.put(cost_dm, number);
                    heap.push(Reverse(cost_dm));
                }
            }
        }
    }

    #[test]
    fn every_item_comes_out_once_also_the_dearest() {
        let mut queue = BucketQueue::new();
        for item in 0..5_u32 {
            queue.put(u32::MAX - item % 2, item);
        }
        let taken: Vec<(u32, u32)> = std::iter::from_fn(|| queue.take()).collect();
        assert!(taken.is_sorted_by_key(|(cost_dm, _)| *cost_dm));
        let mut items: Vec<u32> = taken.into_iter().map(|(_, item)| item).collect();
        items.sort_unstable();
        assert_eq!(items, [0, 1, 2, 3, 4]);
    }
}
