//! Tiles against an independent reader: published good and bad ones, and what is made of any map.

mod mvt;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use geo::{Coord, Geometry, LineString, MultiPolygon, Point, Polygon};
use geodata::snapshot::{Change, FeatureRecord, LayerRecord, LayerSnapshot, Snapshot};
use geodata::synthetic::{Area, SyntheticMap};
use geodata::tiles::{
    BUFFER, EXTENT, SINGLE_PLACES_ZOOM, TileAddress, TileSet, content_hash, tile, write_pmtiles,
};
use mvt::{Layer, Value, decode, twice_the_area};
use proptest::prelude::*;

/// `KANGTU_CORPUS`, or `shared/data` beside the workspace.
fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("KANGTU_CORPUS").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    std::io::stderr().write_all(b"skipped: a corpus test, no corpus folder; set KANGTU_CORPUS\n").ok()?;
    None
}

/// Called valid by the table, and yet its one command asks for more positions than there are, as that of 051
/// does, which is called fatal.
const MISLABELLED: &str = "057";

#[test]
fn the_published_good_tiles_are_read_and_the_fatal_ones_refused() {
    let Some(folder) = corpus().map(|folder| folder.join("tiles")) else { return };
    let table = fs::read_to_string(folder.join("FIXTURES.md")).unwrap();
    let (mut good, mut fatal) = (0, 0);
    for line in table.lines().skip(2) {
        let cells: Vec<&str> = line.split('|').collect();
        let (number, valid) = (cells[0], cells[cells.len() - 1].contains("white_check_mark"));
        let bytes = fs::read(folder.join("fixtures").join(number).join("tile.mvt")).unwrap();
        let read = decode(&bytes);
        if number == MISLABELLED {
            assert!(read.is_err(), "{number} is read");
        } else if valid {
            good += 1;
            let layers = read.unwrap_or_else(|fault| panic!("{number} is refused: {fault}"));
            same_as_told(number, &layers, &folder.join("fixtures").join(number).join("tile.json"));
        } else if line.contains("`fatal`") {
            fatal += 1;
            assert!(read.is_err(), "{number} is read");
        }
    }
    assert!(good >= 44 && fatal >= 18, "{good} good and {fatal} fatal ones");
}

/// The reader finds what the fixture's own description tells.
fn same_as_told(number: &str, layers: &[Layer], description: &Path) {
    let told: serde_json::Value = serde_json::from_slice(&fs::read(description).unwrap()).unwrap();
    let told_layers = told["layers"].as_array().cloned().unwrap_or_default();
    assert_eq!(layers.len(), told_layers.len(), "{number}");
    for (layer, told) in layers.iter().zip(&told_layers) {
        assert_eq!(layer.name, told["name"], "{number}");
        let features = told["features"].as_array().cloned().unwrap_or_default();
        assert_eq!(layer.features.len(), features.len(), "{number}");
        for (feature, told) in layer.features.iter().zip(&features) {
            let told: Vec<u64> =
                told["geometry"].as_array().unwrap().iter().filter_map(serde_json::Value::as_u64).collect();
            let read: Vec<u64> = feature.commands.iter().map(|&word| word.into()).collect();
            assert_eq!(read, told, "{number}");
        }
    }
}

fn layer_record(id: &str, min_zoom: u8, max_zoom: u8) -> LayerRecord {
    LayerRecord { id: id.into(), icon: "tree".into(), min_zoom, max_zoom }
}

fn record(id: u32, layer: &str, geometry: Geometry<f64>) -> FeatureRecord {
    FeatureRecord {
        id,
        layer: layer.into(),
        version: 1,
        name: format!("地点{id}"),
        geometry: Some(geometry),
        properties: r#"{"name":"x","region_code":"440307009","region":"葵涌街道","demo":true}"#.into(),
        entrances: Vec::new(),
    }
}

fn map_of(layers: Vec<LayerRecord>, features: Vec<FeatureRecord>) -> Snapshot {
    Snapshot::build(layers, features, 1, 0, Vec::new()).unwrap()
}

fn layers(map: &Snapshot) -> Vec<&LayerSnapshot> {
    map.layers().collect()
}

