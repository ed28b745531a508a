//! How the nodes of a search were reached, with room only where it went.

/// Nodes of a block. Neighbours have numbers close together, so that a search in a part of a large network
/// touches few blocks.
const BLOCK: usize = 256;
const UNREACHED: Visit = Visit { cost_dm: u32::MAX, by: u32::MAX };

/// How a node was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) cost_dm: u32,
    /// Number of the last piece of the way.
    pub(super) by: u32,
}

/// The visits of all nodes of a network.
#[derive(Debug)]
pub(super) struct Visits {
    /// Blocks of nodes, empty where the search did not come.
    blocks: Vec<Vec<Visit>>,
}

impl Visits {
    /// None of so many nodes is reached.
    pub(super) fn new(nodes: usize) -> Self {
        Self { blocks: vec![Vec::new(); nodes.div_ceil(BLOCK)] }
    }

    /// How a node was reached; `None` where it was not.
    pub(super) fn get(&self, node: u32) -> Option<Visit> {
        let node = node as usize;
        let visit = self.blocks.get(node / BLOCK)?.get(node % BLOCK).copied()?;
        (visit != UNREACHED).then_some(visit)
    }

    /// Keeps the visit if no cheaper one is known; whether it does.
    pub(super) fn improve(&mut self, node: u32, visit: Visit) -> bool {
        let node = node as usize;
        let Some(block) = self.blocks.get_mut(node / BLOCK) else {
            return false;
        };
        if block.is_empty() {
            block.resize(BLOCK, UNREACHED);
        }
        let Some(known) = block.get_mut(node % BLOCK).filter(|known| visit.cost_dm < known.cost_dm) else {
            return false;
        };
        *known = visit;
        true
    }
}
