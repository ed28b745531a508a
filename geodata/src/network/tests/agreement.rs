use std::collections::BTreeMap;

use proptest::prelude::*;

use super::plain;
use super::*;
use crate::geometry::distance_m;

/// Any streets: some nodes within two kilometres, any pieces between them.
fn any_streets() -> impl Strategy<Value = Streets> {
    let nodes = prop::collection::vec((0.0..2_000.0_f64, 0.0..2_000.0_f64), 2..60);
    nodes.prop_flat_map(|nodes| {
        let count = u32::try_from(nodes.len()).unwrap();
        let edge = (0..count, 0..count, prop::bool::weighted(0.2), prop::bool::weighted(0.2));
        let edges = prop::collection::vec(edge, 1..150);
        edges.prop_map(move |edges| {
            let nodes: Vec<Node> = nodes.iter().map(|(x, y)| Node::at(at(*x, *y))).collect();
            let edges = edges.into_iter().map(|(from, to, steps, one_way)| Edge { from, to, steps, one_way });
            Streets::new(&nodes, edges)
        })
    })
}

/// A place at an end of a piece.
fn at_node(network: &Network, node: u32) -> Snap {
    let arc = network.ways().arcs_of(node)[0];
    let piece = network.piece(arc.piece).unwrap();
    let share = if piece.from == node { 0.0 } else { 1.0 };
    network.snap_at(arc.piece, share, 0.0).unwrap()
}

/// Where a walk may begin from a place at a node, as pairs of node and cost.
fn starts(network: &Network, snap: &Snap, pace: Pace) -> Vec<(u32, u32)> {
    let piece = network.piece(snap.piece).unwrap();
    let [back, on] = search::onto(piece, snap, pace);
    let mut starts = vec![(piece.to, on)];
    if !piece.one_way {
        starts.push((piece.from, back));
    }
    starts
}

fn agree(streets: &Streets, node: u32, pace: Pace, budget_dm: u32) {
    let network = Network::new(streets);
    let origin = at_node(&network, node);
    let plain = plain::costs(streets, &starts(&network, &origin, pace), pace, false);
    let expected: BTreeMap<u32, u32> = plain.into_iter().filter(|(_, cost)| *cost <= budget_dm).collect();
    let found: BTreeMap<u32, u32> = network.reachable(origin, pace, budget_dm).nodes().collect();
    assert_eq!(found, expected);
}

/// What the nearest places of every node must be is what a plain search from each place says.
fn agree_on_places(streets: &Streets, picked: &[u32], keep: usize, budget_dm: u32) {
    let network = Network::new(streets);
    let count = u32::try_from(streets.nodes().len()).unwrap();
    let accesses: Vec<Access> = picked
        .iter()
        .zip(0..)
        .map(|(node, facility)| Access { facility, snap: at_node(&network, node % count) })
        .collect();
    let searches: Vec<BTreeMap<u32, u32>> = accesses
        .iter()
        .map(|access| {
            // Against the direction of walking one may begin only where one may arrive from.
            let piece = network.piece(access.snap.piece).unwrap();
            let [from_start, from_end] = search::onto(piece, &access.snap, ADULT);
            let mut starts = vec![(piece.from, from_start)];
            if !piece.one_way {
                starts.push((piece.to, from_end));
            }
            plain::costs(streets, &starts, ADULT, true)
        })
        .collect();
    let nearest = network.nearest_places(&accesses, keep, ADULT, budget_dm);
    for node in 0..count {
        let position = at_node(&network, node);
        // From the place at a node only its own piece leads to the network.
        let piece = network.piece(position.piece).unwrap();
        let [to_start, to_end] = search::onto(piece, &position, ADULT);
        let mut expected: Vec<(u32, u32)> = Vec::new();
        for (facility, search) in (0_u32..).zip(&searches) {
            let by_start = search.get(&piece.from).filter(|_| !piece.one_way).map(|cost| cost + to_start);
            let by_end = search.get(&piece.to).map(|cost| cost + to_end);
            let access = &accesses[facility as usize].snap;
            let direct = (access.piece == position.piece
                && (!piece.one_way || access.along_dm >= position.along_dm))
                .then(|| ADULT.cost_dm(access.along_dm.abs_diff(position.along_dm), piece.steps));
            let least = by_start.into_iter().chain(by_end).chain(direct).min();
            expected.extend(least.filter(|cost| *cost <= budget_dm).map(|cost| (cost, facility)));
        }
        expected.sort_unstable();
        expected.truncate(keep);
        let found: Vec<(u32, u32)> =
            nearest.at(&position).iter().map(|label| (label.cost_dm, label.facility)).collect();
        assert_eq!(&found, &expected);
        assert_eq!(nearest.cost_at(&position), expected.first().map(|(cost, _)| *cost));
    }
}

