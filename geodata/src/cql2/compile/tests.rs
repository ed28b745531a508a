mod oracle;
mod shapes;

use geo::{line_string, polygon};
use proptest::prelude::*;

use super::*;
use crate::cql2::{parse_json, parse_text};
use crate::crs::ReferenceSystem;
use crate::snapshot::{FeatureRecord, LayerRecord, SelectQuery, Snapshot};

/// Places of one layer, by their id from 1; the last has no position.
fn map() -> Snapshot {
    let layer = LayerRecord { id: "park".into(), icon: "tree".into(), min_zoom: 0, max_zoom: 20 };
    let properties = [
        r#"{"name":"葵涌公园","n":1,"x":0.5,"open":true,"day":"2026-01-10","at":"2026-01-10T08:00:00Z","tags":["a","b"],"mixed":1}"#,
        r#"{"name":"Äpfel Park","n":2,"x":2,"open":false,"day":"2026-02-10","at":"2026-02-10T08:00:00Z","tags":["b"],"mixed":"one"}"#,
        r#"{"name":"100% 公园","n":3,"x":-1.5,"open":null,"day":null,"tags":[],"mixed":true,"inner":{"a":1}}"#,
        r#"{"name":null,"n":4,"address":"葵涌路1号"}"#,
        r#"{"name":"无位置","n":5,"x":3}"#,
    ];
    let shapes: [Option<geo::Geometry<f64>>; 5] = [
        Some(geo::Point::new(114.41, 22.63).into()),
        Some(polygon![(x: 114.42, y: 22.62), (x: 114.44, y: 22.62), (x: 114.44, y: 22.64), (x: 114.42, y: 22.64), (x: 114.42, y: 22.62)].into()),
        Some(line_string![(x: 114.40, y: 22.60), (x: 114.43, y: 22.63)].into()),
        Some(geo::Point::new(114.50, 22.70).into()),
        None,
    ];
    let features = (1..).zip(properties).zip(shapes).map(|((id, properties), geometry)| FeatureRecord {
        id,
        layer: "park".into(),
        version: 1,
        name: String::new(),
        geometry,
        properties: properties.into(),
        entrances: Vec::new(),
    });
    Snapshot::build(vec![layer], features.collect(), 1, 0, Vec::new()).unwrap()
}

const STANDARD: [(&str, Kind); 2] = [("name", Kind::Text), ("address", Kind::Text)];

fn ids_of(map: &Snapshot, expression: &Expression) -> Result<Vec<u32>, Cql2Error> {
    let layer = map.layer("park").unwrap();
    let filter = Filter::compile(expression, &layer.queryables(&STANDARD))?;
    let query = SelectQuery { filter: Some(&filter), limit: 100, ..SelectQuery::default() };
    Ok(map.select(layer, &query).unwrap().features.iter().map(|feature| feature.id()).collect())
}

fn selected(filter: &str) -> Result<Vec<u32>, Cql2Error> {
    ids_of(&map(), &parse_text(filter, ReferenceSystem::Crs84)?)
}

