use geo::{Point, polygon};
use serde_json::json;

use super::*;

fn message(value: &Value) -> String {
    read_geometry(value).unwrap_err().to_string()
}

#[test]
fn every_kind_of_rfc_7946_is_read() {
    let line = json!([[114.40, 22.62], [114.41, 22.63]]);
    let ring = json!([[0, 0], [4, 0], [4, 4], [0, 0.0]]);
    for value in [
        json!({"type": "Point", "coordinates": [114.4, 22.6, 12.5]}),
        json!({"type": "MultiPoint", "coordinates": line}),
        json!({"type": "LineString", "coordinates": line}),
        json!({"type": "MultiLineString", "coordinates": [line]}),
        json!({"type": "Polygon", "coordinates": [ring]}),
        json!({"type": "MultiPolygon", "coordinates": [[ring]]}),
        json!({"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]}),
        json!({"type": "Point", "coordinates": [1, 2], "bbox": [1, 2, 1, 2], "note": "外来成员"}),
    ] {
        let geometry = read_geometry(&value);
        assert!(geometry.is_ok(), "{value}: {geometry:?}");
    }
    assert_eq!(
        read_geometry(&json!({"type": "Point", "coordinates": [114.4, 22.6, 12.5]})),
        Ok(Geometry::Point(Point::new(114.4, 22.6)))
    );
}

#[test]
fn winding_is_kept_as_given() {
    let clockwise = json!({"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]});
    assert_eq!(
        read_geometry(&clockwise),
        Ok(polygon![(x: 0.0, y: 0.0), (x: 0.0, y: 1.0), (x: 1.0, y: 1.0)].into())
    );
}

#[test]
fn messages_name_place_expected_and_found() {
    for (value, parts) in [
        (json!(null), ["geometry应为几何对象", "空值 null"]),
        (json!({"coordinates": [1, 2]}), ["geometry.type应为", "缺失"]),
        (json!({"type": "point", "coordinates": [1, 2]}), ["geometry.type应为Point", "“point”"]),
        (json!({"type": "Point"}), ["geometry.coordinates应为坐标数组", "缺失"]),
        (json!({"type": "Point", "coordinates": [1]}), ["[经度, 纬度]", "1 项的数组"]),
        (
            json!({"type": "LineString", "coordinates": [[1, 2], [1, "2"]]}),
            ["geometry.coordinates[1][1]应为数字", "文字“2”"],
        ),
        (
            json!({"type": "LineString", "coordinates": [[1, 2]]}),
            ["geometry.coordinates至少需要 2", "只有 1 个"],
        ),
        (
            json!({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]}),
            ["geometry.coordinates[0]至少需要 4", "只有 3 个"],
        ),
        (
            json!({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}),
            ["geometry.coordinates[0]没有闭合", "第一个相同"],
        ),
        (
            json!({"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [true, 2]}]}),
            ["geometry.geometries[0].coordinates[0]应为数字", "布尔值 true"],
        ),
        (json!({"type": "Point", "coordinates": [181, 2]}), ["经度181超出", "检查坐标"]),
    ] {
        let text = message(&value);
        for part in parts {
            assert!(text.contains(part), "{value}: {text}");
        }
    }
}

#[test]
fn nesting_is_limited() {
    let mut nested = json!({"type": "Point", "coordinates": [1, 2]});
    for _ in 0..30 {
        nested = json!({"type": "GeometryCollection", "geometries": [nested]});
    }
    assert!(matches!(read_geometry(&nested), Err(GeometryError::TooDeep { .. })));
}
