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

/// Positions a metre apart along all pieces, and whether each is reached, by the costs of the nodes alone.
fn walked(streets: &Streets, reachable: &Reachable<'_>, budget_dm: u32) -> Vec<(Coord<f64>, bool)> {
    let metres = crate::geometry::LocalPlane::new(CORNER);
    let mut walked = Vec::new();
    for edge in streets.edges() {
        let [from, to] = [edge.from, edge.to].map(|end| streets.nodes()[end as usize]);
        let length_dm = streets::length_dm(from, to);
        let left_dm = |node: u32, way_dm: u32| {
            let way_dm = ADULT.cost_dm(way_dm, edge.steps);
            reachable.node_cost(node).and_then(|cost_dm| budget_dm.checked_sub(cost_dm + way_dm))
        };
        for along_dm in (0..=length_dm).step_by(10) {
            let there = left_dm(edge.from, along_dm).or_else(|| left_dm(edge.to, length_dm - along_dm));
            let share = f64::from(along_dm) / f64::from(length_dm);
            let at = from.coord() + (to.coord() - from.coord()) * share;
            walked.push((metres.project(at), there.is_some()));
        }
    }
    walked
}

#[test]
fn the_area_is_what_lies_beside_reached_paths_and_not_nearer_to_others() {
    let plane = crate::geometry::LocalPlane::new(CORNER);
    let (mut inside, mut outside, mut wrong) = (0, 0, 0);
    for seed in 1..4 {
        let streets = town(seed);
        let network = Network::new(&streets);
        let budget_dm = ADULT.budget_dm(8);
        let reachable = network.reachable(network.snap(at(900.0, 700.0)).unwrap(), ADULT, budget_dm);
        let area = reachable.area(budget_dm);
        let walked = walked(&streets, &reachable, budget_dm);
        let mut draw = crate::synthetic::Draw::new(seed);
        for _ in 0..1_000 {
            let [x, y] = [0, 0].map(|_| f64::from(draw.below(18_000)) / 10.0);
            let asked = plane.project(at(x, y).into());
            let nearest = |reached: bool| {
                let of_kind = walked.iter().filter(|(_, is_reached)| *is_reached == reached);
                let squares = of_kind.map(|(at, _)| (at.x - asked.x).powi(2) + (at.y - asked.y).powi(2));
                squares.fold(f64::INFINITY, f64::min).sqrt()
            };
            let (reached_m, unreached_m) = (nearest(true), nearest(false));
            let height_m = (30.0 - reached_m).min(unreached_m - reached_m);
            // The grid rounds corners off.
            if height_m.abs() > 4.0 {
                let is_in = contains(&area, at(x, y));
                (inside, outside) = (inside + usize::from(is_in), outside + usize::from(!is_in));
                wrong += usize::from(is_in != (height_m > 0.0));
            }
        }
    }
    assert!(inside > 300 && outside > 300, "{inside} {outside}");
    // Small holes are filled.
    assert!(wrong * 200 <= inside + outside, "{wrong} of {inside} and {outside}");
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
