//! Filters (Part 3, 19-079r2, Annex A; CQL2, 21-065r2, Annex A): that the parameters select what they
//! should, through the server. What each operator does is tested with the operators.

use geo::{Point, polygon};
use serde_json::{Value, json};

use super::{href, ids, listed, place, publish, text};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    ats_filter_filter_param,
    ats_filter_filter_lang_param,
    ats_filter_filter_crs_param,
    ats_filter_mixing_expressions,
    ats_filter_response,
    ats_filter_get_functions,
    ats_queryables_query_parameters_parameters,
    ats_cql2_every_class_is_answered,
    ats_cql2_json_selects_as_text_does,
    words_are_looked_for_in_what_people_see,
    chosen_properties_are_all_that_is_sent,
    a_filter_sees_an_edit_at_once,
    a_filter_in_the_zone_means_its_metres,
);

const ITEMS: &str = "/map/collections/park/items";

/// Four parks beside those of the seeds, told apart by `series`.
async fn with_parks(app: &TestApp) {
    let mut parks = vec![
        place("park", "山顶公园", Point::new(114.41, 22.63)),
        place("park", "海边公园", Point::new(114.45, 22.60)),
        place(
            "park",
            "湖心 Park",
            polygon![(x: 114.42, y: 22.62), (x: 114.44, y: 22.62), (x: 114.44, y: 22.64), (x: 114.42, y: 22.64)],
        ),
        place("park", "远处公园", Point::new(115.2, 23.4)),
    ];
    for (park, (size, opened)) in
        parks.iter_mut().zip([(10, "2024-05-01"), (25, "2025-01-15"), (40, "2023-12-31"), (25, "2026-02-28")])
    {
        park.properties.insert("series".to_owned(), "test".into());
        park.properties.insert("size_ha".to_owned(), size.into());
        park.properties.insert("opened".to_owned(), opened.into());
    }
    parks[0].facilities = vec!["公厕".to_owned(), "饮水点".to_owned()];
    parks[1].properties.insert("limit_ha".to_owned(), 20.into());
    publish(app, parks).await;
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

async fn names(app: &TestApp, query: &str) -> Vec<String> {
    let body = app.get(&format!("{ITEMS}?series=test&{query}")).await.ok();
    assert_eq!(body["numberMatched"], listed(&body).len());
    listed(&body).iter().map(|feature| text(&feature["properties"], "name").to_owned()).collect()
}

async fn filtered(app: &TestApp, filter: &str) -> Vec<String> {
    names(app, &format!("filter={}", encoded(filter))).await
}

async fn ats_filter_filter_param(app: TestApp) {
    with_parks(&app).await;
    assert_eq!(filtered(&app, "size_ha > 20").await, ["海边公园", "湖心 Park", "远处公园"]);
    assert_eq!(filtered(&app, "size_ha > 20 AND name LIKE '%公园'").await, ["海边公园", "远处公园"]);
    assert_eq!(filtered(&app, "limit_ha > 0").await, ["海边公园"]);
    assert_eq!(filtered(&app, "NOT (limit_ha > 0)").await, [""; 0], "what is not known is not false");
}

async fn ats_filter_filter_lang_param(app: TestApp) {
    with_parks(&app).await;
    let json = encoded(&json!({ "op": "=", "args": [{ "property": "size_ha" }, 10] }).to_string());
    assert_eq!(names(&app, &format!("filter-lang=cql2-json&filter={json}")).await, ["山顶公园"]);
    let text = encoded("size_ha = 10");
    assert_eq!(names(&app, &format!("filter-lang=cql2-text&filter={text}")).await, ["山顶公园"]);
    let definition = app.get("/map/api").await.ok();
    let parameters = definition["paths"]["/collections/{collectionId}/items"]["get"]["parameters"].clone();
    let language =
        parameters.as_array().unwrap().iter().find(|known| known["name"] == "filter-lang").unwrap();
    assert_eq!((&language["schema"]["default"], &language["required"]), (&json!("cql2-text"), &json!(false)));
    assert_eq!(language["schema"]["type"], "string", "{language}");
    assert_eq!(language["schema"]["enum"], json!(["cql2-text", "cql2-json"]));
}

async fn ats_filter_filter_crs_param(app: TestApp) {
    with_parks(&app).await;
    let lat_first = encoded("S_INTERSECTS(geometry, POINT(22.63 114.41))");
    let system = "http://www.opengis.net/def/crs/EPSG/0/4326";
    assert_eq!(names(&app, &format!("filter-crs={system}&filter={lat_first}")).await, ["山顶公园"]);
    assert_eq!(
        filtered(&app, "S_INTERSECTS(geometry, POINT(114.41 22.63))").await,
        ["山顶公园"],
        "CRS84 without it"
    );
}

async fn a_filter_in_the_zone_means_its_metres(app: TestApp) {
    with_parks(&app).await;
    let system = "http://www.opengis.net/def/crs/EPSG/0/4547";
    let shown = app.get(&format!("{ITEMS}?name={}&crs={system}", encoded("海边公园"))).await.ok();
    let at = &listed(&shown)[0]["geometry"]["coordinates"];
    let (northing, easting) = (at[0].as_f64().unwrap(), at[1].as_f64().unwrap());
    let around = |shift: f64| {
        let (south, north) = (northing + shift - 5.0, northing + shift + 5.0);
        encoded(&format!("S_WITHIN(geometry, BBOX({south},{},{north},{}))", easting - 5.0, easting + 5.0))
    };
    assert_eq!(names(&app, &format!("filter-crs={system}&filter={}", around(0.0))).await, ["海边公园"]);
    assert_eq!(names(&app, &format!("filter-crs={system}&filter={}", around(12.0))).await, [""; 0]);
}

async fn ats_filter_mixing_expressions(app: TestApp) {
    with_parks(&app).await;
    let filter = encoded("size_ha < 30");
    let mixed = names(&app, &format!("bbox=114.40,22.61,114.43,22.65&filter={filter}")).await;
    assert_eq!(mixed, ["山顶公园"]);
    assert_eq!(names(&app, &format!("size_ha=25&filter={filter}&q={}", encoded("海边"))).await, ["海边公园"]);
    assert_eq!(
        names(&app, &format!("datetime=2024-01-01T00:00:00Z&filter={filter}&sortby=-size_ha,-id")).await,
        ["远处公园", "海边公园", "山顶公园"]
    );
}

async fn ats_filter_response(app: TestApp) {
    with_parks(&app).await;
    for (filter, told) in [
        ("name LIKE", "第 10 个字符处应为一个值，实际是结尾"),
        ("colour = 'red'", "没有属性“colour”。可用的属性：id、geometry、name、"),
        ("size_ha = 'large'", "= 的两边应为同一种值"),
        ("buffer(geometry, 5) > 1", "没有函数“buffer”"),
        (&format!("{}TRUE{}", "(".repeat(99), ")".repeat(99)), "条件的层数超过上限"),
    ] {
        let problem =
            app.get(&format!("{ITEMS}?filter={}", encoded(filter))).await.problem(400, "bad_parameter");
        assert_eq!(problem["parameter"], "filter");
        assert!(text(&problem, "detail").contains(told), "{filter}: {problem}");
    }
    let first =
        app.get(&format!("{ITEMS}?limit=1&series=test&filter={}", encoded("size_ha > 20"))).await.ok();
    assert_eq!((first["numberMatched"].as_u64(), first["numberReturned"].as_u64()), (Some(3), Some(1)));
    let second = app.get(href(&first, "next", "application/geo+json")).await.ok();
    let third = app.get(href(&second, "next", "application/geo+json")).await.ok();
    assert_eq!(third["numberMatched"], 3);
    assert_eq!([ids(&first), ids(&second), ids(&third)].concat().len(), 3);
    assert!(href(&third, "self", "application/geo+json").contains("filter=size_ha%20%3E%2020"));
}

async fn ats_filter_get_functions(app: TestApp) {
    let landing = app.get("/map").await.ok();
    let address = href(&landing, "http://www.opengis.net/def/rel/ogc/1.0/functions", "application/json");
    let list = app.get(address).await.ok();
    with_parks(&app).await;
    for function in list["functions"].as_array().unwrap() {
        assert!(function["returns"][0].is_string() && function["arguments"].is_array(), "{function}");
        let value = |argument: &Value| match text(argument, "title") {
            "几何" => "geometry",
            "点" => "POINT(114.41 22.63)",
            "文字" => "name",
            "列表" => "facilities",
            "数字" => "size_ha",
            _ => "opened",
        };
        let arguments: Vec<&str> = function["arguments"].as_array().unwrap().iter().map(value).collect();
        let call = format!("{}({})", text(function, "name"), arguments.join(","));
        let compared = if function["returns"][0] == "string" { "<> ''" } else { ">= 0" };
        assert!(!filtered(&app, &format!("{call} {compared}")).await.is_empty(), "{call}");
    }
}

async fn ats_queryables_query_parameters_parameters(app: TestApp) {
    with_parks(&app).await;
    assert_eq!(names(&app, "size_ha=25").await, ["海边公园", "远处公园"]);
    assert_eq!(names(&app, &format!("size_ha=25&name={}", encoded("海边公园"))).await, ["海边公园"]);
    assert_eq!(names(&app, &format!("facilities={}", encoded("公厕"))).await, ["山顶公园"]);
    assert_eq!(names(&app, "opened=2025-01-15").await, ["海边公园"]);
    assert_eq!(names(&app, "demo=true").await, [""; 0]);
    // A parameter belongs to the layer that has the property.
    let elsewhere =
        app.get("/map/collections/health_hut/items?size_ha=25").await.problem(400, "bad_parameter");
    assert!(
        elsewhere["detail"].as_str().unwrap().contains("opening_hours"),
        "what may be asked: {elsewhere}"
    );
}

async fn ats_cql2_every_class_is_answered(app: TestApp) {
    with_parks(&app).await;
    for (class, filter, expected) in [
        ("basic-cql2", "size_ha >= 25 AND NOT limit_ha IS NULL", &["海边公园"][..]),
        (
            "advanced-comparison-operators",
            "size_ha BETWEEN 10 AND 24 OR name IN ('湖心 Park')",
            &["山顶公园", "湖心 Park"],
        ),
        ("case-insensitive-comparison", "CASEI(name) LIKE CASEI('%PARK')", &["湖心 Park"]),
        ("accent-insensitive-comparison", "ACCENTI(name) = ACCENTI('湖心 Párk')", &["湖心 Park"]),
        ("basic-spatial-functions", "S_INTERSECTS(geometry, BBOX(114.43,22.59,114.46,22.61))", &["海边公园"]),
        (
            "basic-spatial-functions-plus",
            "S_INTERSECTS(geometry, LINESTRING(114.40 22.63, 114.45 22.63))",
            &["山顶公园", "湖心 Park"],
        ),
        ("spatial-functions", "S_CONTAINS(geometry, POINT(114.43 22.63))", &["湖心 Park"]),
        (
            "temporal-functions",
            "T_DURING(opened, INTERVAL('2024-01-01','2025-12-31'))",
            &["山顶公园", "海边公园"],
        ),
        ("array-functions", "A_CONTAINS(facilities, ('公厕','饮水点'))", &["山顶公园"]),
        ("property-property", "size_ha > limit_ha", &["海边公园"]),
        ("functions", "area_m2(geometry) > 1000000", &["湖心 Park"]),
        ("arithmetic", "size_ha / 5 - 1 = 4", &["海边公园", "远处公园"]),
    ] {
        assert_eq!(filtered(&app, filter).await, expected, "{class}: {filter}");
    }
}

async fn ats_cql2_json_selects_as_text_does(app: TestApp) {
    with_parks(&app).await;
    let json = json!({ "op": "or", "args": [
        { "op": "a_contains", "args": [{ "property": "facilities" }, ["公厕"]] },
        { "op": "s_within", "args": [{ "property": "geometry" }, { "type": "Polygon", "coordinates":
            [[[114.44, 22.59], [114.46, 22.59], [114.46, 22.61], [114.44, 22.61], [114.44, 22.59]]] }] },
        { "op": "t_before", "args": [{ "property": "opened" }, { "date": "2024-01-01" }] },
    ] });
    let found = names(&app, &format!("filter-lang=cql2-json&filter={}", encoded(&json.to_string()))).await;
    assert_eq!(found, ["山顶公园", "海边公园", "湖心 Park"]);
}

async fn words_are_looked_for_in_what_people_see(app: TestApp) {
    with_parks(&app).await;
    assert_eq!(names(&app, &format!("q={}", encoded("park"))).await, ["湖心 Park"]);
    assert_eq!(names(&app, &format!("q={}", encoded("公厕 山顶"))).await, ["山顶公园"]);
    assert_eq!(names(&app, &format!("q={}", encoded("山顶，海边"))).await, ["山顶公园", "海边公园"]);
}

async fn chosen_properties_are_all_that_is_sent(app: TestApp) {
    with_parks(&app).await;
    let body = app.get(&format!("{ITEMS}?size_ha=10&properties=size_ha,name")).await.ok();
    assert_eq!(listed(&body)[0]["properties"], json!({ "name": "山顶公园", "size_ha": 10 }));
    assert!(listed(&body)[0]["geometry"]["coordinates"].is_array());
}

async fn a_filter_sees_an_edit_at_once(app: TestApp) {
    assert_eq!(
        app.get(&format!("{ITEMS}?filter={}", encoded("name = '山顶公园'"))).await.ok()["numberMatched"],
        0
    );
    app.get(&format!("{ITEMS}?size_ha=10")).await.problem(400, "bad_parameter");
    with_parks(&app).await;
    assert_eq!(
        app.get(&format!("{ITEMS}?filter={}", encoded("name = '山顶公园'"))).await.ok()["numberMatched"],
        1
    );
    assert_eq!(app.get(&format!("{ITEMS}?size_ha=10")).await.ok()["numberMatched"], 1);
}
