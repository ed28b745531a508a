use crate::import::{Format, ImportError, ReadOptions, SourceRow, read, read_osm_places};
use crate::osm_pbf::made::{MadeFile, node, way};

fn town() -> MadeFile {
    MadeFile {
        nodes: vec![
            node(1, 114.40, 22.60, &[]),
            node(2, 114.41, 22.60, &[]),
            node(3, 114.41, 22.61, &[]),
            node(4, 114.50, 22.70, &[("leisure", "fitness_station")]),
            node(5, 114.51, 22.70, &[("leisure", "park"), ("name", "口袋公园"), ("access", "private")]),
            node(
                6,
                114.42,
                22.62,
                &[("leisure", "park"), ("name", "口袋公园"), ("contact:phone", "0755-84206000")],
            ),
        ],
        ways: vec![
            way(10, &[1, 2, 3, 1], &[("leisure", "park"), ("name", "Park"), ("name:zh", "葵涌公园")]),
            way(11, &[1, 2, 3], &[("highway", "footway"), ("name", "海边绿道")]),
            way(12, &[1, 2, 3, 1], &[("leisure", "pitch"), ("sport", "basketball;soccer")]),
            way(13, &[1, 2, 99], &[("highway", "path"), ("sac_scale", "hiking"), ("name", "断头路")]),
        ],
        dense: true,
        zlib: true,
    }
}

fn of_layer(layer: &str) -> Result<Vec<SourceRow>, ImportError> {
    let options = ReadOptions { layer: Some(layer.to_owned()), ..ReadOptions::default() };
    read(&town().bytes(), Format::OsmPbf, &options)
}

#[test]
fn places_come_by_their_tags_with_points_lines_and_areas() {
    let parks = of_layer("park").unwrap();
    let seen: Vec<_> = parks.iter().map(|row| (row.key.as_str(), row.name.as_deref().unwrap())).collect();
    assert_eq!(seen, [("node/6", "口袋公园"), ("way/10", "葵涌公园")]);
    assert!(parks[0].phone.is_some() && matches!(parks[1].geometry, Some(geo::Geometry::Polygon(_))));
    let greenways = of_layer("greenway").unwrap();
    assert!(matches!(&greenways[0].geometry, Some(geo::Geometry::LineString(line)) if line.0.len() == 3));
    assert_eq!(of_layer("fitness_site").unwrap()[0].name.as_deref(), Some("健身点"));
    assert_eq!(of_layer("sports_court").unwrap()[0].name.as_deref(), Some("篮球场"));
}

#[test]
fn what_was_cut_off_and_what_has_no_rule_is_said() {
    assert!(of_layer("trail").unwrap()[0].is_bad());
    assert!(matches!(of_layer("health_hut"), Err(ImportError::NoOsmRule { .. })));
    assert_eq!(of_layer("clinic"), Err(ImportError::Empty));
    let bytes = town().bytes();
    let options = ReadOptions { layer: Some("park".to_owned()), ..ReadOptions::default() };
    for end in 1..bytes.len() {
        let is_whole_block = town().block_ends().contains(&end);
        assert!(read(&bytes[..end], Format::OsmPbf, &options).is_err() || is_whole_block, "{end} bytes");
    }
}

#[test]
fn places_without_a_name_are_counted() {
    let mut town = town();
    town.nodes.push(node(20, 114.42, 22.62, &[("leisure", "park")]));
    town.nodes.push(node(21, 114.90, 22.90, &[("leisure", "park"), ("name", " ")]));
    town.ways.push(way(20, &[1, 2, 3, 1], &[("leisure", "park")]));
    let options = ReadOptions { layer: Some("park".to_owned()), ..ReadOptions::default() };
    let places = read_osm_places(&town.bytes(), &options).unwrap();
    assert_eq!((places.rows.len(), places.nameless), (2, 3));
    let options = ReadOptions { within: Some("114.3,22.5,114.5,22.7".parse().unwrap()), ..options };
    assert_eq!(read_osm_places(&town.bytes(), &options).unwrap().nameless, 2);
    town.ways.retain(|way| way.0 != 10);
    town.nodes.retain(|node| node.0 != 6);
    assert_eq!(read_osm_places(&town.bytes(), &options), Err(ImportError::OnlyNameless(2)));
}

#[test]
fn places_outside_the_region_are_left_out() {
    let within = Some("114.3,22.5,114.415,22.615".parse().unwrap());
    let options = ReadOptions { layer: Some("park".to_owned()), within, ..ReadOptions::default() };
    let rows = read(&town().bytes(), Format::OsmPbf, &options).unwrap();
    assert_eq!(rows.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), ["way/10"]);
}

#[test]
fn rings_are_joined_whichever_way_their_runs_go() {
    use geo::{Area, Coord};
    let at = |x: f64, y: f64| Coord { x, y };
    let outer =
        [vec![at(0.0, 0.0), at(9.0, 0.0), at(9.0, 9.0)], vec![at(0.0, 0.0), at(0.0, 9.0), at(9.0, 9.0)]];
    let hole = vec![at(1.0, 1.0), at(2.0, 1.0), at(2.0, 2.0), at(1.0, 1.0)];
    let mut runs: Vec<_> = outer.iter().map(|run| (run.clone(), false)).collect();
    runs.push((hole, true));
    let area = super::rings::area(runs.clone()).unwrap();
    assert!((area.unsigned_area() - 80.5).abs() < 1e-9, "{area:?}");
    runs.remove(0);
    assert!(super::rings::area(runs).is_none());
}
