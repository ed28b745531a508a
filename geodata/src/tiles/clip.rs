//! Cuts lines and rings at the margin of a tile, on the tile's grid.

use super::address::{BUFFER, EXTENT};

/// A position on the grid of a tile; far outside of it before it is cut.
pub(super) type GridPoint = [i64; 2];

/// First and last coordinate with the margin, in both directions.
pub(super) const FIRST: i64 = -(BUFFER as i64);
pub(super) const LAST: i64 = (EXTENT + BUFFER) as i64;

/// Whether a position lies on the tile or its margin.
pub(super) fn inside([x, y]: GridPoint) -> bool {
    (FIRST..=LAST).contains(&x) && (FIRST..=LAST).contains(&y)
}

/// Calls `found` with each piece of a line that lies on the tile or its margin (Liang and Barsky 1984).
pub(super) fn clip_line(
    line: &[GridPoint],
    piece: &mut Vec<GridPoint>,
    mut found: impl FnMut(&mut Vec<GridPoint>),
) {
    piece.clear();
    for pair in line.windows(2) {
        let &[from, to] = pair else { continue };
        let Some((start, end)) = clip_segment(from, to) else {
            finish(piece, &mut found);
            continue;
        };
        if piece.last() != Some(&start) {
            finish(piece, &mut found);
            piece.push(start);
        }
        piece.push(end);
        if end != to {
            finish(piece, &mut found);
        }
    }
    finish(piece, &mut found);
}

fn finish(piece: &mut Vec<GridPoint>, found: &mut impl FnMut(&mut Vec<GridPoint>)) {
    if piece.len() > 1 {
        found(piece);
    }
    piece.clear();
}

fn clip_segment(from: GridPoint, to: GridPoint) -> Option<(GridPoint, GridPoint)> {
    if inside(from) && inside(to) {
        return Some((from, to));
    }
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (start, end) in from.into_iter().zip(to) {
        let step = as_float(end - start);
        for (towards, distance) in [(-step, start - FIRST), (step, LAST - start)] {
            let distance = as_float(distance);
            if towards < 0.0 {
                enter = enter.max(distance / towards);
            } else if towards > 0.0 {
                leave = leave.min(distance / towards);
            } else if distance < 0.0 {
                return None;
            }
        }
    }
    (enter <= leave).then(|| {
        let start = if enter > 0.0 { on_segment(from, to, enter) } else { from };
        let end = if leave < 1.0 { on_segment(from, to, leave) } else { to };
        (start, end)
    })
}

fn on_segment(from: GridPoint, to: GridPoint, part: f64) -> GridPoint {
    let at = |from: i64, to: i64| (from + rounded(as_float(to - from) * part)).clamp(FIRST, LAST);
    [at(from[0], to[0]), at(from[1], to[1])]
}

/// Cuts a ring, given without its closing position, at the four sides one after another (Sutherland and
/// Hodgman 1974). Parts of a ring that leaves the tile more than once stay joined along the margin's edge.
pub(super) fn clip_ring(ring: &mut Vec<GridPoint>, scratch: &mut Vec<GridPoint>) {
    for axis in [Axis::X, Axis::Y] {
        for side in [Side::First, Side::Last] {
            if ring.iter().all(|&point| side.keeps(axis.of(point))) {
                continue;
            }
            scratch.clear();
            let mut previous = ring.last().copied();
            for &point in ring.iter() {
                let before = previous.unwrap_or(point);
                if side.keeps(axis.of(before)) != side.keeps(axis.of(point)) {
                    scratch.push(crossing(before, point, axis, side));
                }
                if side.keeps(axis.of(point)) {
                    scratch.push(point);
                }
                previous = Some(point);
            }
            std::mem::swap(ring, scratch);
        }
    }
}

#[derive(Clone, Copy)]
enum Axis {
    X,
    Y,
}

#[derive(Clone, Copy)]
enum Side {
    First,
    Last,
}