#[test]
fn each_class_of_the_standard_selects_what_it_should() {
    for (filter, expected) in [
        // Basic CQL2.
        ("n = 2", &[2][..]),
        ("n <> 2", &[1, 3, 4, 5]),
        ("n >= 2 AND n < 4", &[2, 3]),
        ("name = '葵涌公园' OR n = 4", &[1, 4]),
        ("name > '葵'", &[1]),
        ("open = true", &[1]),
        ("open <> true", &[2]),
        ("NOT open = true", &[2]),
        ("open IS NULL", &[3, 4, 5]),
        ("name IS NOT NULL", &[1, 2, 3, 5]),
        ("geometry IS NULL", &[5]),
        ("id = 3", &[3]),
        ("TRUE", &[1, 2, 3, 4, 5]),
        ("FALSE", &[]),
        ("at > TIMESTAMP('2026-01-31T00:00:00Z')", &[2]),
        ("at = DATE('2026-01-10')", &[1]),
        ("day <= DATE('2026-01-10')", &[1]),
        ("mixed = '1' OR mixed = 'true'", &[1, 3]),
        // Unknown is not false.
        ("NOT (x > 100)", &[1, 2, 3, 5]),
        ("x > 100 OR x IS NULL", &[4]),
        // Advanced comparison operators.
        ("name LIKE '%公园'", &[1, 3]),
        ("name NOT LIKE '%公园'", &[2, 5]),
        (r"name LIKE '100\%%'", &[3]),
        ("name LIKE '_位置'", &[5]),
        ("n BETWEEN 2 AND 3", &[2, 3]),
        ("n NOT BETWEEN 2 AND 3", &[1, 4, 5]),
        ("n IN (1, 4, 9)", &[1, 4]),
        ("name NOT IN ('葵涌公园', '无位置')", &[2, 3]),
        ("n IN (x, 4)", &[2, 4]),
        // Case and accents.
        ("CASEI(name) = CASEI('äPFEL park')", &[2]),
        ("ACCENTI(CASEI(name)) LIKE ACCENTI(CASEI('APFEL%'))", &[2]),
        // Spatial functions.
        ("S_INTERSECTS(geometry, POINT(114.41 22.63))", &[1]),
        ("S_INTERSECTS(geometry, BBOX(114.425,22.60,114.5,22.7))", &[2, 3, 4]),
        ("S_DISJOINT(geometry, BBOX(114.405,22.62,114.45,22.7))", &[4]),
        (
            "S_WITHIN(geometry, POLYGON((114.4 22.6,114.45 22.6,114.45 22.65,114.4 22.65,114.4 22.6)))",
            &[1, 2, 3],
        ),
        ("S_CONTAINS(geometry, POINT(114.43 22.63))", &[2]),
        ("S_WITHIN(POINT(114.43 22.63), geometry)", &[2]),
        (
            "S_TOUCHES(geometry, POLYGON((114.44 22.62,114.46 22.62,114.46 22.64,114.44 22.64,114.44 22.62)))",
            &[2],
        ),
        ("S_OVERLAPS(geometry, BBOX(114.43,22.61,114.46,22.65))", &[2]),
        ("S_CROSSES(geometry, BBOX(114.42,22.61,114.46,22.65))", &[3]),
        ("S_EQUALS(geometry, LINESTRING(114.43 22.63, 114.40 22.60))", &[3]),
        ("NOT S_INTERSECTS(geometry, POINT(114.41 22.63))", &[2, 3, 4]),
        (
            "S_INTERSECTS(geometry, BBOX(114.40,22.62,114.415,22.64)) OR S_INTERSECTS(geometry, BBOX(114.49,22.69,114.51,22.71))",
            &[1, 4],
        ),
        // Temporal functions.
        ("T_AFTER(at, DATE('2026-01-10'))", &[2]),
        ("T_BEFORE(day, INTERVAL('2026-02-01', '..'))", &[1]),
        ("T_DURING(at, INTERVAL('2026-02-01', '2026-02-28'))", &[2]),
        ("T_INTERSECTS(INTERVAL(day, '..'), TIMESTAMP('2026-01-15T00:00:00Z'))", &[1]),
        ("T_EQUALS(at, TIMESTAMP('2026-01-10T16:00:00+08:00'))", &[1]),
        // Array functions.
        ("A_CONTAINS(tags, ('b'))", &[1, 2]),
        ("A_EQUALS(tags, ('b', 'a'))", &[1]),
        ("A_CONTAINEDBY(tags, ('b', 'c'))", &[2, 3]),
        ("A_OVERLAPS(tags, ('a', 'c'))", &[1]),
        // Property against property, arithmetic, functions.
        ("x > n", &[]),
        ("x = n", &[2]),
        ("n * 2 - x = 2", &[2]),
        ("n % 2 = 1 AND n div 2 = 1", &[3]),
        ("2 ^ n = 8", &[3]),
        ("n / (n - 1) > 0", &[2, 3, 4, 5]),
        ("-n < -4", &[5]),
        ("distance_m(geometry, POINT(114.41 22.64)) < 1200", &[1, 2]),
        ("area_m2(geometry) > 1000000", &[2]),
        ("length_m(geometry) > 1", &[3]),
        ("geometry_type(geometry) = 'Polygon'", &[2]),
        ("char_length(name) = 4", &[1]),
        ("item_count(tags) = 0", &[3]),
        ("year(at) = 2026 AND month(day) = 2", &[2]),
    ] {
        assert_eq!(selected(filter).as_deref(), Ok(expected), "{filter}");
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    for (filter, told) in [
        ("colour = 'red'", "没有属性“colour”。可用的属性：id、geometry、name、address、at、day"),
        ("inner = 1", "没有属性“inner”"),
        ("buffer(geometry, 1) = 1", "没有函数“buffer”。可用的函数：distance_m"),
        ("name = 1", "= 的两边应为同一种值"),
        ("name", "条件应为一个条件"),
        ("n LIKE '1%'", "LIKE应为文字，实际是数字"),
        ("at > '2026-01-01'", "时间写成 TIMESTAMP"),
        ("geometry = POINT(1 2)", "S_EQUALS"),
        ("A_CONTAINS(name, ('a'))", "A_CONTAINS应为列表"),
        ("S_INTERSECTS(name, POINT(1 2))", "S_INTERSECTS应为几何"),
        ("T_AFTER(n, DATE('2026-01-01'))", "T_AFTER应为时间"),
        ("area_m2() > 1", "函数 area_m2 需要 1 个参数"),
        ("area_m2(n) > 1", "函数 area_m2 的参数应为几何"),
        ("distance_m(geometry, BBOX(1,1,2,2)) < 5", "一个点"),
        ("S_WITHIN(geometry, POLYGON((0 0,1 1,1 0,0 1,0 0)))", "自相交"),
        ("n IN ('a')", "IN应为文字，实际是数字"),
        ("name + 1 = 2", "+应为数字"),
    ] {
        let error = selected(filter).unwrap_err().to_string();
        assert!(error.contains(told), "{filter}: {error}");
    }
}

#[test]
fn words_are_found_in_what_people_see() {
    let found = |words: &[&[&str]]| {
        let alternatives =
            words.iter().map(|words| words.iter().map(ToString::to_string).collect()).collect();
        ids_of(&map(), &Expression::Words(alternatives)).unwrap()
    };
    assert_eq!(found(&[&["葵涌"]]), [1, 4]);
    assert_eq!(found(&[&["葵涌", "公园"]]), [1]);
    assert_eq!(found(&[&["apfel"], &["位置"]]), [2, 5]);
    assert_eq!(found(&[&["园100"]]), [0_u32; 0]);
}

/// Conditions of all kinds on what the map has.
fn condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        ("(n|x|id)", "(=|<>|<|>|<=|>=)", -2_i32..5).prop_map(|(a, b, c)| format!("{a} {b} {c}")),
        ("(n|x)", "(=|<|>)", "(n|x|id)").prop_map(|(a, b, c)| format!("{a} {b} {c}")),
        ("(n|x)", "(\\+|-|\\*|/|%|div|\\^)", -2_i32..4, -4_i32..4)
            .prop_map(|(a, b, c, d)| format!("{a} {b} {c} > {d}")),
        "(name|mixed)".prop_map(|a| format!("{a} IS NULL")),
        ("(name|mixed)", "[%_a公1]{0,3}").prop_map(|(a, b)| format!("{a} LIKE '{b}'")),
        ("(INTERSECTS|DISJOINT|WITHIN|CONTAINS|TOUCHES|CROSSES|OVERLAPS|EQUALS)", 0_u32..5, 1_u32..6)
            .prop_map(|(op, a, b)| format!(
                "S_{op}(geometry, BBOX(114.4{a},22.6{a},114.4{},22.6{}))",
                a + b - 1,
                a + b - 1
            )),
        ("(AFTER|BEFORE|DURING|INTERSECTS|MEETS)", 1_u32..3)
            .prop_map(|(op, m)| format!("T_{op}(at, INTERVAL('2026-0{m}-05','..'))")),
        "(a|b|c)".prop_map(|tag| format!("A_OVERLAPS(tags, ('{tag}','z'))")),
        Just("open = TRUE".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| format!("NOT ({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) AND ({b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a}) OR ({b})")),
        ]
    })
}

