//! Files that are damaged, huge or full of tricks: an error that names the place, in bounded memory and
//! time, and never a panic. The seeds of the fuzz targets serve as whole files.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use geodata::import::{Format, ImportError, MOST_POSITIONS, ReadOptions, SourceRow, bundled, read};

fn rows(bytes: &[u8], format: Format) -> Result<Vec<SourceRow>, ImportError> {
    read(bytes, format, &ReadOptions::default())
}

fn codes(row: &SourceRow) -> Vec<&'static str> {
    row.faults.iter().map(geodata::import::RowFault::code).collect()
}

/// More positions than are allowed, around a circle.
fn circle(separator: &str, position: impl Fn(f64, f64) -> String) -> String {
    let mut text = String::new();
    for number in 0..=MOST_POSITIONS + 1 {
        let angle = f64::from(u32::try_from(number % (MOST_POSITIONS + 1)).unwrap()) * 1e-5;
        if number > 0 {
            text.push_str(separator);
        }
        text.push_str(&position(114.0 + 0.1 * angle.cos(), 22.0 + 0.1 * angle.sin()));
    }
    text
}

#[test]
fn a_shape_of_too_many_positions_is_named_and_refused() {
    let spaced = circle(",", |x, y| format!("{x:.6} {y:.6}"));
    let wkt = format!("name,wkt\n好,POINT(114 22)\n圆,\"POLYGON(({spaced}))\"\n");
    let read = rows(wkt.as_bytes(), Format::Csv).unwrap();
    assert_eq!((read[1].number, codes(&read[1])), (3, vec!["too_many_positions"]));
    assert!(read[0].faults.is_empty());

    let ring = circle(",", |x, y| format!("[{x:.6},{y:.6}]"));
    let json = format!(
        r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"Polygon","coordinates":[[{ring}]]}}}}"#
    );
    assert_eq!(codes(&rows(json.as_bytes(), Format::GeoJson).unwrap()[0]), ["too_many_positions"]);

    let tuples = circle(" ", |x, y| format!("{x:.6},{y:.6}"));
    let kml = format!(
        "<kml><Placemark><name>圆</name><LineString><coordinates>{tuples}</coordinates></LineString></Placemark></kml>"
    );
    assert!(codes(&rows(kml.as_bytes(), Format::Kml).unwrap()[0]).contains(&"too_many_positions"));

    let points = circle("", |x, y| format!("<trkpt lat='{y:.6}' lon='{x:.6}'/>"));
    let gpx = format!("<gpx><trk><name>圆</name><trkseg>{points}</trkseg></trk></gpx>");
    assert_eq!(codes(&rows(gpx.as_bytes(), Format::Gpx).unwrap()[0]), ["too_many_positions"]);
}

#[test]
fn entities_are_never_unfolded() {
    let bomb =
        "<?xml version='1.0'?><!DOCTYPE k [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>";
    for (root, format) in [("kml", Format::Kml), ("gpx", Format::Gpx)] {
        let text = format!("{bomb}\n<{root}><name>&b;</name></{root}>");
        let error = rows(text.as_bytes(), format).unwrap_err();
        assert!(error.to_string().contains("DOCTYPE"), "{error}");
        let text = format!(
            "<{root}>\n\n<wpt lat='1' lon='2'><name>&b;</name></wpt><Placemark><name>&b;</name></Placemark></{root}>"
        );
        let error = rows(text.as_bytes(), format).unwrap_err();
        assert!(matches!(error, ImportError::Xml { line: 3, .. }), "{error:?}");
    }
}

#[test]
fn deep_nesting_ends_in_an_error() {
    let depth = 10_000;
    let deep = |open: &str, middle: &str, close: &str| {
        format!("{}{middle}{}", open.repeat(depth), close.repeat(depth))
    };
    let point = "<Point><coordinates>1,2</coordinates></Point>";
    let folders = format!("<kml>{}</kml>", deep("<Folder>", "<Placemark/>", "</Folder>"));
    assert!(matches!(rows(folders.as_bytes(), Format::Kml), Err(ImportError::Xml { .. })));
    let nested = format!("{}{point}{}", "<MultiGeometry>".repeat(30), "</MultiGeometry>".repeat(30));
    let shapes = format!("<kml><Placemark><name>甲</name>{nested}</Placemark></kml>");
    assert_eq!(codes(&rows(shapes.as_bytes(), Format::Kml).unwrap()[0]), ["geometry"]);
    let arrays = deep("[", "", "]");
    let json = format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{}},"geometry":{arrays}}}]}}"#
    );
    assert!(matches!(rows(json.as_bytes(), Format::GeoJson), Err(ImportError::Json { .. })));
    let wkt = format!("name,wkt\n甲,\"{}\"", deep("GEOMETRYCOLLECTION(", "POINT(1 2)", ")"));
    assert_eq!(codes(&rows(wkt.as_bytes(), Format::Csv).unwrap()[0]), ["geometry"]);
}

