//! Landing page, conformance declaration and collections (Annex A.2.1 to A.2.6).

use geodata::Bbox;
use reqwest::{Method, Version};
use serde_json::Value;

use super::{
    RESOURCES, accepting, assert_own_links, collections, features, href, links, place, publish, text,
};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    ats_core_http,
    ats_core_root_op,
    ats_core_root_success,
    ats_core_conformance_op,
    ats_core_conformance_success,
    ats_core_fc_md_op,
    ats_core_fc_md_success,
    ats_core_fc_md_links,
    ats_core_fc_md_items,
    ats_core_fc_md_items_links,
    ats_core_fc_md_extent,
    ats_core_fc_md_extent_multi,
    ats_core_sfc_md_op,
    ats_core_sfc_md_success,
    every_body_link_is_mirrored_in_the_header_and_leads_somewhere,
    links_carry_the_public_address,
);

async fn ats_core_http(app: TestApp) {
    for path in RESOURCES {
        let get = app.get(path).await;
        assert_eq!((get.status, get.version), (200, Version::HTTP_11), "{path}");
        let head = app.request(Method::HEAD, path).send().await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        for name in ["content-type", "content-length", "etag", "cache-control", "vary", "link"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
        // What staff may do with places, and nobody else (Part 4).
        let (allow, by_staff) = match path.rsplit('/').next() {
            Some("items") => ("GET, POST, HEAD, OPTIONS", vec![Method::POST]),
            Some("11") => {
                let methods = vec![Method::PUT, Method::DELETE, Method::PATCH];
                ("GET, PUT, PATCH, DELETE, HEAD, OPTIONS", methods)
            }
            _ => ("GET, HEAD, OPTIONS", Vec::new()),
        };
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let refused = app.request(method.clone(), path).send().await;
            if by_staff.contains(&method) {
                refused.problem(401, "login_required");
                continue;
            }
            refused.problem(405, "method_not_allowed");
            assert_eq!(refused.header("allow"), Some(allow), "{path}");
        }
    }
}

async fn ats_core_root_op(app: TestApp) {
    assert_eq!(app.get("/map").await.media_type(), "application/json");
}

async fn ats_core_root_success(app: TestApp) {
    let landing = app.get("/map").await.ok();
    assert_own_links(&landing, "application/json");
    assert_eq!(landing["title"], "葵涌街道健康地图");
    let openapi = "application/vnd.oai.openapi+json;version=3.0";
    assert!(href(&landing, "service-desc", openapi).ends_with("/map/api"));
    assert!(href(&landing, "service-doc", "text/html").ends_with("/map/api?f=html"));
    assert!(href(&landing, "conformance", "application/json").ends_with("/map/conformance"));
    assert!(href(&landing, "data", "application/json").ends_with("/map/collections"));
}

async fn ats_core_conformance_op(app: TestApp) {
    assert_eq!(app.get("/map/conformance").await.media_type(), "application/json");
}

async fn ats_core_conformance_success(app: TestApp) {
    let declared = app.get("/map/conformance").await.ok();
    let classes: Vec<&str> =
        declared["conformsTo"].as_array().unwrap().iter().map(|class| class.as_str().unwrap()).collect();
    for class in ["core", "geojson", "html", "oas30"] {
        let class = format!("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{class}");
        assert!(classes.contains(&class.as_str()), "{class}");
    }
}

async fn ats_core_fc_md_op(app: TestApp) {
    assert_eq!(app.get("/map/collections").await.media_type(), "application/json");
}

async fn ats_core_fc_md_success(app: TestApp) {
    let all = collections(&app).await;
    let ids: Vec<&str> = all.iter().map(|collection| text(collection, "id")).collect();
    let layers = app.state.map.current().layers.iter().map(|layer| layer.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids, layers, "in display order");
    assert!(ids.len() >= 11 && ids.contains(&"park") && ids.contains(&"health_hut"));
}

async fn ats_core_fc_md_links(app: TestApp) {
    assert_own_links(&app.get("/map/collections").await.ok(), "application/json");
}