proptest! {
    #[test]
    fn a_condition_or_its_opposite_or_neither_holds(filter in condition()) {
        let map = map();
        let ids = |filter: &str| ids_of(&map, &parse_text(filter, ReferenceSystem::Crs84).unwrap()).unwrap();
        let (holds, opposite) = (ids(&filter), ids(&format!("NOT ({filter})")));
        prop_assert!(holds.iter().all(|id| !opposite.contains(id)), "{}: {:?} {:?}", filter, holds, opposite);
        prop_assert_eq!(ids(&format!("NOT (NOT ({filter}))")), holds.clone());
        prop_assert_eq!(ids(&format!("({filter}) AND TRUE")), holds.clone());
        // The same without the help of the spatial index.
        prop_assert_eq!(ids(&format!("({filter}) OR (id < 0)")), holds);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn conditions_select_what_a_plain_evaluation_selects(filter in condition()) {
        let map = map();
        let expression = parse_text(&filter, ReferenceSystem::Crs84).unwrap();
        let all = ids_of(&map, &Expression::Boolean(true)).unwrap();
        let expected: Vec<u32> =
            all.into_iter().filter(|id| oracle::selects(&expression, map.feature(*id).unwrap())).collect();
        prop_assert_eq!(ids_of(&map, &expression).unwrap(), expected, "{}", filter);
    }
}

/// Expressions of the abstract tests of the standard (21-065r2, Annex A) with the properties of the map in
/// the place of its queryables: all are answered, those of shapes that are none are refused.
#[test]
fn expressions_of_the_abstract_tests_are_answered() {
    for filter in [
        "n = 50",
        "n <> 50",
        "n > 50",
        "n < 50",
        "n >= 50",
        "n <= 50",
        "n IS NULL",
        "n is not null",
        "true",
        "false",
        "name LIKE '%'",
        "name like '_%'",
        "name like ''",
        "name like '%%'",
        r"name like '\\%\\_'",
        "n BETWEEN 0 AND 100",
        "n between 100.0 and 1.0",
        "name NOT IN ('a')",
        "CASEI(name) = casei('foo')",
        "CASEI(name) <> casei('FOO')",
        "CASEI(name) LIKE casei('foo%')",
        "ACCENTI(name) = accenti('äöüéáí')",
        "ACCENTI(CASEI(name)) LIKE accenti(casei('Ä%'))",
        "S_INTERSECTS(geometry,BBOX(-180,-90,180,90))",
        "S_INTERSECTS(geometry,POINT(7.02 49.92))",
        "S_INTERSECTS(geometry,BBOX(-180,-90,-90,90)) AND S_INTERSECTS(geometry,BBOX(90,-90,180,90))",
        "S_INTERSECTS(geometry,BBOX(150,-90,-150,90))",
        "S_INTERSECTS(geometry,MULTIPOINT(7.02 49.92, 90 18))",
        "S_INTERSECTS(geometry,LINESTRING(-180 -45, 0 -45))",
        "S_INTERSECTS(geometry,MULTILINESTRING((-180 -45, 0 -45), (0 45, 180 45)))",
        "S_INTERSECTS(geometry,POLYGON((-180 -90, -90 -90, -90 90, -180 90, -180 -90), (-120 -50, -100 -50, -100 -40, -120 -40, -120 -50)))",
        "S_INTERSECTS(geometry,MULTIPOLYGON(((-180 -90, -90 -90, -90 90, -180 90, -180 -90), (-120 -50, -100 -50, -100 -40, -120 -40, -120 -50)),((0 0, 10 0, 10 10, 0 10, 0 0))))",
        "S_INTERSECTS(geometry,GEOMETRYCOLLECTION(POINT(7.02 49.92), POLYGON((0 0, 10 0, 10 10, 0 10, 0 0))))",
        "S_DISJOINT(geometry,LINESTRING(7 50,10 51))",
        "S_EQUALS(geometry,POINT(7.02 49.92))",
        "S_TOUCHES(geometry,BBOX(-180,-90,180,90))",
        "S_CROSSES(geometry,LINESTRING(7 50,10 51))",
        "S_OVERLAPS(geometry,BBOX(0,0,1,1))",
        "S_WITHIN(geometry,MULTIPOINT(7 50,10 51))",
        "S_CONTAINS(geometry,POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90)))",
        "T_AFTER(at,TIMESTAMP('2022-04-24T07:59:57Z'))",
        "T_AFTER(at,INTERVAL('2021-01-01T00:00:00Z','2021-12-31T23:59:59Z'))",
        "T_BEFORE(day,DATE('2022-04-24'))",
        "T_DISJOINT(at,INTERVAL('2021-01-01','2021-12-31'))",
        "T_CONTAINS(INTERVAL(day,at),INTERVAL('2021-01-01','..'))",
        "T_METBY(INTERVAL('..',at),DATE('2021-01-01'))",
        "A_CONTAINS(tags,('foo','bar'))",
        "A_CONTAINEDBY(tags,('foo','bar'))",
        "A_EQUALS(tags,('foo','bar'))",
        "A_OVERLAPS(tags,('foo','bar'))",
        "x = n",
        "x <> n",
        "n <= n",
        "name = address",
        "day < at",
        "n = 3 + 5 * 2 - 1",
        "n > -x ^ 2 % 3 div 2",
        "char_length(name) > 2",
    ] {
        let found = selected(filter);
        let expected = parse_text(filter, ReferenceSystem::Crs84).is_ok();
        assert!(found.is_ok() && expected, "{filter}: {found:?}");
    }
    for wrong in ["S_INTERSECTS(geometry,POINT(90 180))", "S_DISJOINT(geometry,POINT(90 180))"] {
        assert!(selected(wrong).is_err(), "{wrong}");
    }
    assert_eq!(selected("S_INTERSECTS(geometry,BBOX(-180,-90,180,90))"), selected("geometry IS NOT NULL"));
    assert_eq!(selected("CASEI(name) = casei('ÄPFEL PARK')"), selected("name = 'Äpfel Park'"));
}

#[test]
fn json_and_text_select_the_same() {
    let json = r#"{"op":"and","args":[{"op":">","args":[{"property":"n"},1]},
        {"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[114.3,22.5,114.45,22.65]}]}]}"#;
    let from_json = ids_of(&map(), &parse_json(json, ReferenceSystem::Crs84).unwrap());
    assert_eq!(from_json, selected("n > 1 AND S_INTERSECTS(geometry, BBOX(114.3,22.5,114.45,22.65))"));
    assert_eq!(from_json, Ok(vec![2, 3]));
}
