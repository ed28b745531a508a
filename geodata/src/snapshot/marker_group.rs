//! Markers in Morton order with running sums, so that the count and the middle of all markers of a
//! grid cell, at any level, come from two look-ups.

use super::mercator::WorldPoint;

/// Markers of a chunk that become drawn shapes at the same zoom (or never).
pub(super) struct MarkerGroup {
    /// First zoom at which these are drawn as shapes instead.
    shape_zoom: u8,
    /// Codes in ascending order.
    codes: Box<[u64]>,
    /// Numbers of the features in the chunk, in the order of `codes`.
    members: Box<[u32]>,
    /// Sums of x and of y of all markers before each place; one longer than `codes`.
    sums: Box<[(u64, u64)]>,
}

/// A run of neighbouring markers of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MarkerRun {
    pub(super) count: u32,
    pub(super) sum_x: u64,
    pub(super) sum_y: u64,
    /// First and last code of the run.
    pub(super) codes: (u64, u64),
    /// Number of the first feature in the chunk.
    pub(super) member: usize,
}

impl MarkerGroup {
    pub(super) fn shape_zoom(&self) -> u8 {
        self.shape_zoom
    }

    pub(super) fn codes(&self) -> &[u64] {
        &self.codes
    }

    /// Totals of the markers at the places `start..end`; `None` if there are none.
    pub(super) fn run(&self, start: usize, end: usize) -> Option<MarkerRun> {
        let codes = self.codes.get(start..end)?;
        let (before, after) = (self.sums.get(start)?, self.sums.get(end)?);
        Some(MarkerRun {
            count: u32::try_from(codes.len()).unwrap_or(u32::MAX),
            sum_x: after.0 - before.0,
            sum_y: after.1 - before.1,
            codes: (*codes.first()?, *codes.last()?),
            member: *self.members.get(start)? as usize,
        })
    }
}

/// Groups markers, given as (zoom at which they become shapes, code) in the order of the chunk.
pub(super) fn marker_groups(markers: impl Iterator<Item = (u8, u64)>) -> Vec<MarkerGroup> {
    let mut sorted: Vec<(u8, u64, u32)> = (0..)
        .zip(markers)
        .map(|(member, (shape_zoom, code))| (shape_zoom, code, member))
        .collect();
    sorted.sort_unstable();
    sorted
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| {
            let mut sums = Vec::with_capacity(group.len() + 1);
            let mut sum = (0, 0);
            sums.push(sum);
            for &(_, code, _) in group {
                let point = WorldPoint::of_code(code);
                sum = (sum.0 + u64::from(point.x), sum.1 + u64::from(point.y));
                sums.push(sum);
            }
            MarkerGroup {
                shape_zoom: group.first().map_or(0, |marker| marker.0),
                codes: group.iter().map(|marker| marker.1).collect(),
                members: group.iter().map(|marker| marker.2).collect(),
                sums: sums.into_boxed_slice(),
            }
        })
        .collect()
}
