//! What is exported is read by other programs (GDAL) and by the import, with the same shapes and names.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use geo::{Geometry, MultiLineString, MultiPolygon, Point, line_string, polygon};
use geodata::crs::ReferenceSystem;
use geodata::export::{ExportLayer, TextFormat, flatgeobuf, write_text};
use geodata::geometry::write_geometry;
use geodata::import::{Format, ReadOptions, SourceRow, read};
use geodata::snapshot::{Feature, FeatureRecord};
use geodata::synthetic::{Area, SyntheticMap};
use serde_json::{Value, json};

fn place(id: u32, name: &str, geometry: Option<Geometry<f64>>, more: &Value) -> Arc<Feature> {
    let mut properties = json!({"name": name, "address": "葵涌街道，“一号”\"路\"\n2 号", "phone": null});
    properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let record = FeatureRecord {
        id,
        layer: "park".into(),
        version: 1,
        name: name.to_owned(),
        geometry,
        properties: properties.to_string().into(),
        entrances: Vec::new(),
    };
    Feature::new(record, &mut Vec::new())
}

fn places() -> Vec<Arc<Feature>> {
    let square = |x: f64| {
        polygon![
            exterior: [(x: x, y: 22.60), (x: x + 0.01, y: 22.60), (x: x + 0.01, y: 22.61), (x: x, y: 22.61), (x: x, y: 22.60)],
            interiors: [[(x: x + 0.002, y: 22.602), (x: x + 0.002, y: 22.604), (x: x + 0.004, y: 22.604), (x: x + 0.002, y: 22.602)]],
        ]
    };
    let line = |x: f64| line_string![(x: x, y: 22.6), (x: x + 0.01, y: 22.611_111_1), (x: x + 0.02, y: 22.6)];
    vec![
        place(11, "葵涌公园", Some(square(114.40).into()), &json!({"area_ha": 3, "demo": true})),
        place(
            12,
            "=1+1",
            Some(Point::new(114.418_2, 22.637_1).into()),
            &json!({"area_ha": 2.5, "demo": false}),
        ),
        place(
            13,
            "两块<地>&'角'",
            Some(MultiPolygon(vec![square(114.41), square(114.43)]).into()),
            &json!({"facilities": ["饮水点", "厕所"], "note": "-7"}),
        ),
        place(14, "绿道", Some(line(114.45).into()), &json!({"length": 7_000_000_000_u64, "mixed": 1})),
        place(
            15,
            "两段",
            Some(MultiLineString(vec![line(114.46), line(114.48)]).into()),
            &json!({"mixed": "一", "nested": {"甲": [1]}}),
        ),
    ]
}

fn layer(places: &[Arc<Feature>]) -> ExportLayer<'_> {
    let features = places.iter().map(AsRef::as_ref).collect();
    ExportLayer {
        id: "park",
        title: "公园",
        description: "看看<这里>。",
        features,
        system: ReferenceSystem::Crs84,
    }
}

fn written(format: TextFormat, places: &[Arc<Feature>]) -> Vec<u8> {
    let mut out = Vec::new();
    write_text(format, &[layer(places)], &mut out).unwrap();
    out
}

fn as_flatgeobuf(places: &[Arc<Feature>]) -> Vec<u8> {
    let mut out = Vec::new();
    flatgeobuf::write(&layer(places), &mut out).unwrap();
    out
}

fn text_of(geometry: &Geometry<f64>) -> String {
    let mut out = Vec::new();
    write_geometry(geometry, 7, &mut out);
    String::from_utf8(out).unwrap()
}

/// Runs a program of GDAL; `None` where it is not installed.
fn gdal(program: &str, arguments: &[&str]) -> Option<String> {
    let Ok(output) = Command::new(program).args(arguments).output() else {
        // Past the capture of the test runner, which would hide the line.
        std::io::stderr().write_all(b"skipped: a test with GDAL, because it is not installed\n").unwrap();
        return None;
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !errors.contains("ERROR"), "{program} {arguments:?}: {errors}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// What GDAL makes of a file, as `GeoJSON` features by name.
fn through_gdal(bytes: &[u8], file_name: &str, options: &[&str]) -> Option<Vec<Value>> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (source, target) = (path(file_name), path("read.geojson"));
    fs::write(&source, bytes).unwrap();
    let arguments =
        [options, &["-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=7", &target, &source]].concat();
    gdal("ogr2ogr", &arguments)?;
    let text = fs::read_to_string(Path::new(&target)).unwrap();
    let mut body: Value = serde_json::from_str(&text).unwrap();
    let Value::Array(features) = body["features"].take() else { panic!("{text}") };
    Some(features)
}

fn named<'f>(features: &'f [Value], name: &str, key: &str) -> &'f Value {
    features
        .iter()
        .find(|feature| feature["properties"][key] == name)
        .unwrap_or_else(|| panic!("no {name} among {features:?}"))
}

