use geo::{CoordsIter, polygon};
use proptest::prelude::*;

use super::*;
use crate::crs::Wgs84;
use crate::geometry::{distance_m, faults};

fn star(radii: &[f64]) -> Polygon<f64> {
    let count = f64::from(u32::try_from(radii.len()).unwrap());
    let ring = radii.iter().zip(0_u32..).map(|(radius, index)| {
        let angle = std::f64::consts::TAU * f64::from(index) / count;
        Coord { x: 114.41 + radius * angle.cos(), y: 22.63 + radius * angle.sin() }
    });
    Polygon::new(ring.collect(), Vec::new())
}

#[test]
fn nothing_changes_without_tolerance() {
    let shape: Geometry<f64> = star(&[0.01; 30]).into();
    for tolerance_m in [0.0, -1.0, f64::NAN] {
        assert_eq!(simplify(&shape, tolerance_m), shape);
    }
}

#[test]
fn round_pond_loses_positions_but_not_its_shape() {
    let pond = star(&[0.01; 120]);
    let Geometry::Polygon(simple) = simplify(&pond.clone().into(), 50.0) else {
        panic!("a polygon stays a polygon");
    };
    assert!(simple.coords_count() < 60, "{}", simple.coords_count());
    let shore = Geometry::LineString(simple.exterior().clone());
    for Coord { x: lon, y: lat } in pond.coords_iter() {
        assert!(distance_m(Wgs84 { lon, lat }, &shore) < 50.0);
    }
}

#[test]
fn coarse_tolerance_leaves_lawful_rings_and_lines() {
    let island = polygon!(
        exterior: [(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0), (x: 0.5, y: 1.1), (x: 0.0, y: 1.0)],
        interiors: [[(x: 0.2, y: 0.2), (x: 0.2, y: 0.3), (x: 0.3, y: 0.3), (x: 0.3, y: 0.2)]],
    );
    let Geometry::Polygon(simple) = simplify(&island.into(), 1e9) else {
        panic!("a polygon stays a polygon");
    };
    assert!(simple.exterior().0.len() >= 4 && simple.interiors().iter().all(|ring| ring.0.len() >= 4));
}

proptest! {
    #[test]
    fn simplified_rings_stay_lawful_and_simple(
        radii in prop::collection::vec(0.001..0.02_f64, 3..80), tolerance_m in 0.1..2000.0_f64
    ) {
        let shape: Geometry<f64> = star(&radii).into();
        let simple = simplify(&shape, tolerance_m);
        prop_assert!(simple.coords_count() <= shape.coords_count());
        prop_assert!(faults(&simple).is_empty(), "{:?}", faults(&simple));
    }

    #[test]
    fn simplified_lines_keep_their_ends(
        positions in prop::collection::vec((114.3..114.5_f64, 22.5..22.7_f64), 2..60), tolerance_m in 0.1..5000.0_f64
    ) {
        let line = LineString::from(positions);
        let Geometry::LineString(simple) = simplify(&line.clone().into(), tolerance_m) else {
            panic!("a line stays a line");
        };
        prop_assert!(simple.0.len() >= 2);
        let ends = [(simple.0.first(), line.0.first()), (simple.0.last(), line.0.last())];
        for (a, b) in ends {
            let apart = *a.unwrap() - *b.unwrap();
            prop_assert!(apart.x.abs() < 1e-12 && apart.y.abs() < 1e-12);
        }
    }

    #[test]
    fn any_position_on_earth_is_simplified_without_panic(
        positions in prop::collection::vec((-3..=3_i8, -3..=3_i8, -180.0..180.0_f64, any::<bool>()), 0..20),
        tolerance_m: f64
    ) {
        // Small whole numbers make repeated positions and collinear edges frequent.
        let line: LineString = positions.into_iter().map(|(x, y, fine, is_coarse)| {
            let (x, y) = (f64::from(x), f64::from(y));
            if is_coarse { Coord { x, y } } else { Coord { x: fine, y: fine / 2.0 } }
        }).collect();
        _ = simplify(&Polygon::new(line.clone(), vec![line.clone()]).into(), tolerance_m);
        _ = simplify(&line.into(), tolerance_m);
    }

    #[test]
    fn any_number_is_left_alone_or_simplified(
        positions in prop::collection::vec((any::<f64>(), any::<f64>()), 0..20), tolerance_m: f64
    ) {
        _ = simplify(&LineString::from(positions).into(), tolerance_m);
    }
}
