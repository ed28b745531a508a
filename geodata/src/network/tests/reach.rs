use geo::{Area, BooleanOps, CoordsIter};

use super::*;
use crate::geometry::area_m2;

/// Paths on both banks of a river 50 m wide, with a bridge only far away.
fn river(bridge: bool) -> Streets {
    let mut nodes = Vec::new();
    let mut lines: Vec<Vec<u32>> = Vec::new();
    for bank in [0.0, 50.0] {
        let first = u32::try_from(nodes.len()).unwrap();
        nodes.extend((0..=40).map(|step| (f64::from(step) * 50.0, bank)));
        lines.push((first..=first + 40).collect());
    }
    if bridge {
        lines.push(vec![20, 61]);
    }
    let lines: Vec<&[u32]> = lines.iter().map(Vec::as_slice).collect();
    streets(&nodes, &lines)
}

fn area(streets: &Streets, from: Wgs84, minutes: u32) -> geo::MultiPolygon<f64> {
    let network = Network::new(streets);
    let budget_dm = ADULT.budget_dm(minutes);
    network.reachable(network.snap(from).unwrap(), ADULT, budget_dm).area(budget_dm)
}

#[test]
fn nobody_walks_over_a_river_without_a_bridge() {
    let here = at(1_000.0, 0.0);
    let without = area(&river(false), here, 5);
    assert!(contains(&without, here) && contains(&without, at(700.0, 15.0)));
    for east_m in [700.0, 900.0, 1_000.0, 1_200.0] {
        assert!(!contains(&without, at(east_m, 50.0)), "{east_m}");
        assert!(!contains(&without, at(east_m, 32.0)), "{east_m}");
    }
    let with = area(&river(true), here, 5);
    assert!(contains(&with, at(900.0, 50.0)) && contains(&with, at(1_000.0, 25.0)));
}

#[test]
fn banks_that_are_close_are_parted_in_the_middle_of_the_stream() {
    let mut nodes: Vec<(f64, f64)> = (0..=20).map(|step| (f64::from(step) * 50.0, 0.0)).collect();
    nodes.extend((0..=20).map(|step| (f64::from(step) * 50.0, 24.0)));
    let lines = [(0..=20).collect::<Vec<u32>>(), (21..=41).collect()];
    let lines: Vec<&[u32]> = lines.iter().map(Vec::as_slice).collect();
    let area = area(&streets(&nodes, &lines), at(500.0, 0.0), 5);
    assert!(contains(&area, at(450.0, 10.0)) && !contains(&area, at(450.0, 14.0)));
    assert!(!contains(&area, at(450.0, 24.0)));
}

#[test]
fn a_path_is_cut_where_the_budget_ends() {
    let area = area(&river(false), at(1_000.0, 0.0), 5);
    // 360 m, and 30 m around the end where nothing else is reached or not.
    assert!(contains(&area, at(1_355.0, 0.0)));
    assert!(!contains(&area, at(1_366.0, 0.0)), "the rest of the street is not reached");
}

#[test]
fn areas_grow_with_the_budget_and_are_sound() {
    let streets = town(3);
    let network = Network::new(&streets);
    let budget_dm = ADULT.budget_dm(15);
    let reachable = network.reachable(network.snap(at(900.0, 500.0)).unwrap(), ADULT, budget_dm);
    let areas: Vec<_> = [5, 10, 15].map(|minutes| reachable.area(ADULT.budget_dm(minutes))).into();
    for (small, large) in areas.iter().zip(areas.iter().skip(1)) {
        let outside = small.difference(large);
        // The cut end of a path is narrower on a grid that lies otherwise.
        assert!(outside.unsigned_area() < 0.01 * small.unsigned_area());
    }
    for area in &areas {
        let polygon: geo::Geometry<f64> = area.clone().into();
        assert!(crate::geometry::faults(&polygon).is_empty(), "{:?}", crate::geometry::faults(&polygon));
        assert!(area.coords_count() < 5_000);
    }
    let circle_m2 = std::f64::consts::PI * 1_140.0_f64.powi(2);
    let reached_m2 = area_m2(&areas[2].clone().into());
    assert!(reached_m2 < circle_m2 && reached_m2 > 0.1 * circle_m2, "{reached_m2}");
}

#[test]
fn every_reached_node_lies_in_the_area_and_no_other_does() {
    let streets = town(7);
    let network = Network::new(&streets);
    let budget_dm = ADULT.budget_dm(10);
    let reachable = network.reachable(network.snap(at(900.0, 500.0)).unwrap(), ADULT, budget_dm);
    let area = reachable.area(budget_dm);
    let mut wrong = 0;
    for (node, number) in streets.nodes().iter().zip(0..) {
        let is_reached = reachable.node_cost(number).is_some();
        wrong += usize::from(contains(&area, node.position()) != is_reached);
    }
    // A reached end from which no stretch goes on has the cut in front of it.
    let reached = reachable.nodes().count();
    assert!(wrong * 50 <= reached, "{wrong} of {reached}");
}

#[test]
fn who_cannot_come_to_the_path_reaches_nothing() {
    let network = Network::new(&river(false));
    let origin = network.snap(at(1_000.0, -140.0)).unwrap();
    let budget_dm = ADULT.budget_dm(1);
    let reachable = network.reachable(origin, ADULT, budget_dm);
    assert_eq!(reachable.nodes().count(), 0);
    assert!(reachable.area(budget_dm).0.is_empty());
}
