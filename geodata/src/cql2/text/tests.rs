use proptest::prelude::*;

use super::*;
use crate::cql2::parse_json;

fn text(text: &str) -> Result<Expression, Cql2Error> {
    parse_text(text, ReferenceSystem::Crs84)
}

#[track_caller]
fn same(written: &str, json: &str) {
    let from_json = parse_json(json, ReferenceSystem::Crs84);
    assert!(from_json.is_ok(), "{json}: {from_json:?}");
    assert_eq!(text(written), from_json, "{written}");
}

#[test]
fn both_encodings_mean_the_same() {
    for (written, json) in [
        ("a = 1", r#"{"op":"=","args":[{"property":"a"},1]}"#),
        ("\"和 平\" <> 'it''s'", r#"{"op":"<>","args":[{"property":"和 平"},"it's"]}"#),
        (
            "a=1 AND b>2 or NOT c<3",
            r#"{"op":"or","args":[{"op":"and","args":[{"op":"=","args":[{"property":"a"},1]},
              {"op":">","args":[{"property":"b"},2]}]},{"op":"not","args":[{"op":"<","args":[{"property":"c"},3]}]}]}"#,
        ),
        ("a IS NOT NULL", r#"{"op":"not","args":[{"op":"isNull","args":[{"property":"a"}]}]}"#),
        ("a not in ('x', 'y')", r#"{"op":"not","args":[{"op":"in","args":[{"property":"a"},["x","y"]]}]}"#),
        ("a BETWEEN -1 AND 1.5e2", r#"{"op":"between","args":[{"property":"a"},-1,150]}"#),
        (
            "CASEI(a) LIKE casei('公%')",
            r#"{"op":"like","args":[{"op":"casei","args":[{"property":"a"}]},{"op":"casei","args":["公%"]}]}"#,
        ),
        (
            "a + 2 * b ^ 2 - 1 div 3 = 0",
            r#"{"op":"=","args":[{"op":"-","args":[{"op":"+","args":[{"property":"a"},{"op":"*","args":[2,
              {"op":"^","args":[{"property":"b"},2]}]}]},{"op":"div","args":[1,3]}]},0]}"#,
        ),
        (
            "S_INTERSECTS(geometry, POLYGON((0 0, 4 0, 4 4, 0 0)))",
            r#"{"op":"s_intersects","args":[{"property":"geometry"},
              {"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,0]]]}]}"#,
        ),
        (
            "s_within(geometry, BBOX(1,2,3,4))",
            r#"{"op":"s_within","args":[{"property":"geometry"},{"bbox":[1,2,3,4]}]}"#,
        ),
        (
            "T_DURING(updated_at, INTERVAL('2026-01-01', '..'))",
            r#"{"op":"t_during","args":[{"property":"updated_at"},{"interval":["2026-01-01",".."]}]}"#,
        ),
        (
            "T_AFTER(a, TIMESTAMP('2026-01-01T00:00:00Z'))",
            r#"{"op":"t_after","args":[{"property":"a"},{"timestamp":"2026-01-01T00:00:00Z"}]}"#,
        ),
        (
            "T_OVERLAPPEDBY(INTERVAL(a, b), DATE('2026-01-01'))",
            r#"{"op":"t_overlappedBy","args":[{"interval":[{"property":"a"},{"property":"b"}]},{"date":"2026-01-01"}]}"#,
        ),
        ("A_CONTAINEDBY(a, ('x', 'y'))", r#"{"op":"a_containedBy","args":[{"property":"a"},["x","y"]]}"#),
        (
            "area_m2(geometry) > 10",
            r#"{"op":">","args":[{"op":"area_m2","args":[{"property":"geometry"}]},10]}"#,
        ),
        (
            "S_EQUALS(geometry, GEOMETRYCOLLECTION(POINT Z (1 2 3), MULTIPOINT((1 2), (3 4)), LINESTRING(0 0, 1 1)))",
            r#"{"op":"s_equals","args":[{"property":"geometry"},{"type":"GeometryCollection","geometries":[
              {"type":"Point","coordinates":[1,2,3]},{"type":"MultiPoint","coordinates":[[1,2],[3,4]]},
              {"type":"LineString","coordinates":[[0,0],[1,1]]}]}]}"#,
        ),
        ("TRUE", "true"),
    ] {
        same(written, json);
    }
}

#[test]
fn faults_name_the_character_and_what_was_expected() {
    for (written, column, expected) in [
        ("", 1, "一个值"),
        ("name = ", 8, "一个值"),
        ("name 葵涌", 6, "AND、OR 或结尾"),
        ("name = '葵涌", 11, "结束文字的单引号"),
        ("name IN ('a' 'b')", 14, "逗号或右括号"),
        ("a NOT = 1", 7, "LIKE、BETWEEN 或 IN"),
        ("a IS 1", 6, "NULL"),
        ("a != 1", 3, "“<>”（不等于）"),
        ("a = 1x", 5, "一个数字"),
        ("S_INTERSECTS(geometry, POINT(1))", 31, "数字"),
        ("a BETWEEN 1, 2", 12, "AND"),
        ("DATE(2026)", 6, "单引号中的时间"),
        ("a = b = c", 7, "AND、OR 或结尾"),
    ] {
        match text(written) {
            Err(Cql2Error::Syntax { column: found, expected: wanted, .. }) => {
                assert_eq!((found, wanted), (column, expected), "{written}");
            }
            other => panic!("{written}: {other:?}"),
        }
    }
}

