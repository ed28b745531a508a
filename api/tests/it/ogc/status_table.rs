//! Which request is answered with which status, as one table.

use reqwest::Method;

use super::accepting;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    parameters_of_items_are_answered_by_the_table,
    representations_are_answered_by_the_table,
    methods_and_addresses_are_answered_by_the_table,
);

const ITEMS: &str = "/map/collections/park/items";

/// Queries by the status of their answer.
const QUERIES: [(u16, &[&str]); 20] = [
    (200, &["limit=10", "limit=1", "limit=99999", "limit=99999999999999999999", "limit=%31"]),
    (
        400,
        &[
            "limit=0",
            "limit=-1",
            "limit=1.5",
            "limit=abc",
            "limit=",
            "limit",
            "limit=1&limit=2",
            "limit=%2B1",
        ],
    ),
    (
        200,
        &[
            "bbox=116,39,117,40",
            "bbox=116,39,0,117,40,100",
            "bbox=1e2,-1.5,1.1e2,2",
            "bbox=116.4%2C39.9%2C116.4%2C39.9",
        ],
    ),
    (
        400,
        &[
            "bbox=1,2,3",
            "bbox=1,2,3,4,5",
            "bbox=1,2,3,4,5,6,7",
            "bbox=NaN,1,2,3",
            "bbox=1,2,3,x",
            "bbox=1,2,3,4,",
        ],
    ),
    (400, &["bbox=", "bbox=,,,", "bbox=1,2,3,inf", "bbox=1 ,2,3,4", "bbox=1;2;3;4", "bbox=1,2,9,3,4,8"]),
    (200, &["bbox=170,-10,-170,10", "bbox=116.4,39.9,116.4,39.9", "bbox=-180,-90,180,90"]),
    (400, &["bbox=116,40,117,39", "bbox=116,39,117,91", "bbox=116,39,181,40", "bbox=-181,39,117,40"]),
    (
        200,
        &[
            "datetime=2024-01-01T00:00:00Z",
            "datetime=2024-01-01T00:00:00%2B08:00",
            "datetime=../2024-01-01T00:00:00Z",
        ],
    ),
    (
        200,
        &[
            "datetime=2024-01-01T00:00:00Z/..",
            "datetime=/2024-01-01T00:00:00Z",
            "datetime=2024-01-01T00:00:00Z/",
        ],
    ),
    (200, &["datetime=2024-01-01T00:00:00Z/2024-02-01T00:00:00Z", "datetime=2024-02-29T23:59:59.999Z"]),
    (
        400,
        &["datetime=2024-13-01T00:00:00Z", "datetime=a/b/c", "datetime=..", "datetime=../..", "datetime=/"],
    ),
    (
        400,
        &[
            "datetime=yesterday",
            "datetime=2024-01-01",
            "datetime=2024-01-01/P2D",
            "datetime=",
            "datetime=2023-02-29T00:00:00Z",
        ],
    ),
    (400, &["datetime=2024-01-01T00:00:00+08:00", "datetime=2024-02-01T00:00:00Z/2024-01-01T00:00:00Z"]),
    (
        400,
        &[
            "foo=1",
            "Limit=1",
            "bbox-crs=http://www.opengis.net/def/crs/EPSG/0/32650",
            "bbox-crs=",
            "filter-crs=EPSG:4326",
            "crs=x",
            "filter=a%3D1",
        ],
    ),
    (400, &["unknownQueryParameter12345=1", "=1", "limit=10&%6Cimit=10", "queryables=1", "geometry=1"]),
    (
        200,
        &[
            "name=%E5%85%AC%E5%9B%AD",
            "demo=true&version=1",
            "facilities=%E5%85%AC%E5%8E%95",
            "updated_at=2026-05-01",
            "q=%E5%85%AC%E5%9B%AD,%E7%BB%BF%E9%81%93",
            "sortby=%2Bname,-updated_at",
            "properties=name,address",
        ],
    ),
    (
        400,
        &[
            "demo=yes",
            "version=one",
            "updated_at=yesterday",
            "demo=true&demo=true",
            "q=",
            "q=%20,",
            "sortby=",
            "sortby=geometry",
            "sortby=name,name",
            "properties=colour",
            "properties=",
        ],
    ),
    (
        400,
        &[
            "filter=",
            "filter=name%20%3D",
            "filter=colour%3D'red'",
            "filter=name%3D1",
            "filter=TRUE&filter-lang=sql",
            "filter=TRUE&filter-lang=cql2-json",
            "filter=%7B%22op%22%3A1%7D&filter-lang=cql2-json",
            "filter=S_INTERSECTS(geometry,POINT(22.6%20114.4))",
        ],
    ),
    (200, &["offset=0", "offset=3", "offset=99999", "f=json", "f=html", "", "&"]),
    (
        400,
        &[
            "offset=-1",
            "offset=x",
            "offset=",
            "cursor=",
            "cursor=x",
            "cursor=r1.1.1&offset=0",
            "f=xml",
            "f=",
            "f=JSON",
        ],
    ),
];

