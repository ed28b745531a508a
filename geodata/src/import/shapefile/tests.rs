use geo::{Area, Geometry};

use super::shapes::Shapes;

fn shp(kind: i32, parts: &[i32], positions: &[(f64, f64)]) -> Vec<u8> {
    let mut content = kind.to_le_bytes().to_vec();
    content.extend_from_slice(&[0; 32]);
    content.extend_from_slice(&i32::try_from(parts.len()).unwrap().to_le_bytes());
    content.extend_from_slice(&i32::try_from(positions.len()).unwrap().to_le_bytes());
    for start in parts {
        content.extend_from_slice(&start.to_le_bytes());
    }
    for (x, y) in positions {
        content.extend_from_slice(&x.to_le_bytes());
        content.extend_from_slice(&y.to_le_bytes());
    }
    let mut bytes = 9994_u32.to_be_bytes().to_vec();
    bytes.resize(100, 0);
    bytes.extend_from_slice(&1_u32.to_be_bytes());
    bytes.extend_from_slice(&u32::try_from(content.len() / 2).unwrap().to_be_bytes());
    bytes.extend(content);
    bytes
}

const OUTER: [(f64, f64); 5] = [(0.0, 0.0), (0.0, 9.0), (9.0, 9.0), (9.0, 0.0), (0.0, 0.0)];
const HOLE: [(f64, f64); 4] = [(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 1.0)];
const ISLAND: [(f64, f64); 5] = [(20.0, 0.0), (20.0, 9.0), (29.0, 9.0), (29.0, 0.0), (20.0, 0.0)];

fn one(bytes: &[u8]) -> Geometry<f64> {
    Shapes::of(bytes).unwrap().next().unwrap().unwrap().unwrap().unwrap()
}

#[test]
fn holes_belong_to_the_exterior_around_them_whatever_the_order() {
    let positions = [HOLE.as_slice(), &OUTER, &ISLAND].concat();
    let Geometry::MultiPolygon(polygons) = one(&shp(5, &[0, 4, 9], &positions)) else { panic!() };
    let holes: Vec<usize> = polygons.iter().map(|polygon| polygon.interiors().len()).collect();
    assert_eq!(holes, [1, 0]);
    assert!((polygons.unsigned_area() - 161.5).abs() < 1e-9);
}

#[test]
fn a_ring_that_was_wound_wrongly_is_an_exterior() {
    let Geometry::Polygon(polygon) = one(&shp(15, &[0], &HOLE)) else { panic!() };
    assert!((polygon.unsigned_area() - 0.5).abs() < 1e-12);
}

#[test]
fn parts_in_a_wrong_order_are_a_fault_of_the_record() {
    for parts in [&[3, 0][..], &[0, 99], &[-1]] {
        let bytes = shp(3, parts, &OUTER);
        assert!(Shapes::of(&bytes).unwrap().next().unwrap().unwrap().is_err(), "{parts:?}");
    }
    let mut lying = shp(5, &[0], &OUTER);
    lying[148..152].copy_from_slice(&i32::MAX.to_le_bytes());
    assert!(Shapes::of(&lying).unwrap().next().unwrap().unwrap().is_err());
}