#[test]
fn faults_of_json_name_the_path() {
    let error = |json| parse_json(json, ReferenceSystem::Crs84).unwrap_err().to_string();
    assert_eq!(error("{\"op\":"), "不是有效的 JSON（第 1 行第 6 列）");
    assert_eq!(
        error(r#"{"op":"and","args":[true,{"op":"=","args":[null,1]}]}"#),
        "filter.args[1].args[0] 处应为一个值；没有值的条件请用 isNull"
    );
    assert_eq!(error(r#"{"op":"=","args":[1]}"#), "函数 = 需要 2 个参数，实际有 1 个");
    assert!(error(r#"{"type":"Point","coordinates":["a",1]}"#).contains("filter.coordinates"));
}

#[test]
fn filters_have_limits() {
    let deep = format!("{}a=1{}", "(".repeat(40), ")".repeat(40));
    let negated = format!("{}TRUE", "NOT ".repeat(100));
    let long = format!("a = '{}'", "长".repeat(20_000));
    let list = format!("a IN ({}1)", "1,".repeat(1_000));
    let sum = format!("a = {}1", "1+".repeat(60));
    let vertices = format!("S_INTERSECTS(geometry,LINESTRING({}0 0))", "1 1,".repeat(5_000));
    let json = format!("{}true{}", r#"{"op":"not","args":["#.repeat(40), "]}".repeat(40));
    for written in [deep, negated, long, list, sum, vertices] {
        assert!(matches!(text(&written), Err(Cql2Error::TooLarge { .. })), "{}", &written[..30]);
    }
    assert!(matches!(parse_json(&json, ReferenceSystem::Crs84), Err(Cql2Error::TooLarge { .. })));
    let bracketed = format!("{}a=1{}", "(".repeat(20), ")".repeat(20));
    assert!(text(&bracketed).is_ok());
}

#[test]
fn shapes_are_checked_and_read_in_their_reference_system() {
    for wrong in [
        "POINT(90 180)",
        "BBOX(1,2,3)",
        "POLYGON((0 0, 1 1, 0 1))",
        "POLYGON((0 0, 1 1, 0 1, 1 0))",
        "LINESTRING(0 0)",
        "BBOX(0,10,1,5)",
    ] {
        let filter = format!("S_INTERSECTS(geometry, {wrong})");
        assert!(matches!(text(&filter), Err(Cql2Error::Geometry(_))), "{wrong}: {:?}", text(&filter));
    }
    let lat_first = parse_text("S_INTERSECTS(geometry, POINT(22.63 114.41))", ReferenceSystem::Epsg4326);
    assert_eq!(lat_first, text("S_INTERSECTS(geometry, POINT(114.41 22.63))"));
    let pacific = text("S_INTERSECTS(geometry, BBOX(170,-10,-170,10))").unwrap();
    let Expression::Spatial(_, _, shape) = pacific else { panic!() };
    assert!(matches!(*shape, Expression::Geometry(geo::Geometry::MultiPolygon(_))));
}

#[test]
fn quotes_and_backslashes_are_kept_as_patterns_need_them() {
    let like = |pattern: &str| {
        Expression::Like(
            Box::new(Expression::Property("a".into())),
            Box::new(Expression::Text(pattern.into())),
        )
    };
    assert_eq!(text(r"a LIKE '100\%'"), Ok(like(r"100\%")));
    assert_eq!(text(r"a LIKE 'it\'s'"), Ok(like("it's")));
    assert_eq!(text(r"a LIKE '\\\\'"), Ok(like(r"\\\\")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_read_or_refused(
        filter in "(NOT |AND |OR |a |= |< |'x' |1 |-|\\(|\\)|, |IN |LIKE |IS |NULL |BETWEEN |POINT|POLYGON|BBOX|\
                   DATE|INTERVAL|S_WITHIN|T_AFTER|A_EQUALS|CASEI|\\+|\\*|div |\\^|'|\"|\\\\|\\.\\.|%){0,40}|\\PC{0,60}"
    ) {
        let _ = text(&filter);
    }

    #[test]
    fn any_json_is_read_or_refused(
        filter in "(\\{|\\}|\\[|\\]|\"op\":|\"args\":|\"property\":|\"and\"|\"=\"|\"type\":|\"Point\"|\"coordinates\":|1|,|true|null){0,30}"
    ) {
        let _ = parse_json(&filter, ReferenceSystem::Crs84);
    }
}
