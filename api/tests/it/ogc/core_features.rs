//! Features and their selection (Annex A.2.7 and A.2.8), and the class `geojson`.

use geo::{Geometry, Intersects, LineString, Point, polygon};
use geodata::Bbox;
use geodata::geometry::read_geometry;
use reqwest::Method;
use serde_json::Value;

use super::{
    RESOURCES, accepting, assert_own_links, collections, features, href, ids, listed, place, publish, text,
};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    ats_core_query_param_unknown,
    ats_core_query_param_invalid,
    ats_core_crs84,
    ats_core_fc_op,
    ats_core_fc_response,
    ats_core_fc_limit_response_1,
    ats_core_fc_bbox_response,
    ats_core_fc_bbox_response_of_the_official_suite,
    ats_core_fc_time_response,
    ats_core_fc_links,
    ats_core_fc_time_stamp,
    ats_core_fc_number_returned,
    ats_core_f_op,
    ats_core_f_success,
    ats_core_f_links,
    ats_geojson_definition,
    ats_geojson_content,
    unchanged_content_is_answered_without_a_body_until_it_changes,
    an_edit_is_visible_to_the_next_read,
);

const ITEMS: &str = "/map/collections/park/items";

async fn ats_core_query_param_unknown(app: TestApp) {
    for path in RESOURCES {
        let problem =
            app.get(&format!("{path}?unknownQueryParameter48151=1")).await.problem(400, "bad_parameter");
        let detail = text(&problem, "detail");
        assert!(detail.contains("参数") && !detail.contains("48151"), "{detail}");
    }
}

async fn ats_core_query_param_invalid(app: TestApp) {
    for (parameter, wrong) in [
        ("limit", "unlimited"),
        ("bbox", "1,2,3"),
        ("datetime", "yesterday"),
        ("offset", "-1"),
        ("cursor", "nonsense"),
        ("f", "xml"),
    ] {
        let problem = app.get(&format!("{ITEMS}?{parameter}={wrong}")).await.problem(400, "bad_parameter");
        assert_eq!(problem["parameter"], parameter);
        assert!(!text(&problem, "detail").is_empty());
    }
    for path in RESOURCES {
        app.get(&format!("{path}?f=xml")).await.problem(400, "bad_parameter");
    }
}

async fn ats_core_crs84(app: TestApp) {
    for collection in collections(&app).await {
        for feature in features(&app, text(&collection, "id")).await {
            let shape = read_geometry(&feature["geometry"]).unwrap();
            let extent = Bbox::of(&shape).unwrap();
            assert!(extent.west > 114.3 && extent.east < 114.6, "longitude comes first in {feature}");
            assert!(extent.south > 22.5 && extent.north < 22.8, "latitude comes second in {feature}");
        }
    }
}

async fn ats_core_fc_op(app: TestApp) {
    for collection in collections(&app).await {
        let id = text(&collection, "id");
        assert_eq!(app.get(&format!("/map/collections/{id}/items")).await.status, 200);
    }
    app.get("/map/collections/hospital/items").await.problem(404, "collection_not_found");
}

async fn ats_core_fc_response(app: TestApp) {
    let body = app.get(ITEMS).await.ok();
    assert_eq!(body["type"], "FeatureCollection");
    let listed = ids(&body);
    assert!(!listed.is_empty() && listed.is_sorted());
    assert!(features(&app, "park").await.iter().all(|feature| feature["properties"]["layer"] == "park"));
}

async fn ats_core_fc_limit_response_1(app: TestApp) {
    let count = features(&app, "park").await.len();
    for limit in [1, 2, 5, 100, 10_000, 10_001, 99_999] {
        let body = app.get(&format!("{ITEMS}?limit={limit}")).await.ok();
        assert_eq!(listed(&body).len(), limit.min(count), "limit={limit}");
    }
    let spot = Point::new(114.42, 22.63);
    publish(&app, (0..150).map(|number| place("park", &format!("公园{number}"), spot)).collect()).await;
    assert_eq!(listed(&app.get(ITEMS).await.ok()).len(), 100, "the default");
}

/// Shapes for which an envelope is not enough, and points on both sides of the antimeridian.
fn difficult_shapes() -> Vec<Geometry<f64>> {
    let diagonal = LineString::from(vec![(114.40, 22.60), (114.50, 22.70)]);
    let ring = polygon!(
        exterior: [(x: 114.40, y: 22.60), (x: 114.50, y: 22.60), (x: 114.50, y: 22.70), (x: 114.40, y: 22.70)],
        interiors: [[(x: 114.42, y: 22.62), (x: 114.48, y: 22.62), (x: 114.48, y: 22.68), (x: 114.42, y: 22.68)]],
    );
    vec![diagonal.into(), ring.into(), Point::new(179.5, -16.5).into(), Point::new(-179.5, -16.5).into()]
}

