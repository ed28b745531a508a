//! The packed Hilbert R-tree of `FlatGeobuf`: boxes in 16s, root first, leaves last.

/// Children of a node, as readers expect without being told otherwise.
pub(super) const NODE_SIZE: u16 = 16;
/// Bytes of a node: four numbers and a place.
const NODE_BYTES: usize = 40;
/// Steps of the curve along each axis.
const CURVE_STEPS: f64 = 65_535.0;

/// West, south, east, north.
pub(super) type Box2 = [f64; 4];

/// A box that touches nothing.
pub(super) const NOTHING: Box2 = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];

pub(super) fn joined(one: Box2, other: Box2) -> Box2 {
    [one[0].min(other[0]), one[1].min(other[1]), one[2].max(other[2]), one[3].max(other[3])]
}

/// Where the middle of a box comes along the Hilbert curve through `all`.
pub(super) fn place_on_curve(part: Box2, all: Box2) -> u32 {
    let step = |low: f64, high: f64, from: f64, to: f64| {
        let share = if to > from { (f64::midpoint(low, high) - from) / (to - from) } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "lies in 0 to 65,535")]
        let step = (share.clamp(0.0, 1.0) * CURVE_STEPS) as u32;
        step
    };
    hilbert(step(part[0], part[2], all[0], all[2]), step(part[1], part[3], all[1], all[3]))
}

/// Distance along the Hilbert curve of order 16 (Skilling's transposition for two axes).
fn hilbert(mut x: u32, mut y: u32) -> u32 {
    let mut distance = 0;
    let mut side: u32 = 1 << 15;
    while side > 0 {
        let right = u32::from(x & side > 0);
        let upper = u32::from(y & side > 0);
        distance += side * side * ((3 * right) ^ upper);
        if upper == 0 {
            if right == 1 {
                x = 65_535 - (x & 65_535);
                y = 65_535 - (y & 65_535);
            }
            std::mem::swap(&mut x, &mut y);
        }
        side /= 2;
    }
    distance
}

/// Appends the tree over these leaves: the box of each feature and where its bytes begin.
pub(super) fn write(leaves: &[(Box2, u64)], out: &mut Vec<u8>) {
    let size = usize::from(NODE_SIZE);
    // Each level above groups the one below; the root is alone, also above a single leaf.
    let mut levels: Vec<Vec<(Box2, u64)>> = vec![leaves.to_vec()];
    while let Some(below) = levels.last().filter(|level| levels.len() == 1 || level.len() > 1) {
        let above = below
            .chunks(size)
            .map(|children| (children.iter().map(|child| child.0).fold(NOTHING, joined), 0))
            .collect();
        levels.push(above);
    }
    let mut begins = 0;
    let sizes: Vec<usize> = levels.iter().rev().map(Vec::len).collect();
    out.reserve(sizes.iter().sum::<usize>() * NODE_BYTES);
    for (depth, level) in levels.iter().rev().enumerate() {
        begins += level.len();
        let is_leaf = depth + 1 == levels.len();
        for (number, (envelope, place)) in level.iter().enumerate() {
            for side in envelope {
                out.extend_from_slice(&side.to_le_bytes());
            }
            // A node names the first of its children among all nodes.
            let place = if is_leaf { *place } else { (begins + number * size) as u64 };
            out.extend_from_slice(&place.to_le_bytes());
        }
    }
}