#[test]
fn positions_off_the_earth_are_named_in_every_format() {
    let gpx = "<gpx><wpt lat='22' lon='200'><name>甲</name></wpt><wpt lat='114' lon='22'><name>乙</name></wpt><wpt lat='x' lon='1'/></gpx>";
    let read = rows(gpx.as_bytes(), Format::Gpx).unwrap();
    assert_eq!(
        read.iter().map(codes).collect::<Vec<_>>(),
        [vec!["geometry"], vec!["axes_swapped"], vec!["malformed"]]
    );
    let kml = "<kml><Placemark><name>甲</name><Point><coordinates>542988,2504409</coordinates></Point></Placemark></kml>";
    assert_eq!(codes(&rows(kml.as_bytes(), Format::Kml).unwrap()[0]), ["projected"]);
}

#[test]
fn a_network_link_is_not_followed_but_told_of() {
    let kml = "<kml><Document><NetworkLink><Link><href>http://127.0.0.1:1/a.kml</href></Link></NetworkLink></Document></kml>";
    assert_eq!(rows(kml.as_bytes(), Format::Kml), Err(ImportError::OnlyLinks));
}

#[test]
fn a_shapefile_without_its_parts_says_which() {
    let shp = ("a.shp".to_owned(), Vec::new());
    let missing = rows(&bundled(std::slice::from_ref(&shp)).unwrap(), Format::Shapefile);
    assert_eq!(missing, Err(ImportError::MissingPart(".dbf")));
    let two = bundled(&[shp, ("b.shp".to_owned(), Vec::new())]).unwrap();
    assert!(matches!(rows(&two, Format::Shapefile), Err(ImportError::SeveralLayers { .. })));
    assert_eq!(
        rows(&bundled(&[("a.txt".to_owned(), vec![1])]).unwrap(), Format::Shapefile),
        Err(ImportError::MissingPart(".shp"))
    );
}

fn seeds(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let mut seeds: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    seeds.sort();
    assert!(!seeds.is_empty());
    seeds
}

/// The parts of a seed of the target `shapefile`.
fn parts(seed: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = fs::read(seed).unwrap();
    let (mut rest, mut parts) = (bytes.as_slice(), Vec::new());
    for extension in ["shp", "dbf", "prj", "cpg"] {
        let (length, after) = rest.split_first_chunk::<2>().unwrap();
        let (part, after) = after.split_at(u16::from_le_bytes(*length).into());
        parts.push((format!("a.{extension}"), part.to_vec()));
        rest = after;
    }
    parts
}

#[test]
fn a_shapefile_cut_off_anywhere_is_refused_with_the_place() {
    for seed in seeds("shapefile") {
        let whole = parts(&seed);
        assert_eq!(
            rows(&bundled(&whole).unwrap(), Format::Shapefile).unwrap().len(),
            2,
            "{}",
            seed.display()
        );
        for part in [0, 1] {
            for end in 0..whole[part].1.len() {
                let mut cut = whole.clone();
                cut[part].1.truncate(end);
                let read = rows(&bundled(&cut).unwrap(), Format::Shapefile);
                // The mark behind the last record of the table is missing in many files.
                let is_only_the_mark = part == 1 && end + 1 == whole[part].1.len();
                match read {
                    Err(ImportError::Damaged { .. }) => {}
                    other => assert!(is_only_the_mark, "{} {part} {end}: {other:?}", seed.display()),
                }
            }
        }
    }
}

#[test]
fn whatever_byte_is_wrong_files_are_read_or_refused() {
    for (target, format) in [
        ("geojson", Format::GeoJson),
        ("geojson_sequence", Format::GeoJsonSeq),
        ("csv", Format::Csv),
        ("gpx", Format::Gpx),
        ("kml", Format::Kml),
        ("xlsx", Format::Xlsx),
        ("zip", Format::Shapefile),
        ("zip", Format::Kmz),
    ] {
        for seed in seeds(target) {
            let whole = fs::read(&seed).unwrap();
            let step = (whole.len() / 300).max(1);
            for at in (0..whole.len()).step_by(step) {
                drop(rows(&whole[..at], format));
                let mut wrong = whole.clone();
                wrong[at] ^= 0x55;
                drop(rows(&wrong, format));
            }
        }
    }
    for seed in seeds("shapefile") {
        let whole = parts(&seed);
        for part in 0..whole.len() {
            for at in 0..whole[part].1.len() {
                let mut wrong = whole.clone();
                wrong[part].1[at] ^= 0xFF;
                drop(rows(&bundled(&wrong).unwrap(), Format::Shapefile));
            }
        }
    }
}