fn shape(value: &Value) -> Geometry<f64> {
    geodata::geometry::repaired(geodata::geometry::read_geometry(value).unwrap())
}

#[test]
fn gdal_reads_flatgeobuf_with_every_shape_and_value() {
    let places = places();
    let Some(read) = through_gdal(&as_flatgeobuf(&places), "park.fgb", &[]) else { return };
    assert_eq!(read.len(), places.len());
    for place in &places {
        let found = named(&read, place.name(), "name");
        assert_eq!(found["properties"]["id"], place.id());
        let expected = place.geometry().unwrap();
        assert_eq!(text_of(&shape(&found["geometry"])), text_of(expected), "{}", place.name());
    }
    let first = &named(&read, "葵涌公园", "name")["properties"];
    assert_eq!(
        (&first["area_ha"], &first["demo"], &first["phone"]),
        (&json!(3.0), &json!(true), &Value::Null)
    );
    assert_eq!(first["address"], "葵涌街道，“一号”\"路\"\n2 号");
    assert_eq!(named(&read, "绿道", "name")["properties"]["length"], 7_000_000_000_u64);
    assert_eq!(named(&read, "绿道", "name")["properties"]["mixed"], "1");
    assert_eq!(named(&read, "两段", "name")["properties"]["nested"], json!({"甲": [1]}));
}

#[test]
fn the_index_of_flatgeobuf_finds_what_a_scan_finds() {
    let map = SyntheticMap { area: Area::Kwaichung, features: 3_000, layers: 1, seed: 3 };
    let places: Vec<_> =
        map.feature_records().into_iter().map(|record| Feature::new(record, &mut Vec::new())).collect();
    let bytes = as_flatgeobuf(&places);
    let bounds = ["114.42", "22.62", "114.44", "22.64"];
    let clip = [&["-spat"], bounds.as_slice()].concat();
    let Some(read) = through_gdal(&bytes, "park.fgb", &clip) else { return };
    let rect = geo::Rect::new((114.42, 22.62), (114.44, 22.64));
    let expected =
        places.iter().filter(|place| geo::Intersects::intersects(&rect, place.geometry().unwrap()));
    let mut expected: Vec<u64> = expected.map(|place| u64::from(place.id())).collect();
    let mut found: Vec<u64> = read.iter().map(|one| one["properties"]["id"].as_u64().unwrap()).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert!(expected.len() > 50);
    assert_eq!(found, expected);
}

#[test]
fn flatgeobuf_without_positions_or_places_is_still_read() {
    let mut unplaced = places();
    unplaced.push(place(16, "等待定位", None, &json!({})));
    if let Some(read) = through_gdal(&as_flatgeobuf(&unplaced), "park.fgb", &[]) {
        assert_eq!(read.len(), 6);
        assert!(named(&read, "等待定位", "name")["geometry"].is_null());
    }
    let Some(read) = through_gdal(&as_flatgeobuf(&[]), "park.fgb", &[]) else { return };
    assert!(read.is_empty());
}

