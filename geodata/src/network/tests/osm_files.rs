//! Files made here, byte by byte.

use std::io::Cursor;

use super::*;
use crate::osm_pbf::made::{MadeFile, node, way};

fn read(file: &MadeFile) -> (Streets, OsmNotes) {
    read_osm(&mut Cursor::new(file.bytes()), None).unwrap()
}

/// A street of three nodes with tags on the way and on the node in the middle.
fn street(way_tags: &[(&str, &str)], middle_tags: &[(&str, &str)]) -> Streets {
    let nodes =
        vec![node(1, 114.40, 22.62, &[]), node(2, 114.401, 22.62, middle_tags), node(3, 114.402, 22.62, &[])];
    read(&MadeFile { nodes, ways: vec![way(10, &[1, 2, 3], way_tags)], dense: true, zlib: true }).0
}

fn is_walkable(tags: &[(&str, &str)]) -> bool {
    !street(tags, &[]).edges().is_empty()
}

#[test]
fn the_table_of_tags_is_kept() {
    let walkable: &[&[(&str, &str)]] = &[
        &[("highway", "footway")],
        &[("highway", "residential")],
        &[("highway", "residential"), ("oneway", "yes")],
        &[("highway", "primary")],
        &[("highway", "cycleway")],
        &[("highway", "trunk"), ("sidewalk", "both")],
        &[("highway", "trunk"), ("foot", "designated")],
        &[("highway", "service"), ("access", "private"), ("foot", "yes")],
        &[("highway", "motorway"), ("foot", "yes")],
        &[("railway", "platform")],
        &[("man_made", "pier")],
        &[("highway", "pedestrian"), ("area", "yes")],
        &[("highway", "footway"), ("access", "permissive")],
    ];
    for tags in walkable {
        assert!(is_walkable(tags), "{tags:?}");
    }
    let others: &[&[(&str, &str)]] = &[
        &[("highway", "motorway")],
        &[("highway", "trunk")],
        &[("highway", "trunk"), ("sidewalk", "no")],
        &[("highway", "footway"), ("foot", "no")],
        &[("highway", "primary"), ("foot", "use_sidepath")],
        &[("highway", "service"), ("access", "private")],
        &[("highway", "path"), ("access", "no")],
        &[("highway", "construction")],
        &[("highway", "proposed")],
        &[("waterway", "river")],
        &[("building", "yes")],
        &[],
    ];
    for tags in others {
        assert!(!is_walkable(tags), "{tags:?}");
    }
}

#[test]
fn steps_and_directions_are_kept() {
    let first = |tags: &[(&str, &str)]| street(tags, &[]).edges()[0];
    assert!(first(&[("highway", "steps")]).steps);
    let escalator = first(&[("highway", "steps"), ("conveying", "forward")]);
    assert!(!escalator.steps && escalator.one_way);
    assert!(first(&[("highway", "footway"), ("oneway:foot", "yes")]).one_way);
    assert!(!first(&[("highway", "footway"), ("oneway", "yes")]).one_way);
    let backwards = first(&[("highway", "footway"), ("oneway:foot", "-1")]);
    assert!(backwards.from > backwards.to, "the way leads from west to east, the walk from east to west");
}

#[test]
fn a_locked_gate_parts_what_an_open_one_joins() {
    let footway = [("highway", "footway")];
    let passes = |tags: &[(&str, &str)]| {
        let network = Network::new(&street(&footway, tags));
        let [west, east] = [114.4001, 114.4019].map(|lon| network.snap(Wgs84 { lon, lat: 22.62 }).unwrap());
        network.reachable(west, ADULT, u32::MAX).cost_to(&east).is_some()
    };
    assert!(passes(&[]));
    assert!(passes(&[("barrier", "gate")]));
    assert!(passes(&[("barrier", "gate"), ("access", "private"), ("foot", "yes")]));
    assert!(passes(&[("barrier", "bollard")]));
    assert!(!passes(&[("barrier", "gate"), ("access", "private")]));
    assert!(!passes(&[("barrier", "gate"), ("foot", "no")]));
    assert!(!passes(&[("barrier", "gate"), ("locked", "yes")]));
    assert!(!passes(&[("barrier", "wall")]));
}

#[test]
fn a_bridge_does_not_join_what_it_crosses() {
    let nodes = vec![
        node(1, 114.400, 22.620, &[]),
        node(2, 114.402, 22.620, &[]),
        node(3, 114.401, 22.619, &[]),
        node(4, 114.401, 22.621, &[]),
    ];
    let bridge = way(10, &[1, 2], &[("highway", "footway"), ("bridge", "yes"), ("layer", "1")]);
    let below = way(11, &[3, 4], &[("highway", "footway")]);
    let file = MadeFile { nodes, ways: vec![bridge, below], dense: false, zlib: false };
    let network = Network::new(&read(&file).0);
    let snap = |lon, lat| network.snap(Wgs84 { lon, lat }).unwrap();
    let (on_the_bridge, below) = (snap(114.4001, 22.62), snap(114.401, 22.6191));
    assert_eq!(network.reachable(on_the_bridge, ADULT, u32::MAX).cost_to(&below), None);
}