#[test]
fn an_extract_of_openstreetmap_is_read_whole_or_refused() {
    let options = ReadOptions { layer: Some("park".to_owned()), ..ReadOptions::default() };
    for seed in seeds("osm_pbf") {
        let whole = fs::read(&seed).unwrap();
        let read_park = |bytes: &[u8]| read(bytes, Format::OsmPbf, &options);
        let rows = read_park(&whole).unwrap();
        let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
        assert_eq!(keys, ["node/1", "relation/20", "way/10"]);
        let Some(geo::Geometry::Polygon(area)) = &rows[1].geometry else { panic!("{rows:?}") };
        assert_eq!((area.exterior().0.len(), area.interiors().len()), (4, 1));
        for at in 0..whole.len() {
            drop(read_park(&whole[..at]));
            let mut wrong = whole.clone();
            wrong[at] ^= 0x55;
            drop(read_park(&wrong));
        }
    }
}

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

#[test]
fn tracks_of_many_devices_are_read() {
    let Some(folder) = corpus() else { return };
    let mut told = String::new();
    let mut files: Vec<_> =
        fs::read_dir(folder.join("import/gpx")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in &files {
        let bytes = fs::read(file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(Format::detect(&name, &bytes), Some(Format::Gpx), "{name}");
        let read = rows(&bytes, Format::Gpx).unwrap_or_else(|error| panic!("{name}: {error}"));
        let shapes = read.iter().filter(|row| row.geometry.is_some()).count();
        writeln!(told, "{name} {} {shapes}", read.len()).unwrap();
        assert!(shapes > 0 || name.contains("empty") || name.contains("unique"), "{name}: {read:?}");
    }
    assert!(files.len() >= 12, "{told}");
}

/// Against GDAL's own reader of the format.
#[test]
fn parks_of_openstreetmap_are_those_that_gdal_finds() {
    let Some(folder) = corpus() else { return };
    if Command::new("ogrinfo").arg("--version").output().is_err() {
        std::io::stderr().write_all(b"skipped: a test with GDAL, because it is not installed\n").unwrap();
        return;
    }
    for file in ["liechtenstein-2013-08-03.osm.pbf", "andorra.osm.pbf"] {
        let path = folder.join("osm").join(file);
        let bytes = fs::read(&path).unwrap();
        assert_eq!(Format::detect(file, &bytes), Some(Format::OsmPbf));
        let options = ReadOptions { layer: Some("park".to_owned()), ..ReadOptions::default() };
        let read = read(&bytes, Format::OsmPbf, &options).unwrap();
        let own: std::collections::BTreeSet<String> = read
            .iter()
            .filter(|row| row.geometry.is_some() && !row.key.starts_with("node/"))
            .map(|row| row.key.clone())
            .collect();
        let target = tempfile::tempdir().unwrap();
        let csv = target.path().join("parks.csv");
        let sql = "SELECT osm_id, osm_way_id FROM multipolygons WHERE (leisure = 'park' OR landuse = 'recreation_ground') AND name IS NOT NULL AND (other_tags IS NULL OR (other_tags NOT LIKE '%\"access\"=>\"private\"%' AND other_tags NOT LIKE '%\"access\"=>\"no\"%'))";
        let output =
            Command::new("ogr2ogr").args(["-f", "CSV", "-sql", sql]).arg(&csv).arg(&path).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let theirs: std::collections::BTreeSet<String> = fs::read_to_string(&csv)
            .unwrap()
            .lines()
            .skip(1)
            .map(|line| {
                let mut ids = line.split(',').map(|id| id.trim_matches('"'));
                match (ids.next().unwrap_or_default(), ids.next().unwrap_or_default()) {
                    ("", way) => format!("way/{way}"),
                    (relation, _) => format!("relation/{relation}"),
                }
            })
            .collect();
        assert!(!own.is_empty());
        assert_eq!(own, theirs, "{file}");
    }
}