#[test]
fn gdal_reads_kml_gpx_csv_and_sequences() {
    let places = places();
    if let Some(read) = through_gdal(&written(TextFormat::Kml, &places), "park.kml", &[]) {
        for place in &places {
            let found = named(&read, place.name(), "Name");
            let expected = place.geometry().unwrap();
            let flat = text_of(&shape(&found["geometry"]));
            assert_eq!(flat, text_of(expected), "{}", place.name());
        }
        assert_eq!(named(&read, "葵涌公园", "Name")["properties"]["area_ha"], "3");
    }
    let gpx = written(TextFormat::Gpx, &places);
    if let Some(tracks) = through_gdal(&gpx, "park.gpx", &["-sql", "SELECT * FROM tracks"]) {
        let names: Vec<&Value> = tracks.iter().map(|track| &track["properties"]["name"]).collect();
        assert_eq!(names, ["绿道", "两段"]);
        assert_eq!(text_of(&shape(&tracks[1]["geometry"])), text_of(places[4].geometry().unwrap()));
    }
    if let Some(points) = through_gdal(&gpx, "park.gpx", &["-sql", "SELECT * FROM waypoints"]) {
        let names: Vec<&Value> = points.iter().map(|point| &point["properties"]["name"]).collect();
        assert_eq!(names, ["葵涌公园", "=1+1", "两块<地>&'角'"]);
    }
    let csv = written(TextFormat::Csv, &places);
    if let Some(read) = through_gdal(&csv, "park.csv", &["-oo", "KEEP_GEOM_COLUMNS=NO"]) {
        let found = named(&read, "两段", "名称");
        assert_eq!(text_of(&shape(&found["geometry"])), text_of(places[4].geometry().unwrap()));
        assert_eq!(named(&read, "'=1+1", "名称")["properties"]["编号"], "12");
    }
    let sequence = written(TextFormat::GeoJsonSeq, &places);
    let Some(read) = through_gdal(&sequence, "park.geojsons", &[]) else { return };
    assert_eq!(read.len(), 5);
}

fn imported(bytes: &[u8], file_name: &str) -> Vec<SourceRow> {
    let format = Format::detect(file_name, bytes).unwrap();
    let rows = read(bytes, format, &ReadOptions::default()).unwrap();
    for row in &rows {
        assert!(row.faults.is_empty(), "{file_name}: {row:?}");
    }
    rows
}

/// Asserts that each place came back with its number, name, address and shape.
fn assert_same(rows: &[SourceRow], places: &[Arc<Feature>], file_name: &str) {
    assert_eq!(rows.len(), places.len());
    for place in places {
        let row = rows.iter().find(|row| row.name.as_deref() == Some(place.name()));
        let row = row.unwrap_or_else(|| panic!("{file_name} lost {}", place.name()));
        assert_eq!(row.key, place.id().to_string(), "{file_name}");
        assert_eq!(row.geometry.as_ref().map(text_of), place.geometry().map(text_of), "{file_name}");
        assert_eq!(row.address.as_deref(), Some("葵涌街道，“一号”\"路\" 2 号"), "{file_name}");
    }
}

#[test]
fn every_text_format_comes_back_the_same() {
    let mut places = places();
    places.push(place(16, "等待定位", None, &json!({})));
    for (format, file_name) in [
        (TextFormat::GeoJson, "park.geojson"),
        (TextFormat::GeoJsonSeq, "park.geojsons"),
        (TextFormat::Csv, "park.csv"),
        (TextFormat::Kml, "park.kml"),
    ] {
        assert_same(&imported(&written(format, &places), file_name), &places, file_name);
    }
    let tracks = imported(&written(TextFormat::Gpx, &places), "park.gpx");
    let track = tracks.iter().find(|row| row.name.as_deref() == Some("两段")).unwrap();
    assert_eq!(track.geometry.as_ref().map(text_of), places[4].geometry().map(text_of));
    assert_eq!(tracks.len(), 5, "the place without a position cannot be in a GPX file");
}

#[test]
fn a_table_calls_columns_in_chinese_and_takes_them_back() {
    let place =
        place(11, "园", None, &json!({"source": "目录", "version": 3, "树木": "=榕树", "area_ha": 1.5}));
    let text = String::from_utf8(written(TextFormat::Csv, &[place])).unwrap();
    assert!(text.starts_with("\u{FEFF}编号,地址,面积（公顷）,名称,"), "{text}");
    let row = imported(text.as_bytes(), "park.csv").remove(0);
    assert_eq!(row.properties["source"], "目录");
    assert_eq!(row.properties["树木"], "=榕树");
    assert_eq!(row.area_ha, Some(1.5));
}

/// A `GeoJSON` file that GDAL turns into what other offices send.
fn made_by_gdal(
    places: &[Arc<Feature>],
    arguments: &[&str],
    file: &str,
) -> Option<(Vec<u8>, tempfile::TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    fs::write(path("in.geojson"), written(TextFormat::GeoJson, places)).unwrap();
    let (source, target) = (path("in.geojson"), path(file));
    gdal("ogr2ogr", &[arguments, &[&target, &source]].concat())?;
    Some((fs::read(path(file)).unwrap(), folder))
}