async fn ats_core_fc_bbox_response(app: TestApp) {
    let places = difficult_shapes().into_iter().enumerate();
    publish(&app, places.map(|(number, shape)| place("park", &format!("形状{number}"), shape)).collect())
        .await;
    let all = features(&app, "park").await;
    for bbox in [
        "114.41,22.65,114.42,22.66",
        "114.44,22.64,114.46,22.66",
        "114.45,22.65,114.45,22.65",
        "114.4,22.6,114.4,22.6",
        "114.50,22.60,114.60,22.61",
        "114.35,22.59,114.52,22.68",
        "114.424,22.6315,114.425,22.6317",
        "170,-20,-170,-10",
        "-180,-90,180,90",
        "0,0,1,1",
        "114.35,22.59,-100,114.52,22.68,9000",
    ] {
        let wanted: Vec<u64> = all
            .iter()
            .filter(|feature| meets(feature, bbox))
            .map(|feature| feature["id"].as_u64().unwrap())
            .collect();
        let found = app.get(&format!("{ITEMS}?bbox={bbox}")).await.ok();
        assert_eq!(ids(&found), wanted, "{bbox}");
        assert_eq!(found["numberMatched"], wanted.len());
    }
}

/// By the true shape, boundary included.
fn meets(feature: &Value, bbox: &str) -> bool {
    let bbox: Bbox = bbox.parse().unwrap();
    let shape = read_geometry(&feature["geometry"]).unwrap();
    bbox.parts().any(|part| part.intersects(&shape))
}

async fn ats_core_fc_bbox_response_of_the_official_suite(app: TestApp) {
    for collection in collections(&app).await {
        let id = text(&collection, "id");
        let sides = collection["extent"]["spatial"]["bbox"][0].as_array().unwrap();
        let extent = sides.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let whole = app.get(&format!("/map/collections/{id}/items?bbox={extent}")).await.ok();
        assert_eq!(whole["numberMatched"], features(&app, id).await.len(), "{id}");
        for bbox in [
            "-1.5,50.0,1.5,53.0",
            "-80.0,-5.0,-70.0,5.0",
            "177.0,65.0,-177.0,70.0",
            "-180.0,85.0,180.0,90.0",
            "-180.0,-90.0,180.0,-85.0",
        ] {
            let elsewhere = app.get(&format!("/map/collections/{id}/items?bbox={bbox}")).await.ok();
            assert_eq!(elsewhere["numberMatched"], 0, "{bbox}");
        }
    }
}

async fn ats_core_fc_time_response(app: TestApp) {
    let (now, later) = ("2026-05-01T00:00:00Z", "2026-05-31T23:59:59%2B08:00");
    let all = ids(&app.get(ITEMS).await.ok());
    let intervals = [
        now.to_owned(),
        format!("{now}/{later}"),
        format!("../{now}"),
        format!("/{now}"),
        format!("{now}/.."),
        format!("{now}/"),
    ];
    for datetime in intervals {
        let found = app.get(&format!("{ITEMS}?datetime={datetime}")).await.ok();
        assert_eq!(ids(&found), all, "features without a time match {datetime}");
        let boxed = app.get(&format!("{ITEMS}?datetime={datetime}&bbox=0,0,1,1")).await.ok();
        assert_eq!(boxed["numberMatched"], 0, "both predicates hold");
        assert!(href(&found, "self", "application/geo+json").contains("datetime="));
    }
}

async fn ats_core_fc_links(app: TestApp) {
    let body = app.get(&format!("{ITEMS}?limit=2&bbox=114,22,115,23")).await.ok();
    assert_own_links(&body, "application/geo+json");
    let address = href(&body, "self", "application/geo+json");
    assert!(address.ends_with("/map/collections/park/items?bbox=114,22,115,23&limit=2"), "{address}");
    assert_eq!(ids(&app.get(address).await.ok()), ids(&body));
    let alternate = href(&body, "alternate", "text/html");
    assert_eq!(app.get(alternate).await.media_type(), "text/html");
}

async fn ats_core_fc_time_stamp(app: TestApp) {
    let (one, two) = (app.get(ITEMS).await, app.get(ITEMS).await);
    let stamp = text(&one.ok(), "timeStamp").to_owned();
    assert!(chrono::DateTime::parse_from_rfc3339(&stamp).is_ok() && stamp.ends_with('Z'), "{stamp}");
    assert_eq!(one.body, two.body, "the same content has the same bytes");
}

async fn ats_core_fc_number_returned(app: TestApp) {
    for query in ["", "?limit=2", "?bbox=0,0,1,1", "?offset=100"] {
        let body = app.get(&format!("{ITEMS}{query}")).await.ok();
        assert_eq!(body["numberReturned"], listed(&body).len(), "{query}");
    }
}

