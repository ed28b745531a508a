//! Closing never brings anything nearer (geo.md 5): not a position, not a place, not land.

use geo::{Area, BooleanOps, Geometry, LineString, Point, Polygon};
use proptest::prelude::*;

use super::*;

type At = [f64; 2];

/// Positions and short walls at which officers close what is there.
fn any_closures() -> impl Strategy<Value = Vec<Geometry<f64>>> {
    let anywhere = || prop::array::uniform2(0.0..1_800.0_f64);
    let wall = (anywhere(), prop::array::uniform2(-150.0..150.0_f64));
    let shape = prop_oneof![
        anywhere().prop_map(|[x, y]| Point::from(Coord::from(at(x, y))).into()),
        wall.prop_map(|([x, y], [east, north])| line(&[[x, y], [x + east, y + north]]).into()),
    ];
    prop::collection::vec(shape, 1..6)
}

fn line(positions: &[At]) -> LineString<f64> {
    LineString(positions.iter().map(|[x, y]| at(*x, *y).into()).collect())
}

/// A bench, a few steps of a trail, a trail and a park at a position.
fn places([x, y]: At) -> [Geometry<f64>; 4] {
    let outline = [[x, y], [x + 90.0, y], [x + 90.0, y + 70.0], [x, y + 70.0], [x, y]];
    [
        Point::from(Coord::from(at(x, y))).into(),
        line(&[[x, y], [x + 8.0, y + 2.0]]).into(),
        line(&outline[..3]).into(),
        Polygon::new(line(&outline), Vec::new()).into(),
    ]
}

fn open_and_shut(streets: &Streets, closures: Vec<Geometry<f64>>) -> [Network; 2] {
    [Network::new(streets), Network::with(streets, &Overlay { closures, links: Vec::new() })]
}

/// What the walk to the nearest of these costs; `None` where none can be walked to.
fn cost_to_any(network: &Network, from: Wgs84, to: &[Snap]) -> Option<u32> {
    let reachable = network.reachable(network.snap(from)?, ADULT, u32::MAX);
    reachable.cheapest(to).map(|(_, cost_dm)| cost_dm)
}

fn is_not_nearer(before_dm: Option<u32>, after_dm: Option<u32>) -> bool {
    after_dm.is_none_or(|after| before_dm.is_some_and(|before| before <= after))
}

proptest! {
    #[test]
    fn closing_brings_no_position_and_no_place_nearer(
        seed in 1_u64..50, from in prop::array::uniform2(0.0..1_800.0_f64),
        there in prop::array::uniform2(0.0..1_800.0_f64), closures in any_closures(),
        gates in prop::collection::vec(prop::array::uniform2(-60.0..60.0_f64), 0..3),
    ) {
        let networks = open_and_shut(&town(seed), closures);
        let from = at(from[0], from[1]);
        let gates: Vec<Wgs84> = gates.iter().map(|[x, y]| at(there[0] + x, there[1] + y)).collect();
        let to_position = |network: &Network| {
            cost_to_any(network, from, &Vec::from_iter(network.snap(at(there[0], there[1]))))
        };
        let [before, after] = networks.each_ref().map(to_position);
        prop_assert!(is_not_nearer(before, after), "{before:?} {after:?}");
        for place in places(there) {
            for gates in [&[][..], &gates[..]] {
                let to_place = |network: &Network| cost_to_any(network, from, &network.accesses(&place, gates));
                let [before, after] = networks.each_ref().map(to_place);
                prop_assert!(is_not_nearer(before, after), "{place:?} {before:?} {after:?}");
            }
        }
    }

    #[test]
    fn closing_reaches_no_path_sooner(
        seed in 1_u64..50, from in prop::array::uniform2(0.0..1_800.0_f64), closures in any_closures(),
    ) {
        let streets = town(seed);
        let networks = open_and_shut(&streets, closures);
        let from = at(from[0], from[1]);
        let [before, after] = networks.each_ref().map(|network| {
            network.snap(from).map(|origin| network.reachable(origin, ADULT, u32::MAX))
        });
        if let Some(after) = after {
            let before = before.unwrap();
            for (node, cost) in after.nodes() {
                prop_assert!(is_not_nearer(before.node_cost(node), Some(cost)), "node {node}");
            }
        }
    }

    #[test]
    fn closing_adds_no_land_to_what_is_reached(
        seed in 1_u64..50, from in prop::array::uniform2(0.0..1_800.0_f64), closures in any_closures(),
    ) {
        let networks = open_and_shut(&town(seed), closures);
        let from = at(from[0], from[1]);
        let snaps = networks.each_ref().map(|network| network.snap(from));
        if let [Some(before), Some(after)] = snaps {
            let budget_dm = ADULT.budget_dm(8);
            let area = |network: &Network, origin| network.reachable(origin, ADULT, budget_dm).area(budget_dm);
            let [open, shut] = [area(&networks[0], before), area(&networks[1], after)];
            let added = shut.difference(&open).unsigned_area() / open.unsigned_area().max(f64::MIN_POSITIVE);
            // From another path the grid lies otherwise.
            let most = if before == after { 1e-7 } else { 0.02 };
            prop_assert!(added <= most, "{added}");
        }
    }
}