#[test]
fn files_that_gdal_writes_are_read() {
    let places = places();
    let Some((kml, _folder)) = made_by_gdal(&places, &["-f", "LIBKML"], "park.kml") else { return };
    let rows = imported(&kml, "park.kml");
    for place in &places {
        let row = rows.iter().find(|row| row.name.as_deref() == Some(place.name())).unwrap();
        assert_eq!(row.geometry.as_ref().map(text_of), place.geometry().map(text_of));
    }
    let (kmz, _folder) = made_by_gdal(&places, &["-f", "LIBKML"], "park.kmz").unwrap();
    assert_eq!(imported(&kmz, "park.kmz").len(), 5);
    let lines: Vec<Arc<Feature>> = places[3..].to_vec();
    let gpx = [
        "-f",
        "GPX",
        "-nlt",
        "MULTILINESTRING",
        "-dsco",
        "GPX_USE_EXTENSIONS=YES",
        "-lco",
        "FORCE_GPX_TRACK=YES",
    ];
    let (gpx, _folder) = made_by_gdal(&lines, &gpx, "park.gpx").unwrap();
    let rows = imported(&gpx, "park.gpx");
    assert_eq!(rows[1].geometry.as_ref().map(text_of), lines[1].geometry().map(text_of));
}

/// Packs the parts of a Shapefile as an office would.
fn zipped(folder: &Path, stem: &str, without: &[&str]) -> Vec<u8> {
    let parts: Vec<(String, Vec<u8>)> = ["shp", "dbf", "prj", "cpg"]
        .into_iter()
        .filter(|extension| !without.contains(extension))
        .map(|extension| format!("{stem}.{extension}"))
        .filter_map(|name| fs::read(folder.join(&name)).ok().map(|bytes| (name, bytes)))
        .collect();
    geodata::import::bundled(&parts).unwrap()
}

#[test]
fn a_shapefile_in_gbk_and_a_chinese_projection_lands_where_it_belongs() {
    let areas: Vec<Arc<Feature>> =
        places().into_iter().filter(|place| [11, 13].contains(&place.id())).collect();
    for (encoding, epsg) in
        [("GBK", "EPSG:4547"), ("UTF-8", "EPSG:4326"), ("GBK", "EPSG:32650"), ("CP936", "EPSG:4526")]
    {
        let arguments = [
            "-f",
            "ESRI Shapefile",
            "-mapFieldType",
            "StringList=String",
            "-lco",
            &format!("ENCODING={encoding}"),
            "-t_srs",
            epsg,
        ];
        let Some((_, folder)) = made_by_gdal(&areas, &arguments, "公园.shp") else { return };
        for without in [&[][..], &["cpg"]] {
            let rows = imported(&zipped(folder.path(), "公园", without), "公园.zip");
            assert_eq!(rows.len(), 2);
            for (row, place) in rows.iter().zip(&areas) {
                assert_eq!(row.name.as_deref(), Some(place.name()), "{encoding} without {without:?}");
                let (found, expected) = (row.geometry.as_ref().unwrap(), place.geometry().unwrap());
                assert_close(found, expected);
            }
        }
    }
}

/// Same structure, positions within a tenth of a millimetre of rounding.
fn assert_close(found: &Geometry<f64>, expected: &Geometry<f64>) {
    use geo::CoordsIter;
    assert_eq!(found.coords_count(), expected.coords_count());
    // Programs may begin a ring anywhere.
    for at in expected.coords_iter() {
        let is_there =
            found.coords_iter().any(|other| (other.x - at.x).abs() < 2e-7 && (other.y - at.y).abs() < 2e-7);
        assert!(is_there, "{at:?} is not in {found:?}");
    }
}

#[test]
fn a_shapefile_of_lines_and_of_points_is_read() {
    for ids in [[14, 15], [12, 12]] {
        let some: Vec<Arc<Feature>> =
            places().into_iter().filter(|place| ids.contains(&place.id())).collect();
        let Some((_, folder)) = made_by_gdal(&some, &["-f", "ESRI Shapefile"], "线.shp") else { return };
        let rows = imported(&zipped(folder.path(), "线", &[]), "线.zip");
        for (row, place) in rows.iter().zip(&some) {
            assert_eq!(row.geometry.as_ref().map(text_of), place.geometry().map(text_of));
        }
    }
}
