//! Dijkstra's algorithm once more, as plainly as it can be written: a map of lists, no budget, no
//! shortcuts. What it says is what the network must say.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use super::super::streets::length_dm;
use super::super::{Pace, Streets};

/// Costs from some nodes, each with what it costs to begin there, to all nodes that can be walked to.
pub(super) fn costs(
    streets: &Streets,
    starts: &[(u32, u32)],
    pace: Pace,
    reversed: bool,
) -> BTreeMap<u32, u32> {
    let mut neighbours: HashMap<u32, Vec<(u32, u32)>> = HashMap::new();
    for edge in streets.edges() {
        let [from, to] = [edge.from, edge.to].map(|end| streets.nodes()[end as usize]);
        let mut cost = length_dm(from, to);
        if edge.steps {
            cost = (cost * pace.steps_percent).div_ceil(100);
        }
        let (a, b) = if reversed { (edge.to, edge.from) } else { (edge.from, edge.to) };
        neighbours.entry(a).or_default().push((b, cost));
        if !edge.one_way {
            neighbours.entry(b).or_default().push((a, cost));
        }
    }
    let mut done = BTreeMap::new();
    let mut queue: BinaryHeap<_> = starts.iter().map(|(node, cost)| Reverse((*cost, *node))).collect();
    while let Some(Reverse((cost, node))) = queue.pop() {
        if done.contains_key(&node) {
            continue;
        }
        done.insert(node, cost);
        for (next, step) in neighbours.get(&node).into_iter().flatten() {
            queue.push(Reverse((cost + step, *next)));
        }
    }
    done
}