/// Paths on both banks of a river 50 m wide, a bridge far to the east.
fn banks() -> Streets {
    let south = (0..=20).map(|step| (f64::from(step) * 50.0, 0.0));
    let north = (0..=20).map(|step| (f64::from(step) * 50.0, 50.0));
    let nodes: Vec<(f64, f64)> = south.chain(north).collect();
    let (south, north) = ((0..=20).collect::<Vec<u32>>(), (21..=41).collect::<Vec<u32>>());
    streets(&nodes, &[&south, &north, &[20, 41]])
}

#[test]
fn whose_path_is_dug_up_does_not_live_on_the_other_bank() {
    let ditch = [[301.0, 5.0], [649.0, 5.0], [649.0, -5.0], [301.0, -5.0], [301.0, 5.0]];
    let dug_up = Polygon::new(line(&ditch), Vec::new()).into();
    let [open, shut] = open_and_shut(&banks(), vec![dug_up]);
    let (home, opposite) = (at(520.0, 5.0), at(520.0, 50.0));
    let cost_m = |network: &Network| {
        let to = network.snap(opposite);
        cost_to_any(network, home, &Vec::from_iter(to)).map(|cost_dm| cost_dm / 10)
    };
    let around_m = cost_m(&open).unwrap();
    assert!((1_010..=1_020).contains(&around_m), "{around_m}");
    assert!(cost_m(&shut).unwrap() >= around_m);
    assert!(shut.snap(home).is_some_and(|origin| origin.off_dm() > 9_000), "over the bridge, not the water");
}

#[test]
fn a_way_in_that_is_left_out_beside_another_is_not_found_by_closing() {
    let nodes: Vec<(f64, f64)> = (0..=20).map(|step| (f64::from(step) * 50.0, 0.0)).collect();
    let street: Vec<u32> = (0..=20).collect();
    let trail = line(&[[501.2, 2.0], [509.2, 0.1]]).into();
    let closure = Point::from(Coord::from(at(525.0, 0.0))).into();
    let [before, after] = open_and_shut(&streets(&nodes, &[&street]), vec![closure])
        .map(|network| cost_to_any(&network, at(100.0, 0.0), &network.accesses(&trail, &[])));
    assert!(before.is_some() && is_not_nearer(before, after), "{before:?} {after:?}");
}

#[test]
fn a_park_whose_only_gate_is_closed_is_not_entered_over_its_fence() {
    let gate_path = [(500.0, 0.0), (500.0, -100.0)];
    let nodes: Vec<(f64, f64)> =
        (0..=10).map(|step| (f64::from(step) * 100.0, 0.0)).chain(gate_path).collect();
    let street: Vec<u32> = (0..=10).collect();
    let streets = streets(&nodes, &[&street, &[11, 12]]);
    let park = |south: f64| {
        let ring = [[450.0, south], [900.0, south], [900.0, -40.0], [450.0, -40.0], [450.0, south]];
        Geometry::from(Polygon::new(line(&ring), Vec::new()))
    };
    let gate = line(&[[480.0, -40.0], [520.0, -40.0]]).into();
    let [open, shut] = open_and_shut(&streets, vec![gate]);
    assert_eq!(open.accesses(&park(-300.0), &[]).len(), 1);
    assert!(shut.accesses(&park(-300.0), &[]).is_empty() && shut.is_closed_off(&park(-300.0), &[]));
    assert!(
        shut.accesses(&park(-300.0), &[at(700.0, -40.0)]).len() == 1,
        "an entrance that is known is open"
    );
}