proptest! {
    #[test]
    fn costs_are_those_of_plain_dijkstra(streets in any_streets(), node in 0_u32..60, budget_dm in 0_u32..40_000) {
        if let Some(count) = u32::try_from(streets.nodes().len()).ok().filter(|count| *count > 0) {
            agree(&streets, node % count, ADULT, budget_dm);
        }
    }

    #[test]
    fn the_nearest_places_are_those_of_one_plain_search_each(
        streets in any_streets(), picked in prop::collection::vec(0_u32..60, 1..8), keep in 1_usize..4,
        budget_dm in 0_u32..40_000,
    ) {
        prop_assume!(!streets.nodes().is_empty());
        agree_on_places(&streets, &picked, keep, budget_dm);
    }

    #[test]
    fn the_nearest_places_of_a_town_are_those_of_one_plain_search_each(
        seed in 1_u64..50, picked in prop::collection::vec(0_u32..200, 1..8), keep in 1_usize..4,
        budget_dm in 0_u32..12_000,
    ) {
        let town = SyntheticStreets { corner: CORNER, columns: 14, rows: 14, spacing_m: 40.0, seed };
        agree_on_places(&town.make(), &picked, keep, budget_dm);
    }

    #[test]
    fn a_larger_budget_reaches_no_less_and_the_straight_line_is_shorter(
        seed in 1_u64..50, x in 0.0..1_800.0_f64, y in 0.0..1_800.0_f64, budget_dm in 0_u32..20_000,
    ) {
        let streets = town(seed);
        let network = Network::new(&streets);
        let from = at(x, y);
        let Some(origin) = network.snap(from) else { return Ok(()) };
        let small = network.reachable(origin, ADULT, budget_dm);
        let large = network.reachable(origin, ADULT, budget_dm + 3_000);
        for (node, cost) in small.nodes() {
            prop_assert_eq!(large.node_cost(node), Some(cost));
            let straight_m = distance_m(from, &geo::Point::from(streets.nodes()[node as usize].coord()).into());
            // Snapping rounds to a decimetre.
            prop_assert!(straight_m <= f64::from(cost) / 10.0 + 0.2 + straight_m * 2e-4, "{straight_m} {cost}");
        }
    }

    #[test]
    fn without_one_way_paths_the_way_back_costs_the_same(
        seed in 1_u64..50, ends in prop::array::uniform4(0.0..1_800.0_f64),
    ) {
        let network = Network::new(&town(seed));
        let [Some(a), Some(b)] = [network.snap(at(ends[0], ends[1])), network.snap(at(ends[2], ends[3]))] else {
            return Ok(());
        };
        let there = network.reachable(a, ADULT, u32::MAX).cost_to(&b);
        let back = network.reachable(b, ADULT, u32::MAX).cost_to(&a);
        // Each half of a piece of steps is rounded up by itself.
        prop_assert_eq!(there, back);
    }

    #[test]
    fn a_path_is_as_long_as_it_costs_on_the_flat(
        seed in 1_u64..50, ends in prop::array::uniform4(0.0..1_800.0_f64),
    ) {
        let flat = Pace { speed_mm_s: 1_200, steps_percent: 100 };
        let network = Network::new(&town(seed));
        let [Some(a), Some(b)] = [network.snap(at(ends[0], ends[1])), network.snap(at(ends[2], ends[3]))] else {
            return Ok(());
        };
        let reachable = network.reachable(a, flat, u32::MAX);
        if let Some(path) = reachable.path_to(&b) {
            prop_assert_eq!(Some(path.cost_dm), reachable.cost_to(&b));
            prop_assert_eq!(path.length_m, path.cost_dm.div_ceil(10));
            let line = geo::LineString(path.line.iter().map(|at| Coord::from(*at)).collect());
            let drawn_m = crate::geometry::length_m(&line.into()) + f64::from(a.off_dm + b.off_dm) / 10.0;
            let told_m = f64::from(path.cost_dm) / 10.0;
            prop_assert!((drawn_m - told_m).abs() < 2.0 + told_m * 0.003, "{drawn_m} {told_m}");
        }
    }
}