fn read(map: &Snapshot, address: TileAddress) -> Vec<Layer> {
    decode(&tile(&layers(map), address)).unwrap()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// The tile at a zoom that holds a position.
fn tile_at(zoom: u8, lon: f64, lat: f64) -> TileAddress {
    let tiles = f64::from(1_u32 << zoom);
    let sine = lat.to_radians().sin();
    let y = 0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * std::f64::consts::PI);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the square")]
    let number = |part: f64| (part * tiles) as u64;
    TileAddress::new(zoom.into(), number(y), number((lon + 180.0) / 360.0)).unwrap()
}

#[test]
fn a_place_has_its_id_its_attributes_and_its_position() {
    let map = map_of(
        vec![layer_record("park", 0, 20), layer_record("trail", 0, 20)],
        vec![record(7, "park", Point::new(114.4182, 22.6371).into())],
    );
    for zoom in [0, 9, 15, 16, 20] {
        let read = read(&map, tile_at(zoom, 114.4182, 22.6371));
        assert_eq!(read.len(), 1, "layers without places are left out");
        assert_eq!((read[0].name.as_str(), read[0].version, read[0].extent), ("park", 2, EXTENT));
        let feature = &read[0].features[0];
        assert_eq!(feature.id, Some(7));
        let expected = [
            ("demo", Value::Bool(true)),
            ("icon", text("tree")),
            ("layer", text("park")),
            ("name", text("地点7")),
            ("region", text("葵涌街道")),
            ("region_code", text("440307009")),
        ];
        assert_eq!(feature.tags, expected.map(|(key, value)| (key.to_owned(), value)).into());
    }
    let at_world = &read(&map, TileAddress::WORLD)[0].features[0].geometry;
    // 4096 × (114.4182 + 180) / 360, and the same height as on every web map.
    assert_eq!(*at_world, mvt::Geometry::Points(vec![[3349, 1783]]));
}

#[test]
fn layers_are_in_tiles_of_their_zooms_only_and_in_the_order_asked_for() {
    let map = map_of(
        vec![layer_record("a", 3, 5), layer_record("b", 0, 20)],
        vec![record(1, "a", Point::new(10.0, 10.0).into()), record(2, "b", Point::new(10.0, 10.0).into())],
    );
    let names = |zoom| {
        let asked: Vec<_> = ["b", "a"].iter().filter_map(|id| map.layer(id)).collect();
        let read = decode(&tile(&asked, tile_at(zoom, 10.0, 10.0))).unwrap();
        read.into_iter().map(|layer| layer.name).collect::<Vec<_>>()
    };
    assert_eq!(names(2), ["b"]);
    assert_eq!(names(3), ["b", "a"]);
    assert_eq!(names(5), ["b", "a"]);
    assert_eq!(names(6), ["b"]);
}

#[test]
fn neighbours_are_a_cluster_until_the_zoom_it_names() {
    let places = [(114.4180, 22.6370), (114.4182, 22.6371), (114.4300, 22.6400)];
    let records = (1..).zip(places).map(|(id, (x, y))| record(id, "park", Point::new(x, y).into()));
    let map = map_of(vec![layer_record("park", 0, 20)], records.collect());
    let mut zoom = 0;
    loop {
        let layers = read(&map, tile_at(zoom, 114.4180, 22.6370));
        let cluster = layers[0].features.iter().find(|feature| feature.tags.contains_key("cluster"));
        let Some(cluster) = cluster else { break };
        let Value::Integer(opens) = cluster.tags["expansion_zoom"] else { panic!("{cluster:?}") };
        let Value::Integer(count) = cluster.tags["count"] else { panic!("{cluster:?}") };
        assert!(opens > i128::from(zoom) && [2, 3].contains(&count), "{cluster:?}");
        assert!(cluster.id.unwrap() > 1_000_000_000 && cluster.id.unwrap() < 1 << 53);
        assert_eq!(cluster.tags["layer"], text("park"));
        zoom = u8::try_from(opens).unwrap();
        assert!(zoom <= SINGLE_PLACES_ZOOM);
    }
    assert!(zoom > 10, "they part where they are far enough apart");
}

#[test]
fn from_the_last_zoom_on_every_place_stands_alone() {
    let spot = Point::new(114.4182, 22.6371);
    let records = (1..=3000).map(|id| record(id, "park", spot.into()));
    let map = map_of(vec![layer_record("park", 0, 20)], records.collect());
    let at = |zoom| read(&map, tile_at(zoom, spot.x(), spot.y()))[0].features.len();
    assert_eq!(at(SINGLE_PLACES_ZOOM - 1), 1);
    assert_eq!(at(SINGLE_PLACES_ZOOM), 3000);
    assert_eq!(at(20), 3000);
}