async fn ats_core_fc_md_items(app: TestApp) {
    for collection in collections(&app).await {
        assert_eq!(collection["itemType"], "feature");
        assert_eq!(collection["crs"][0], "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
        assert!(!text(&collection, "title").is_empty() && !text(&collection, "description").is_empty());
    }
}

async fn ats_core_fc_md_items_links(app: TestApp) {
    for collection in collections(&app).await {
        assert!(links(&collection, "items").iter().all(|link| link["type"].is_string()));
        let items = href(&collection, "items", "application/geo+json");
        assert!(items.ends_with("/items"), "the test suite appends the feature's id to {items}");
        assert_eq!(app.get(items).await.media_type(), "application/geo+json");
        let page = app.get(href(&collection, "items", "text/html")).await;
        assert_eq!((page.status, page.media_type()), (200, "text/html"));
    }
}

async fn ats_core_fc_md_extent(app: TestApp) {
    let far = geo::Point::new(-122.419_415_5, 37.774_929_5);
    publish(&app, vec![place("peak", "远方的山", far)]).await;
    for collection in collections(&app).await {
        let spatial = &collection["extent"]["spatial"];
        assert_eq!(spatial["crs"], "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
        let sides: Vec<f64> =
            spatial["bbox"][0].as_array().unwrap().iter().map(|side| side.as_f64().unwrap()).collect();
        let [west, south, east, north] = sides[..] else { panic!("four numbers, not {sides:?}") };
        for feature in features(&app, text(&collection, "id")).await {
            for (lon, lat) in positions(&feature["geometry"]["coordinates"]) {
                assert!(
                    west <= lon && lon <= east && south <= lat && lat <= north,
                    "{feature} is outside {sides:?}"
                );
            }
        }
    }
}

async fn ats_core_fc_md_extent_multi(app: TestApp) {
    for collection in collections(&app).await {
        let boxes = collection["extent"]["spatial"]["bbox"].as_array().unwrap();
        assert_eq!(boxes.len(), 1, "one box, so the rule for several holds");
        let tight: Vec<f64> =
            boxes[0].as_array().unwrap().iter().map(|side| side.as_f64().unwrap()).collect();
        let outside = Bbox::new(tight[0], (tight[3] + 0.1).min(90.0), tight[2], 90.0).unwrap();
        let found =
            app.get(&format!("/map/collections/{}/items?bbox={outside}", text(&collection, "id"))).await.ok();
        assert_eq!(found["numberMatched"], 0);
    }
    app.get("/map/collections/peak").await.ok();
}

async fn ats_core_sfc_md_op(app: TestApp) {
    for collection in collections(&app).await {
        let one = app.get(&format!("/map/collections/{}", text(&collection, "id"))).await;
        assert_eq!((one.status, one.media_type()), (200, "application/json"));
    }
    app.get("/map/collections/hospital").await.problem(404, "collection_not_found");
}

async fn ats_core_sfc_md_success(app: TestApp) {
    for listed in collections(&app).await {
        let one = app.get(&format!("/map/collections/{}", text(&listed, "id"))).await.ok();
        for name in ["id", "title", "description", "extent", "itemType", "crs"] {
            assert_eq!(one[name], listed[name], "{name}");
        }
        assert_own_links(&one, "application/json");
        for link in listed["links"].as_array().unwrap() {
            let same = |other: &Value| other["rel"] == link["rel"] && other["href"] == link["href"];
            assert!(one["links"].as_array().unwrap().iter().any(same), "{link} is missing");
        }
    }
}

async fn every_body_link_is_mirrored_in_the_header_and_leads_somewhere(app: TestApp) {
    for path in [
        "/map",
        "/map/collections",
        "/map/collections/park",
        "/map/collections/park/items?limit=2&offset=1",
        "/map/collections/park/items/11",
    ] {
        let answer = app.get(path).await;
        let header = answer.header("link").unwrap().to_owned();
        for link in answer.ok()["links"].as_array().unwrap() {
            let (href, rel, media_type) = (text(link, "href"), text(link, "rel"), text(link, "type"));
            // Files that can be had are named in the body only: with a long query each, they outgrow a header.
            let is_file = rel == "alternate" && media_type != "text/html";
            assert!(
                is_file || header.contains(&format!("<{href}>; rel=\"{rel}\"; type=\"{media_type}\"")),
                "{link} in {header}"
            );
            let target = accepting(&app, href, media_type).await;
            assert_eq!(target.status, 200, "{href}");
            let essence = media_type.split(';').next().unwrap();
            assert_eq!(target.media_type(), essence, "{href}");
        }
    }
}

async fn links_carry_the_public_address(app: TestApp) {
    let asked = |host: &'static str| {
        app.request(Method::GET, "/map/collections/park/items?limit=1").header("host", host).send()
    };
    let (one, other) = (asked("health.example.cn").await, asked("[::1]:8080").await);
    assert!(href(&one.ok(), "self", "application/geo+json").starts_with("http://health.example.cn/map/"));
    assert!(href(&other.ok(), "self", "application/geo+json").starts_with("http://[::1]:8080/map/"));
    assert_ne!(one.header("etag"), other.header("etag"), "a strong tag stands for exact bytes");
}

fn positions(coordinates: &Value) -> Vec<(f64, f64)> {
    let Some(items) = coordinates.as_array() else { return Vec::new() };
    match items.as_slice() {
        [lon, lat, ..] if lon.is_number() => vec![(lon.as_f64().unwrap(), lat.as_f64().unwrap())],
        parts => parts.iter().flat_map(positions).collect(),
    }
}