async fn ats_core_f_op(app: TestApp) {
    for collection in collections(&app).await {
        let id = text(&collection, "id");
        for feature in features(&app, id).await {
            let one = app.get(&format!("/map/collections/{id}/items/{}", feature["id"])).await;
            assert_eq!((one.status, one.media_type()), (200, "application/geo+json"));
        }
    }
    for unknown in ["999999999", "4294967296", "-1", "011", "1.0", "abc", "%20"] {
        app.get(&format!("{ITEMS}/{unknown}")).await.problem(404, "feature_not_found");
    }
    let elsewhere = features(&app, "clinic").await[0]["id"].clone();
    app.get(&format!("{ITEMS}/{elsewhere}")).await.problem(404, "feature_not_found");
    app.get("/map/collections/hospital/items/1").await.problem(404, "collection_not_found");
}

async fn ats_core_f_success(app: TestApp) {
    for mut listed in features(&app, "park").await {
        let mut one = app.get(&format!("{ITEMS}/{}", listed["id"])).await.ok();
        assert!(one.as_object_mut().unwrap().remove("links").is_some());
        assert_eq!(one, listed.take());
    }
}

async fn ats_core_f_links(app: TestApp) {
    let one = app.get(&format!("{ITEMS}/11")).await.ok();
    assert_own_links(&one, "application/geo+json");
    assert!(href(&one, "collection", "application/json").ends_with("/map/collections/park"));
}

async fn ats_geojson_definition(app: TestApp) {
    for path in RESOURCES {
        for accept in ["application/geo+json, application/json;q=0.9", "*/*", "application/json"] {
            let answer = accepting(&app, path, accept).await;
            let expected = match path {
                "/map/api" => "application/vnd.oai.openapi+json",
                items if items.contains("/items") => "application/geo+json",
                schema if ["queryables", "sortables", "schema"].iter().any(|kind| schema.ends_with(kind)) => {
                    "application/schema+json"
                }
                _ => "application/json",
            };
            assert_eq!((answer.status, answer.media_type()), (200, expected), "{path} for {accept}");
            assert_eq!(answer.header("vary").unwrap().split(',').next(), Some("Accept"), "{path}");
        }
    }
}

async fn ats_geojson_content(app: TestApp) {
    publish(&app, vec![place("park", "名字里有\"引号\"和\\", Point::new(114.42, 22.63))]).await;
    for collection in collections(&app).await {
        for feature in features(&app, text(&collection, "id")).await {
            assert_eq!(feature["type"], "Feature");
            assert!(feature["id"].is_u64() && feature["properties"].is_object());
            assert!(
                feature["geometry"].is_null() || read_geometry(&feature["geometry"]).is_ok(),
                "{feature}"
            );
        }
    }
}

async fn unchanged_content_is_answered_without_a_body_until_it_changes(app: TestApp) {
    for path in RESOURCES {
        for representation in ["json", "html"] {
            let path = format!("{path}?f={representation}");
            let fresh = app.get(&path).await;
            assert_eq!(fresh.header("cache-control"), Some("public, max-age=0, must-revalidate"));
            let tag = fresh.header("etag").unwrap();
            for held in [tag.to_owned(), format!("\"other\", W/{tag}"), "*".to_owned()] {
                let again = app.request(Method::GET, &path).header("if-none-match", &held).send().await;
                assert_eq!((again.status, again.raw.len()), (304, 0), "{path}");
                for name in ["etag", "cache-control"] {
                    assert_eq!(again.header(name), fresh.header(name), "{name} of {path}");
                }
                assert!(again.header("vary").unwrap().starts_with("Accept, Accept-Encoding"));
            }
            let stale = app.request(Method::GET, &path).header("if-none-match", "\"0-json-0\"").send().await;
            assert_eq!(stale.status, 200);
        }
    }
    let wrong =
        app.request(Method::GET, &format!("{ITEMS}?limit=0")).header("if-none-match", "*").send().await;
    wrong.problem(400, "bad_parameter");
}

async fn an_edit_is_visible_to_the_next_read(app: TestApp) {
    let before = app.get(ITEMS).await;
    let elsewhere = app.get("/map/collections/clinic/items").await;
    publish(&app, vec![place("park", "新公园", Point::new(114.42, 22.63))]).await;
    let after =
        app.request(Method::GET, ITEMS).header("if-none-match", before.header("etag").unwrap()).send().await;
    assert!(listed(&after.ok()).iter().any(|feature| feature["properties"]["name"] == "新公园"));
    assert_eq!(app.get("/map/collections/clinic/items").await.header("etag"), elsewhere.header("etag"));
}