#[test]
fn a_polygon_around_the_tile_fills_it_and_its_hole_is_turned_the_other_way() {
    let square = |half: f64| {
        LineString::from(vec![(-half, -half), (half, -half), (half, half), (-half, half), (-half, -half)])
    };
    let ring = Polygon::new(square(80.0), vec![square(10.0)]);
    let map = map_of(vec![layer_record("park", 0, 20)], vec![record(1, "park", ring.into())]);
    let mvt::Geometry::Rings(rings) = &read(&map, TileAddress::WORLD)[0].features[0].geometry else {
        panic!()
    };
    assert_eq!(rings.len(), 2);
    assert!(twice_the_area(&rings[0]) > 0 && twice_the_area(&rings[1]) < 0);
    // East of the hole nothing but polygon is seen.
    let mvt::Geometry::Rings(rings) = &read(&map, tile_at(5, 45.0, 3.0))[0].features[0].geometry else {
        panic!()
    };
    let (first, last) = (-i64::from(BUFFER), i64::from(EXTENT + BUFFER));
    assert_eq!(rings.len(), 1);
    assert_eq!(twice_the_area(&rings[0]), 2 * (last - first) * (last - first));
    // Within the hole there is none.
    assert!(read(&map, tile_at(6, 1.0, 1.0)).is_empty());
}

#[test]
fn an_edit_changes_the_hash_of_the_tiles_it_touches_and_of_no_far_one() {
    let map = SyntheticMap { area: Area::Shenzhen, features: 30_000, layers: 2, seed: 3 };
    let map = map_of(map.layer_records(), map.feature_records());
    let (west, east) = (tile_at(14, 113.80, 22.70), tile_at(14, 114.55, 22.60));
    let moved = record(30_001, "park", Point::new(113.80, 22.70).into());
    let edited = map.apply(vec![Change::Upsert(moved)], 2, 1).unwrap();
    let hash = |map: &Snapshot, address| content_hash(&layers(map), address);
    assert_ne!(hash(&map, west), hash(&edited, west));
    assert_ne!(hash(&map, TileAddress::WORLD), hash(&edited, TileAddress::WORLD));
    assert_eq!(hash(&map, east), hash(&edited, east));
    assert_eq!(tile(&layers(&map), east), tile(&layers(&edited), east));
    let both = layers(&map);
    let reversed: Vec<_> = both.iter().rev().copied().collect();
    assert_ne!(content_hash(&both, west), content_hash(&reversed, west));
}

fn generated(map: &Snapshot, max_zoom: u8) -> Vec<(TileAddress, Vec<u8>)> {
    let mut tiles = Vec::new();
    let keep = |address, tile| {
        tiles.push((address, tile));
        Ok::<(), String>(())
    };
    TileSet::new(&layers(map)).generate(max_zoom, || (), |(), tile| tile, keep).unwrap();
    tiles
}

#[test]
fn all_tiles_are_those_that_are_made_one_by_one() {
    let map = SyntheticMap { area: Area::Kwaichung, features: 4000, layers: 3, seed: 9 };
    let mut records = map.feature_records();
    records.push(record(5001, "park", Point::new(-179.9999, -89.0).into()));
    let map = map_of(map.layer_records(), records);
    let tiles = generated(&map, 17);
    assert!(tiles.windows(2).all(|pair| pair[0].0.hilbert_id() < pair[1].0.hilbert_id()));
    for (address, bytes) in &tiles {
        assert_eq!(*bytes, tile(&layers(&map), *address), "{address:?}");
    }
    let known: HashSet<TileAddress> = tiles.iter().map(|(address, _)| *address).collect();
    for zoom in [0, 5, 11, 13, 15] {
        for (address, _) in tiles.iter().filter(|(address, _)| address.zoom() == zoom) {
            for (down, right) in [(0, 1), (1, 0), (1, 1)] {
                let (row, column) = (u64::from(address.row()) + down, u64::from(address.column()) + right);
                let Ok(neighbour) = TileAddress::new(zoom.into(), row, column) else { continue };
                if !known.contains(&neighbour) {
                    assert!(tile(&layers(&map), neighbour).is_empty(), "{neighbour:?} is missing");
                }
            }
        }
    }
}