#[test]
fn streets_end_where_the_file_or_the_region_ends() {
    let nodes = vec![
        node(1, 114.400, 22.62, &[]),
        node(2, 114.401, 22.62, &[]),
        node(4, 114.403, 22.62, &[]),
        node(5, 114.404, 22.62, &[]),
        node(6, 115.000, 22.62, &[]),
    ];
    let ways = vec![
        way(10, &[1, 2, 3, 4, 5, 6], &[("highway", "path")]),
        way(11, &[1, 6], &[("highway", "motorway")]),
    ];
    let file = MadeFile { nodes, ways, dense: true, zlib: true };
    let region = "114.3,22.5,114.5,22.7".parse().unwrap();
    let (streets, notes) = read_osm(&mut Cursor::new(file.bytes()), Some(region)).unwrap();
    assert_eq!(streets.edges().len(), 2);
    let expected = OsmNotes { walkable_ways: 1, other_ways: 1, missing_nodes: 1, blocked_nodes: 0 };
    assert_eq!(notes, expected);
    assert_eq!(read(&file).0.edges().len(), 3);
}

#[test]
fn dense_and_plain_nodes_packed_or_not_are_the_same_streets() {
    let nodes = vec![
        node(7, 114.4, 22.62, &[("barrier", "gate"), ("name", "东门")]),
        node(3, 114.41, 22.63, &[]),
        node(9, -70.5, -33.4, &[("barrier", "wall")]),
    ];
    let ways = vec![way(1, &[7, 3], &[("highway", "path")])];
    let read_as = |dense, zlib| read(&MadeFile { nodes: nodes.clone(), ways: ways.clone(), dense, zlib });
    let expected = read_as(false, false);
    assert_eq!(expected.0.edges().len(), 1);
    for (dense, zlib) in [(true, false), (false, true), (true, true)] {
        assert_eq!(read_as(dense, zlib), expected);
    }
}

#[test]
fn a_file_cut_anywhere_is_refused_with_the_place() {
    let file = MadeFile {
        nodes: vec![node(1, 114.4, 22.62, &[]), node(2, 114.41, 22.62, &[])],
        ways: vec![way(1, &[1, 2], &[("highway", "path")])],
        dense: true,
        zlib: true,
    };
    let bytes = file.bytes();
    let blocks = file.block_ends();
    for end in 0..bytes.len() {
        let refused = read_osm(&mut Cursor::new(&bytes[..end]), None).map(|(streets, _)| streets);
        if blocks.contains(&end) {
            // The file ends between two blocks, which cannot be told from a shorter file.
            assert!(refused.is_ok_and(|streets| streets.edges().is_empty()), "cut at {end}");
        } else {
            let message = refused.unwrap_err().to_string();
            assert!(
                message.contains("字节处") || message.contains("不是 .osm.pbf"),
                "cut at {end}: {message}"
            );
        }
    }
}

#[test]
fn changed_bytes_never_panic() {
    let file = MadeFile {
        nodes: vec![node(1, 114.4, 22.62, &[("barrier", "gate")]), node(2, 114.41, 22.62, &[])],
        ways: vec![way(1, &[1, 2], &[("highway", "path")])],
        dense: true,
        zlib: false,
    };
    let bytes = file.bytes();
    for place in 0..bytes.len() {
        for change in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[place] = change;
            // Either is fine: what matters is that it comes back, at once and without a panic.
            drop(read_osm(&mut Cursor::new(&damaged), None));
        }
    }
}

#[test]
fn bombs_and_demands_are_refused() {
    let refusal = |bytes: Vec<u8>| read_osm(&mut Cursor::new(bytes), None).unwrap_err().to_string();
    assert!(refusal(Vec::new()).contains("不是 .osm.pbf"));
    assert!(refusal(b"<?xml version='1.0'?><osm/>".to_vec()).contains("不是 .osm.pbf"));
    assert!(refusal(vec![0xff; 100]).contains("不是 .osm.pbf"));

    let demanding = crate::osm_pbf::made::header(&["OsmSchema-V0.6", "HistoricalInformation"]);
    assert!(refusal(demanding).contains("HistoricalInformation"));

    let mut bomb = crate::osm_pbf::made::header(&["OsmSchema-V0.6"]);
    bomb.extend(crate::osm_pbf::made::lying_blob("OSMData", &[0; 100], 64 << 20));
    assert!(refusal(bomb).contains("32 MB"));
    let mut bomb = crate::osm_pbf::made::header(&["OsmSchema-V0.6"]);
    bomb.extend(crate::osm_pbf::made::lying_blob("OSMData", &vec![0; 100_000], 1_000));
    assert!(refusal(bomb).contains("解压失败"));

    let mut lying = crate::osm_pbf::made::header(&["OsmSchema-V0.6"]);
    lying.extend(crate::osm_pbf::made::lying_blob("OSMData", &[1, 2, 3], 1_000));
    assert!(refusal(lying).contains("解压失败"));
}
