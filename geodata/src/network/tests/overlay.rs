use geo::{Geometry, LineString, Point};

use super::*;

/// Two streets on the banks of a river 60 m wide, joined by a bridge a kilometre away.
fn banks() -> Streets {
    let south = (0..=10).map(|step| (f64::from(step) * 100.0, 0.0));
    let north = (0..=10).map(|step| (f64::from(step) * 100.0, 60.0));
    let nodes: Vec<(f64, f64)> = south.chain(north).collect();
    let south: Vec<u32> = (0..=10).collect();
    let north: Vec<u32> = (11..=21).collect();
    streets(&nodes, &[&south, &north, &[10, 21]])
}

fn cost_m(network: &Network, from: Wgs84, to: Wgs84) -> Option<u32> {
    let [from, to] = [from, to].map(|at| network.snap(at));
    network.reachable(from?, ADULT, u32::MAX).cost_to(&to?).map(|cost| cost.div_ceil(10))
}

fn line(ends: &[Wgs84]) -> LineString<f64> {
    LineString(ends.iter().map(|at| Coord::from(*at)).collect())
}

#[test]
fn a_link_drawn_by_an_officer_is_walked_and_a_closure_is_not() {
    let streets = banks();
    let (here, over_there) = (at(50.0, 0.0), at(50.0, 60.0));
    let plain = Network::new(&streets);
    let round_m = cost_m(&plain, here, over_there).unwrap();
    assert!((1955..=1975).contains(&round_m), "{round_m}");

    let ford = line(&[at(250.0, 5.0), at(260.0, 30.0), at(250.0, 55.0)]);
    assert!(plain.takes_link(&ford));
    let overlay = Overlay { closures: Vec::new(), links: vec![ford.clone()] };
    let linked_m = cost_m(&Network::with(&streets, &overlay), here, over_there).unwrap();
    assert!((460..=475).contains(&linked_m), "{linked_m}");

    let across = line(&[at(150.0, -20.0), at(150.0, 20.0)]);
    let overlay = Overlay { closures: vec![across.into()], links: vec![ford] };
    let closed = Network::with(&streets, &overlay);
    assert_eq!(cost_m(&closed, here, over_there), None, "the south bank is cut off to the east");
}

#[test]
fn several_links_may_end_on_one_piece() {
    let streets = banks();
    let ford = |x: f64| line(&[at(x, 0.0), at(x, 60.0)]);
    let overlay = Overlay { closures: Vec::new(), links: vec![ford(240.0), ford(220.0), ford(260.0)] };
    let network = Network::with(&streets, &overlay);
    for x in [220.0, 240.0, 260.0] {
        let across_m = cost_m(&network, at(x, 0.0), at(x, 60.0)).unwrap();
        assert!((60..=62).contains(&across_m), "{across_m} at {x}");
    }
    let along_m = cost_m(&network, at(0.0, 0.0), at(1_000.0, 0.0)).unwrap();
    assert!((998..=1_003).contains(&along_m), "{along_m}");
}

#[test]
fn a_link_into_nowhere_is_not_taken() {
    let streets = banks();
    let nowhere = line(&[at(250.0, 0.0), at(250.0, -500.0)]);
    let network = Network::new(&streets);
    assert!(!network.takes_link(&nowhere));
    assert!(!network.takes_link(&LineString(Vec::new())));
    let overlay = Overlay { closures: Vec::new(), links: vec![nowhere] };
    assert_eq!(Network::with(&streets, &overlay).edge_count(), network.edge_count());
}

#[test]
fn a_closed_position_closes_the_piece_it_stands_on() {
    let streets = banks();
    let gate = Point::from(Coord::from(at(1_000.0, 30.0))).into();
    let network = Network::with(&streets, &Overlay { closures: vec![gate], links: Vec::new() });
    assert_eq!(cost_m(&network, at(50.0, 0.0), at(50.0, 60.0)), None);
}

#[test]
fn the_nearest_path_wins_and_a_cut_off_courtyard_only_where_nothing_else_is() {
    let mut nodes: Vec<(f64, f64)> = (0..=40).map(|step| (f64::from(step) * 50.0, 0.0)).collect();
    nodes.extend([(500.0, 30.0), (520.0, 30.0), (500.0, 140.0), (520.0, 140.0)]);
    let street: Vec<u32> = (0..=40).collect();
    let network = Network::new(&streets(&nodes, &[&street, &[41, 42], &[43, 44]]));
    let off = |at: Wgs84| network.snap(at).map(|snap| snap.off_dm());
    assert!(
        off(at(510.0, 28.0)).is_some_and(|off| (279..=282).contains(&off)),
        "the street, not the courtyard"
    );
    assert!(off(at(510.0, 160.0)).is_some_and(|off| (199..=202).contains(&off)), "nothing but a courtyard");
    assert_eq!(off(at(510.0, -151.0)), None);
    assert!(off(at(510.0, -149.0)).is_some());
}

#[test]
fn a_closure_that_meets_no_path_closes_nothing() {
    let streets = banks();
    let across = line(&[at(150.0, -20.0), at(150.0, 20.0)]);
    let beside = line(&[at(150.0, -60.0), at(150.0, -20.0)]);
    let point = |at: Wgs84| -> Geometry<f64> { Point::new(at.lon, at.lat).into() };
    let open = Network::new(&streets);
    assert!(open.takes_closure(&across.clone().into()) && !open.takes_closure(&beside.into()));
    assert!(open.takes_closure(&point(at(150.0, -20.0))) && !open.takes_closure(&point(at(150.0, -40.0))));
    assert!(!open.is_closed_at(at(150.0, 0.0)));

    let overlay = Overlay { closures: vec![across.clone().into()], links: Vec::new() };
    let closed = Network::with(&streets, &overlay);
    assert!(closed.takes_closure(&across.into()), "it is drawn anew where it is");
    assert!(closed.is_closed_at(at(150.0, 0.0)) && !closed.is_closed_at(at(700.0, 0.0)));
}