#[test]
fn an_archive_begins_as_the_specification_says_and_holds_all_tiles() {
    let map = SyntheticMap { area: Area::Kwaichung, features: 2000, layers: 2, seed: 9 };
    let map = map_of(map.layer_records(), map.feature_records());
    let mut archive = Cursor::new(Vec::new());
    let mut zooms = Vec::new();
    let summary =
        write_pmtiles(&layers(&map), 14, r#"{"vector_layers":[]}"#, &mut archive, |zoom, _| zooms.push(zoom))
            .unwrap();
    let archive = archive.into_inner();
    let tiles = generated(&map, 14);
    assert_eq!(zooms, (0..=14).collect::<Vec<u8>>());
    assert_eq!((summary.tiles, summary.bytes), (tiles.len() as u64, archive.len() as u64));
    assert_eq!(&archive[..8], b"PMTiles\x03");
    let number = |place: usize| {
        usize::try_from(u64::from_le_bytes(archive[8 + 8 * place..16 + 8 * place].try_into().unwrap()))
            .unwrap()
    };
    assert_eq!(number(0), 127);
    let gunzip = |bytes: &[u8]| {
        let mut out = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes), &mut out).unwrap();
        out
    };
    assert_eq!(gunzip(&archive[number(2)..number(2) + number(3)]), br#"{"vector_layers":[]}"#);
    assert_eq!(number(2) + number(3) + number(5), archive.len());
    let root = gunzip(&archive[127..127 + number(1)]);
    let mut at = 0;
    let mut varint = || {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let byte = root[at];
            at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    };
    let count = usize::try_from(varint()).unwrap();
    let mut columns: Vec<Vec<u64>> = (0..4).map(|_| (0..count).map(|_| varint()).collect()).collect();
    let mut ids = columns.remove(0);
    for place in 1..count {
        ids[place] += ids[place - 1];
    }
    let mut offsets = columns.remove(2);
    for place in 0..count {
        let before = if place == 0 { 0 } else { offsets[place - 1] + columns[1][place - 1] };
        offsets[place] = if offsets[place] == 0 { before } else { offsets[place] - 1 };
    }
    let by_id: BTreeMap<u64, usize> = ids.iter().copied().zip(0..).collect();
    for (address, tile) in tiles {
        let id = address.hilbert_id();
        let (&first, &place) = by_id.range(..=id).next_back().unwrap();
        assert!(id < first + columns[0][place], "{address:?}");
        let start = number(6) + usize::try_from(offsets[place]).unwrap();
        let bytes = &archive[start..start + usize::try_from(columns[1][place]).unwrap()];
        assert_eq!(gunzip(bytes), tile, "{address:?}");
    }
}

#[test]
fn a_map_without_places_has_an_archive_without_tiles() {
    let map = map_of(vec![layer_record("park", 0, 20)], Vec::new());
    let mut archive = Cursor::new(Vec::new());
    let summary = write_pmtiles(&layers(&map), 16, "{}", &mut archive, |_, _| {}).unwrap();
    assert_eq!((summary.tiles, summary.contents), (0, 0));
    assert_eq!(&archive.into_inner()[..7], b"PMTiles");
}

fn anywhere() -> impl Strategy<Value = Coord<f64>> {
    let near = (114.30..114.60_f64, 22.50..22.80_f64);
    let far = (-180.0..=180.0_f64, -90.0..=90.0_f64);
    prop_oneof![4 => near, 1 => far].prop_map(|(x, y)| Coord { x, y })
}

fn any_geometry() -> impl Strategy<Value = Geometry<f64>> {
    let coords = |range| prop::collection::vec(anywhere(), range);
    let polygon = || {
        (coords(0..12), prop::collection::vec(coords(0..6), 0..3)).prop_map(|(outer, holes)| {
            Polygon::new(LineString(outer), holes.into_iter().map(LineString).collect())
        })
    };
    prop_oneof![
        anywhere().prop_map(|at| Point(at).into()),
        coords(0..12).prop_map(|line| LineString(line).into()),
        polygon().prop_map(Geometry::from),
        prop::collection::vec(polygon(), 0..3).prop_map(|polygons| MultiPolygon(polygons).into()),
        (anywhere(), coords(2..6), polygon()).prop_map(|(point, line, polygon)| {
            let parts: Vec<Geometry<f64>> =
                vec![Point(point).into(), LineString(line).into(), polygon.into()];
            Geometry::GeometryCollection(parts.into())
        }),
    ]
}

