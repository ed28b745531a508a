use geo::{CoordsIter, Winding};

use super::*;
use crate::geometry::area_m2;
use crate::import::row::RowFault;

#[test]
fn features_are_read_with_their_known_properties() {
    let rows = read_geojson(
        r#"{"type": "FeatureCollection", "features": [
            {"type": "Feature", "id": "park-1", "geometry": {"type": "Point", "coordinates": [114.41, 22.63, 8]},
             "properties": {"name": "土洋公园", "phone": "84200001/84200002", "opening_hours": "06:00-22:00",
                            "area": 1.2, "demo": true, "type": "社区公园"}},
            {"type": "Feature", "id": 7, "geometry": null, "properties": null}
        ]}"#,
    )
    .unwrap();
    let [park, unplaced] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((park.number, park.key.as_str()), (1, "park-1"));
    assert_eq!(park.name.as_deref(), Some("土洋公园"));
    assert_eq!(park.phone.as_deref(), Some("84200001；84200002"));
    assert_eq!(park.opening_hours.as_deref(), Some("06:00-22:00"));
    assert_eq!((park.area_ha, park.category.as_deref()), (Some(1.2), Some("社区公园")));
    assert_eq!(park.properties.len(), 1);
    assert_eq!(park.properties["demo"], true);
    assert_near(point_of(park), (114.41, 22.63));
    assert_eq!((unplaced.number, unplaced.key.as_str()), (2, "7"));
    assert!(unplaced.geometry.is_none() && unplaced.faults.is_empty());
}

#[test]
fn single_features_and_bare_geometries_are_rows_too() {
    let feature = r#"{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}}"#;
    let bare = r#"{"type":"Point","coordinates":[1,2]}"#;
    for text in [feature, bare] {
        assert_near(point_of(&read_geojson(text).unwrap()[0]), (1.0, 2.0));
    }
}

#[test]
fn rings_are_wound_and_rounded_silently() {
    let text = r#"{"type":"Polygon","coordinates":[[[114.4,22.6],[114.4,22.7],[114.4,22.7],[114.50000000004,22.7],[114.4,22.6]]]}"#;
    let rows = read_geojson(text).unwrap();
    let Some(geo::Geometry::Polygon(polygon)) = &rows[0].geometry else { panic!("{rows:?}") };
    assert!(polygon.exterior().is_ccw() && rows[0].faults.is_empty());
    assert_eq!(polygon.coords_count(), 4);
    assert!(polygon.exterior().0.iter().any(|at| (at.x - 114.5).abs() < 1e-12));
    assert!(area_m2(&polygon.clone().into()) > 0.0);
}

#[test]
fn old_crs_member_is_taken_where_it_says_degrees_and_refused_otherwise() {
    let place = r#"{"type":"Feature","geometry":{"type":"Point","coordinates":[114.41,22.63]},"properties":{"name":"公园"}}"#;
    let file = |crs: &str| format!(r#"{{"type":"FeatureCollection","crs":{crs},"features":[{place}]}}"#);
    let named = |name: &str| format!(r#"{{"type":"name","properties":{{"name":"{name}"}}}}"#);
    for degrees in ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326"] {
        let rows = read_geojson(&file(&named(degrees))).unwrap();
        assert_eq!(rows[0].geometry, Some(geo::Point::new(114.41, 22.63).into()), "{degrees}");
    }
    let cgcs2000 = read_geojson(&file(&named("urn:ogc:def:crs:EPSG::4547"))).unwrap_err().to_string();
    assert!(cgcs2000.contains("4547") && cgcs2000.contains("ogr2ogr"), "{cgcs2000}");
    assert!(matches!(read_geojson(&file("7")), Err(ImportError::OldCrs { .. })));
}

#[test]
fn broken_json_names_line_and_column() {
    let text = "{\n  \"type\": \"MultiPoint\"\n  \"coordinates\": []\n}";
    let Err(ImportError::Json { line, column, .. }) = read_geojson(text) else { panic!() };
    assert_eq!((line, column), (3, 3));
    let twice = r#"{"type":"FeatureCollection","type":"Feature","features":[]}"#;
    assert!(matches!(read_geojson(twice), Err(ImportError::Json { line: 1, .. })));
}

/// Representative cases of the `geojsonhint` corpus (ISC).
#[test]
fn files_that_are_no_geojson_are_refused() {
    for text in [
        "null",
        "[]",
        "{}",
        r#"{"type": {}}"#,
        r#"{"type": "FooBar"}"#,
        r#"{"type": "featurecollection", "features": []}"#,
        r#"{"type": "FeatureCollection"}"#,
        r#"{"type": "FeatureCollection", "features": {}}"#,
        r#"{"type": "FeatureCollection", "features": []}"#,
    ] {
        assert!(read_geojson(text).is_err(), "{text}");
    }
}

#[test]
fn faulty_features_leave_the_others_alone() {
    let point = r#""geometry":{"type":"Point","coordinates":[1,2]}"#;
    let text = format!(
        r#"{{"type":"FeatureCollection","features":[
            null,
            {{"type":"Featre","properties":{{}},{point}}},
            {{"type":"Feature","id":{{}},"properties":{{}},{point}}},
            {{"type":"Feature","properties":[],{point}}},
            {{"type":"Feature","properties":{{}}}},
            {{"type":"Feature","properties":{{}},"geometry":{{"type":"Point","coordinates":["1",2]}}}},
            {{"type":"Feature","properties":{{}},"geometry":{{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}}}},
            {{"type":"Feature","properties":{{}},"geometry":{{"type":"Point","coordinates":[22.6,114.4]}}}},
            {{"type":"Feature","id":"a","properties":{{}},{point}}},
            {{"type":"Feature","id":"a","properties":{{}},{point}}}
        ]}}"#
    );
    let rows = read_geojson(&text).unwrap();
    let codes: Vec<_> = rows.iter().map(|row| row.faults.first().map_or("", RowFault::code)).collect();
    assert_eq!(
        codes,
        [
            "not_a_feature",
            "not_a_feature",
            "not_a_feature",
            "not_a_feature",
            "not_a_feature",
            "geometry",
            "geometry",
            "axes_swapped",
            "",
            "duplicate_id"
        ]
    );
    // An open ring is kept for review; a position of text is not.
    assert!(rows[5].is_bad() && !rows[6].is_bad());
    assert!(rows[6].faults[0].to_string().contains("没有闭合"));
}

#[test]
fn nameless_features_are_known_by_their_place() {
    let feature = |lon: f64| {
        format!(
            r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"Point","coordinates":[{lon},22.6]}}}}"#
        )
    };
    let text = format!(
        r#"{{"type":"FeatureCollection","features":[{},{},{}]}}"#,
        feature(114.1),
        feature(114.2),
        feature(114.1)
    );
    let keys: Vec<_> = read_geojson(&text).unwrap().into_iter().map(|row| row.key).collect();
    assert_eq!(keys, ["|114.10000,22.60000", "|114.20000,22.60000", "|114.10000,22.60000#2"]);
}
