mod geojson;
mod table;
mod workbook;

use proptest::prelude::*;

use super::*;
use workbook::Workbook;

fn read_csv(text: &str) -> Result<Vec<SourceRow>, ImportError> {
    read(text.as_bytes(), Format::Csv, &ReadOptions::default())
}

fn read_geojson(text: &str) -> Result<Vec<SourceRow>, ImportError> {
    read(text.as_bytes(), Format::GeoJson, &ReadOptions::default())
}

fn point_of(row: &SourceRow) -> (f64, f64) {
    match row.geometry {
        Some(geo::Geometry::Point(point)) => (point.x(), point.y()),
        ref other => panic!("row {} has {other:?}, faults {:?}", row.number, row.faults),
    }
}

fn assert_near((lon, lat): (f64, f64), expected: (f64, f64)) {
    let is_near = (lon - expected.0).abs() < 1e-6 && (lat - expected.1).abs() < 1e-6;
    assert!(is_near, "{lon},{lat} is not {expected:?}");
}

#[test]
fn files_over_the_limit_are_refused_unread() {
    let bytes = vec![b' '; MOST_BYTES + 1];
    for format in [Format::GeoJson, Format::Csv, Format::Xlsx] {
        let found = read(&bytes, format, &ReadOptions::default());
        assert_eq!(found, Err(ImportError::TooLarge { found_bytes: MOST_BYTES + 1 }));
    }
}

#[test]
fn garbage_is_called_what_it_is_not() {
    let garbage = [b'<', 0xFF, 0xFF, 0xFF];
    for (format, kind) in [(Format::Gpx, "GPX"), (Format::Kml, "KML"), (Format::GeoJson, "GeoJSON")] {
        let told = read(&garbage, format, &ReadOptions::default()).unwrap_err().to_string();
        assert!(told.contains(&format!("不是 {kind} 文件")) && !told.contains("CSV"), "{told}");
    }
    let table = read(&garbage, Format::Csv, &ReadOptions::default()).unwrap_err().to_string();
    assert!(table.contains("CSV UTF-8"), "{table}");
}

#[test]
fn what_is_wrong_with_a_file_is_said_in_chinese() {
    let files: [(Format, &[u8], &str); 8] = [
        (Format::GeoJson, br#"{"type":"FeatureCollection","features":[{"ty"#, "没有写完"),
        (Format::GeoJson, br#"{"type":"Feature",,}"#, "逗号"),
        (Format::GeoJson, br#"{"type":"Feature","type":"Feature"}"#, "两次"),
        (Format::Shapefile, b"PK\x03\x04 broken", "zip"),
        (Format::Kmz, b"PK\x03\x04 broken", "zip"),
        (Format::Xlsx, b"PK\x03\x04 broken", "另存为 .xlsx"),
        (Format::Gpx, b"<gpx><wpt lat='1' lon='2'><name>x</wpt></gpx>", "不配对"),
        (Format::Kml, b"<kml><Placemark", "没有写完"),
    ];
    for (format, bytes, expected) in files {
        let told = read(bytes, format, &ReadOptions::default()).unwrap_err().to_string();
        assert!(told.contains(expected), "{told}");
        let english = told.split(|letter: char| !letter.is_ascii_lowercase()).filter(|word| word.len() > 4);
        assert_eq!(english.collect::<Vec<_>>(), Vec::<&str>::new(), "{told}");
    }
}

#[test]
fn a_slip_of_the_keyboard_is_no_projected_position() {
    let rows = read_csv("名称,经度,纬度\n土洋公园,1114.41,22.63\n溪涌公园,503210.5,2504321.7\n").unwrap();
    let told = |row: usize| rows[row].faults[0].to_string();
    assert!(told(0).contains("经度1114.41超出") && !told(0).contains("平面"), "{}", told(0));
    assert!(told(1).contains("平面坐标"), "{}", told(1));
}

#[test]
fn empty_files_are_refused() {
    for format in [Format::GeoJson, Format::Csv, Format::Xlsx] {
        assert!(read(b"", format, &ReadOptions::default()).is_err());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for format in [Format::GeoJson, Format::Csv, Format::Xlsx] {
            _ = read(&bytes, format, &ReadOptions::default());
        }
        _ = Format::detect("x", &bytes);
    }

    #[test]
    fn any_table_text_is_read_or_refused(
        text in "(名称|经度|纬度|坐标|面积|[,;\t\"\r\n]|[0-9.°'-]{1,5}|土洋公园|\\PC){0,60}"
    ) {
        if let Ok(rows) = read_csv(&text) {
            let known = quality::Known::default();
            prop_assert_eq!(quality::assess(&rows, &known).len(), rows.len());
        }
    }

    #[test]
    fn any_json_text_is_read_or_refused(
        text in "\\{(\"type\":|\"Feature\"|\"FeatureCollection\"|\"features\":|\"geometry\":|\"coordinates\":|\"Point\"|\"properties\":|[\\[\\]{},0-9.]|null){0,40}\\}"
    ) {
        _ = read_geojson(&text);
    }

    #[test]
    fn any_tampered_workbook_is_read_or_refused(at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = Workbook::of(&[&["名称", "经度"], &["土洋公园", "=114.4"]]).bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        _ = read(&bytes, Format::Xlsx, &ReadOptions::default());
    }
}