impl Axis {
    fn of(self, [x, y]: GridPoint) -> i64 {
        match self {
            Self::X => x,
            Self::Y => y,
        }
    }
}

impl Side {
    fn keeps(self, coordinate: i64) -> bool {
        match self {
            Self::First => coordinate >= FIRST,
            Self::Last => coordinate <= LAST,
        }
    }

    fn at(self) -> i64 {
        match self {
            Self::First => FIRST,
            Self::Last => LAST,
        }
    }
}

/// Where a segment with one end on each side crosses. It is computed from the same end in both directions,
/// so that two polygons with a common edge are cut at the same place.
fn crossing(a: GridPoint, b: GridPoint, axis: Axis, side: Side) -> GridPoint {
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let part = as_float(side.at() - axis.of(a)) / as_float(axis.of(b) - axis.of(a));
    match axis {
        Axis::X => [side.at(), a[1] + rounded(as_float(b[1] - a[1]) * part)],
        Axis::Y => [a[0] + rounded(as_float(b[0] - a[0]) * part), side.at()],
    }
}

#[expect(clippy::cast_precision_loss, reason = "grid coordinates are below 2^33")]
fn as_float(number: i64) -> f64 {
    number as f64
}

#[expect(clippy::cast_possible_truncation, reason = "a part of a difference that is below 2^34")]
fn rounded(number: f64) -> i64 {
    number.round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(line: &[GridPoint]) -> Vec<Vec<GridPoint>> {
        let mut found = Vec::new();
        clip_line(line, &mut Vec::new(), |piece| found.push(piece.clone()));
        found
    }

    #[test]
    fn a_line_that_leaves_and_comes_back_is_two_pieces() {
        let line = [[0, 0], [0, -1000], [4096, -1000], [4096, 0]];
        assert_eq!(pieces(&line), [vec![[0, 0], [0, -64]], vec![[4096, -64], [4096, 0]]]);
        assert_eq!(pieces(&[[-500, -500], [-500, 9000]]), Vec::<Vec<GridPoint>>::new());
        assert_eq!(pieces(&[[-5000, 100], [9000, 100]]), [vec![[-64, 100], [4160, 100]]]);
        assert_eq!(pieces(&[[1, 1]]), Vec::<Vec<GridPoint>>::new());
    }

    #[test]
    fn a_ring_around_the_tile_becomes_its_margin() {
        let mut ring = vec![[-9000, -9000], [9000, -9000], [9000, 9000], [-9000, 9000]];
        clip_ring(&mut ring, &mut Vec::new());
        ring.sort_unstable();
        assert_eq!(ring, [[-64, -64], [-64, 4160], [4160, -64], [4160, 4160]]);
        let mut outside = vec![[5000, 0], [6000, 0], [6000, 10]];
        clip_ring(&mut outside, &mut Vec::new());
        assert!(outside.is_empty());
    }

    fn far_point() -> impl Strategy<Value = GridPoint> {
        let coordinate = || prop_oneof![-100..4200_i64, -(1_i64 << 32)..(1_i64 << 32)];
        (coordinate(), coordinate()).prop_map(|(x, y)| [x, y])
    }

    proptest! {
        #[test]
        fn whatever_is_cut_stays_within_the_margin(points in prop::collection::vec(far_point(), 0..40)) {
            for piece in pieces(&points) {
                prop_assert!(piece.len() > 1 && piece.iter().copied().all(inside));
            }
            let within = points.iter().filter(|&&point| inside(point)).count();
            let kept: usize = pieces(&points).iter().map(Vec::len).sum();
            prop_assert!(points.len() < 2 || kept >= within);
            let mut ring = points.clone();
            clip_ring(&mut ring, &mut Vec::new());
            prop_assert!(ring.iter().copied().all(inside));
            prop_assert!(points.iter().filter(|&&point| inside(point)).all(|point| ring.contains(point)));
        }
    }
}