async fn parameters_of_items_are_answered_by_the_table(app: TestApp) {
    for (status, queries) in QUERIES {
        for query in queries {
            let answer = app.get(&format!("{ITEMS}?{query}")).await;
            assert_eq!(answer.status, status, "{query}: {}", answer.text());
            if status == 400 {
                let problem = answer.problem(400, "bad_parameter");
                let is_told = problem["parameter"].is_string()
                    || problem["detail"].as_str().is_some_and(|detail| detail.contains("参数"));
                assert!(is_told, "{problem}");
            }
        }
    }
}

async fn representations_are_answered_by_the_table(app: TestApp) {
    for (accept, status, media_type) in [
        ("image/png", 406, "application/problem+json"),
        ("application/xml", 406, "application/problem+json"),
        ("text/html", 200, "text/html"),
        ("text/html;q=0.1, application/geo+json;q=0.2", 200, "application/geo+json"),
        ("text/html;q=0.2, application/geo+json;q=0.1", 200, "text/html"),
        ("application/json", 200, "application/geo+json"),
        ("*/*", 200, "application/geo+json"),
        ("image/png, */*;q=0.1", 200, "application/geo+json"),
    ] {
        let answer = accepting(&app, ITEMS, accept).await;
        assert_eq!((answer.status, answer.media_type()), (status, media_type), "{accept}");
    }
    let forced = accepting(&app, &format!("{ITEMS}?f=json"), "image/png").await;
    assert_eq!((forced.status, forced.media_type()), (200, "application/geo+json"), "f wins");
    accepting(&app, "/map", "application/geo+json").await.problem(406, "not_acceptable");
}

async fn methods_and_addresses_are_answered_by_the_table(app: TestApp) {
    app.get("/map/collections/hospital").await.problem(404, "collection_not_found");
    app.get("/map/collections/hospital/items").await.problem(404, "collection_not_found");
    app.get("/map/collections/park/items/999999999").await.problem(404, "feature_not_found");
    app.get("/map/collections/hospital/queryables").await.problem(404, "collection_not_found");
    app.get("/map/collections/park/queryable").await.problem(404, "not_found");
    app.get("/map/nowhere").await.problem(404, "not_found");
    app.request(Method::POST, ITEMS).send().await.problem(401, "login_required");
    for method in [Method::PUT, Method::DELETE] {
        let refused = app.request(method, ITEMS).send().await;
        refused.problem(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
    }
    let options = app.request(Method::OPTIONS, ITEMS).send().await;
    assert_eq!((options.status, options.header("allow")), (204, Some("GET, HEAD, OPTIONS")));
    let asked = app.request(Method::GET, ITEMS).header("origin", "https://map.example.cn").send().await;
    let exposed = asked.header("access-control-expose-headers").unwrap().to_lowercase();
    assert!(exposed.contains("link") && exposed.contains("etag"), "{exposed}");
}
