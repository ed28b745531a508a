//! Reading of real files and of published good and bad ones. They are not part of the project: the
//! tests run where the folder is, and say so where it is not.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use geodata::import::{Format, ReadOptions, RowFault, SourceRow, quality, read};

/// `KANGTU_CORPUS`, or `shared/data` beside the workspace.
fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("KANGTU_CORPUS").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    // Past the capture of the test runner, which would hide the line.
    std::io::stderr().write_all(b"skipped: a corpus test, no corpus folder; set KANGTU_CORPUS\n").ok()?;
    None
}

fn read_file(path: &Path) -> Result<Vec<SourceRow>, geodata::import::ImportError> {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let format = Format::detect(&path.to_string_lossy(), &bytes).unwrap_or(Format::GeoJson);
    read(&bytes, format, &ReadOptions::default())
}

/// 1,320 parks as GBK text and as a workbook, with a title row and torn cells.
#[test]
fn park_directory_reads_the_same_from_text_and_workbook() {
    let Some(folder) = corpus() else { return };
    let text = read_file(&folder.join("import/parks_1320_masked.gbk.csv")).unwrap();
    let workbook = read_file(&folder.join("import/parks_1320_masked.xlsx")).unwrap();
    assert_eq!(text.len(), 1320);
    for (from_text, from_workbook) in text.iter().zip(&workbook) {
        assert_eq!(from_text, from_workbook);
    }
    assert_eq!(text.len(), workbook.len());
    let first = &text[0];
    assert_eq!((first.number, first.key.as_str()), (3, "1"));
    assert_eq!(first.name.as_deref(), Some("前海石公园"));
    assert_eq!(first.area_ha, Some(9.087_691));
    assert_eq!(text.last().map(|row| (row.number, row.key.as_str())), Some((1322, "1320")));
    let with_two_numbers =
        text.iter().filter(|row| row.phone.as_deref().is_some_and(|phone| phone.contains('；')));
    assert_eq!(with_two_numbers.count(), 43);
    for row in &text {
        assert!(row.faults.is_empty(), "{row:?}");
        assert!(row.name.is_some() && row.address.is_some() && row.phone.is_some(), "{row:?}");
        assert!(row.area_ha.is_some_and(|area_ha| area_ha > 0.0), "{row:?}");
    }
    let assessed = quality::assess(&text, &quality::Known::default());
    assert!(assessed.iter().all(|found| found.reasons == [quality::ReviewReason::NoPosition]));
}

#[test]
fn trustworthy_positions_of_local_parks_are_read() {
    let Some(folder) = corpus() else { return };
    let rows = read_file(&folder.join("kuichong/parks_official_2024.csv")).unwrap();
    assert_eq!(rows.len(), 20);
    assert!(rows.iter().all(|row| row.faults.is_empty()), "{rows:?}");
    assert!(rows.iter().any(|row| row.geometry.is_some()));
    let polygons = read_file(&folder.join("kuichong/osm_parks_kuichong.wgs84.geojson")).unwrap();
    assert_eq!(polygons.len(), 14);
    let assessed = quality::assess(&polygons, &quality::Known::default());
    let invalid: Vec<_> = polygons
        .iter()
        .zip(&assessed)
        .filter(|(_, found)| !found.reasons.is_empty())
        .map(|(row, found)| {
            (row.name.as_deref(), found.reasons.iter().map(quality::ReviewReason::code).collect())
        })
        .collect();
    // Its published boundary has one edge drawn across two others.
    assert_eq!(invalid, [(Some("坝光银叶树湿地园"), vec!["invalid_geometry"])]);
}

/// Published boundaries in two datums: converting the one gives the other.
#[test]
fn street_boundaries_agree_across_datums() {
    let Some(folder) = corpus() else { return };
    let file =
        |datum: &str| fs::read(folder.join(format!("kuichong/dapeng_streets.{datum}.geojson"))).unwrap();
    let options = ReadOptions { datum: geodata::Datum::Gcj02, ..ReadOptions::default() };
    let shifted = read(&file("gcj02"), Format::GeoJson, &options).unwrap();
    let stored = read(&file("wgs84"), Format::GeoJson, &ReadOptions::default()).unwrap();
    assert_eq!(shifted.len(), stored.len());
    for (a, b) in shifted.iter().zip(&stored) {
        let (Some(a), Some(b)) = (&a.geometry, &b.geometry) else { panic!("{:?}", a.number) };
        let (area_a, area_b) = (geodata::geometry::area_m2(a), geodata::geometry::area_m2(b));
        assert!((area_a / area_b - 1.0).abs() < 1e-4, "{area_a} {area_b}");
    }
}

/// Faults of style, or of members that mean nothing here: such files are read.
const HARMLESS: [&str; 11] = [
    "bad-polygon-interiorring-rhr",
    "bbox-4or6elements",
    "different-first-size",
    "excessive_precision_truncated",
    "feature_changed_semantics",
    "featurecollection_changed_semantics",
    "geometry_changed_semantics",
    "geometrycollection_nested",
    "geometrycollection_single",
    "point-toomany",
    "polygon_winding_order",
];

#[test]
fn published_geojson_files_are_told_apart() {
    let Some(folder) = corpus() else { return };
    let files = |kind: &str| -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = fs::read_dir(folder.join("import/geojsonhint").join(kind))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "geojson"))
            .collect();
        files.sort();
        files
    };
    // The corpus puts many points at 0,0, which is lawful but no place.
    let is_accepted = |path: &Path| {
        read_file(path).is_ok_and(|rows| {
            rows.iter().flat_map(|row| &row.faults).all(|fault| *fault == RowFault::ZeroPosition)
        })
    };
    let (good, bad) = (files("good"), files("bad"));
    assert!(good.len() >= 18 && bad.len() >= 40);
    // Published as good, but some of its latitudes are beyond the pole.
    for path in good.into_iter().filter(|path| !path.ends_with("issue82.geojson")) {
        assert!(is_accepted(&path), "{}: {:?}", path.display(), read_file(&path));
    }
    for path in bad {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let expected = HARMLESS.contains(&stem.as_str());
        assert_eq!(is_accepted(&path), expected, "{stem}: {:?}", read_file(&path));
    }
}