fn any_address() -> impl Strategy<Value = TileAddress> {
    let near = (0_u8..=20, 114.30..114.60_f64, 22.50..22.80_f64)
        .prop_map(|(zoom, lon, lat)| tile_at(zoom, lon, lat));
    let any = (0_u64..=20, any::<u64>(), any::<u64>()).prop_map(|(zoom, row, column)| {
        TileAddress::new(zoom, row % (1 << zoom), column % (1 << zoom)).unwrap()
    });
    prop_oneof![3 => near, 1 => any]
}

/// Everything drawn lies within the margin, outer rings run clockwise and come before their holes.
fn check_drawn(layers: &[Layer]) {
    let margin = -i64::from(BUFFER)..=i64::from(EXTENT + BUFFER);
    let within = |place: &[i64; 2]| place.iter().all(|coordinate| margin.contains(coordinate));
    for feature in layers.iter().flat_map(|layer| &layer.features) {
        match &feature.geometry {
            mvt::Geometry::Unknown => panic!("{feature:?}"),
            mvt::Geometry::Points(points) => {
                let on_tile = |place: &[i64; 2]| place.iter().all(|c| (0..i64::from(EXTENT)).contains(c));
                assert!(!points.is_empty() && points.iter().all(on_tile), "{feature:?}");
            }
            mvt::Geometry::Lines(lines) => assert!(lines.iter().flatten().all(within), "{feature:?}"),
            mvt::Geometry::Rings(rings) => {
                assert!(rings.iter().flatten().all(within), "{feature:?}");
                assert!(twice_the_area(&rings[0]) > 0, "{feature:?}");
                assert!(rings.iter().all(|ring| twice_the_area(ring) != 0), "{feature:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_map_makes_a_proper_tile_anywhere(
        geometries in prop::collection::vec(any_geometry(), 0..8),
        address in any_address(),
    ) {
        let records = (1..).zip(geometries).map(|(id, geometry)| record(id, "park", geometry));
        let map = map_of(vec![layer_record("park", 0, 20)], records.collect());
        check_drawn(&read(&map, address));
    }

    #[test]
    fn a_line_through_a_tile_is_drawn_on_it(
        from in anywhere(), through in (114.30..114.60_f64, 22.50..22.80_f64), zoom in 0_u8..=20,
    ) {
        // From outside to a position on the tile, which is then in the middle of a long enough line.
        let to = Coord { x: 2.0 * through.0 - from.x, y: 2.0 * through.1 - from.y };
        prop_assume!(to.y.abs() < 85.0 && from.y.abs() < 85.0 && to.x.abs() < 180.0);
        let line = LineString(vec![from, Coord::from(through), to]);
        let map = map_of(vec![layer_record("trail", 0, 20)], vec![record(1, "trail", line.into())]);
        let drawn = read(&map, tile_at(zoom, through.0, through.1));
        let alone = zoom < SINGLE_PLACES_ZOOM && (from.x - to.x).abs().max((from.y - to.y).abs()) < 360.0 / f64::from(1_u32 << zoom);
        prop_assert!(alone || drawn.iter().any(|layer| !layer.features.is_empty()));
    }

    #[test]
    fn counts_of_clusters_add_up_to_all_places(
        places in prop::collection::vec(anywhere(), 1..200), zoom in 0_u8..=4,
    ) {
        let records = (1..).zip(&places).map(|(id, &at)| record(id, "park", Point(at).into()));
        let map = map_of(vec![layer_record("park", 0, 20)], records.collect());
        let mut counted = 0;
        for row in 0..1_u64 << zoom {
            for column in 0..1_u64 << zoom {
                let layers = read(&map, TileAddress::new(zoom.into(), row, column).unwrap());
                for feature in layers.iter().flat_map(|layer| &layer.features) {
                    counted += match feature.tags.get("count") {
                        Some(Value::Integer(count)) => *count,
                        _ => 1,
                    };
                }
            }
        }
        prop_assert_eq!(counted, places.len() as i128);
    }
}
