//! Tiles as they are sent: encodings, tags, what an edit changes.

use geo::Point;
use reqwest::Method;

use super::mvt::{Geometry, Value};
use super::{MIDDLE, layers, names, tile};
use crate::phone::{add, draft, id_of, replace};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_tile_has_the_layers_of_the_map_in_their_order,
    a_tile_comes_as_the_client_prefers_and_is_always_the_same,
    a_tile_that_the_client_holds_is_not_sent_again,
    where_nothing_is_to_be_seen_the_answer_is_empty,
    an_edit_shows_at_once_and_leaves_far_tiles_alone,
    a_layer_is_in_the_tiles_of_its_zooms_only,
    only_the_layers_asked_for_come_and_in_that_order,
    wrong_addresses_are_told_apart,
    the_first_page_leads_to_the_map,
);

/// The tile around a place of the tests, at zoom 16.
const STREET: &str = "16/28534/53595";
const STREET_AT: (f64, f64) = (114.411, 22.640);

async fn a_tile_has_the_layers_of_the_map_in_their_order(app: TestApp) {
    let found = layers(&tile(&app, MIDDLE).await);
    let map = app.state.map.current();
    let in_order: Vec<&str> =
        map.layers.iter().map(|layer| layer.id.as_str()).filter(|id| names(&found).contains(id)).collect();
    assert_eq!(names(&found), in_order);
    assert!(in_order.contains(&"park"), "{in_order:?}");
    for feature in found.iter().flat_map(|layer| &layer.features) {
        assert!(feature.tags.contains_key("layer") && feature.tags.contains_key("icon"));
        let is_cluster = feature.tags.contains_key("cluster");
        assert_eq!(is_cluster, feature.tags.contains_key("count"));
        assert_ne!(is_cluster, feature.tags.contains_key("name"));
        if !is_cluster {
            let id = u32::try_from(feature.id.unwrap()).unwrap();
            let place = map.snapshot.feature(id).unwrap();
            assert_eq!(feature.tags["name"], Value::Text(place.name().to_owned()));
        }
    }
}

async fn a_tile_comes_as_the_client_prefers_and_is_always_the_same(app: TestApp) {
    let asked = |encoding: &'static str| {
        let path = format!("/map/tiles/WebMercatorQuad/{MIDDLE}");
        app.request(Method::GET, &path).header("accept-encoding", encoding).send()
    };
    let plain = asked("identity").await;
    assert_eq!(plain.header("content-encoding"), None);
    assert!(plain.body.len() > 512, "large enough to be compressed");
    for (accepted, encoding) in [("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip")] {
        let first = asked(accepted).await;
        assert_eq!(first.header("content-encoding"), Some(encoding));
        assert!(first.header("vary").unwrap().contains("Accept-Encoding"));
        assert_eq!(first.body, plain.body, "compressed once, not twice");
        assert!(first.raw.len() < plain.raw.len());
        assert_ne!(first.header("etag"), plain.header("etag"), "a strong tag stands for exact bytes");
        let again = asked(accepted).await;
        assert_eq!((&again.raw, again.header("etag")), (&first.raw, first.header("etag")));
    }
}

async fn a_tile_that_the_client_holds_is_not_sent_again(app: TestApp) {
    for encoding in ["identity", "br"] {
        let path = format!("/map/tiles/WebMercatorQuad/{MIDDLE}");
        let ask = |tag: String| {
            let request = app.request(Method::GET, &path).header("accept-encoding", encoding);
            request.header("if-none-match", &tag).send()
        };
        let first = ask("\"other\"".to_owned()).await;
        assert_eq!(first.status, 200);
        let tag = first.header("etag").unwrap().to_owned();
        assert!(tag.starts_with('"'), "{tag} is strong");
        let second = ask(tag.clone()).await;
        assert_eq!((second.status, second.body.len()), (304, 0));
        assert_eq!(second.header("etag"), Some(tag.as_str()));
        assert_eq!(second.header("cache-control"), Some("public, max-age=0, must-revalidate"));
    }
}

async fn where_nothing_is_to_be_seen_the_answer_is_empty(app: TestApp) {
    for path in [
        "/map/tiles/WebMercatorQuad/12/0/0",
        "/map/tiles/WebMercatorQuad/20/1048575/1048575",
        "/map/collections/park/tiles/WebMercatorQuad/12/0/0",
    ] {
        let empty = app.get(path).await;
        assert_eq!((empty.status, empty.body.len()), (204, 0), "{path}");
        assert_eq!(empty.header("cache-control"), Some("public, max-age=0, must-revalidate"));
    }
}

async fn an_edit_shows_at_once_and_leaves_far_tiles_alone(app: TestApp) {
    let far_draft = || draft("远处的小屋", 113.8, 22.7);
    add(&app, vec![far_draft()]).await;
    let far = "16/28523/53484";
    let held = tile(&app, far).await;
    assert_eq!(layers(&held)[0].features[0].tags["name"], Value::Text("远处的小屋".into()));

    add(&app, vec![draft("新的小屋", STREET_AT.0, STREET_AT.1)]).await;
    let seen = layers(&tile(&app, STREET).await);
    let all =
        |layers: &[super::Layer]| layers.iter().flat_map(|layer| layer.features.clone()).collect::<Vec<_>>();
    let named = |layers: &[super::Layer], name: &str| {
        all(layers)
            .into_iter()
            .find(|feature| feature.tags.get("name") == Some(&Value::Text(name.to_owned())))
    };
    let hut = named(&seen, "新的小屋").unwrap();
    let id = id_of(&app, "新的小屋").await;
    assert_eq!(hut.id, u64::try_from(id).ok());
    assert_eq!(hut.tags["region_code"], Value::Text("440307009001".into()));

    // The same place, moved by about 5 m and renamed: no client may see it as it was.
    replace(&app, id, draft("改名的小屋", STREET_AT.0 + 0.000_05, STREET_AT.1)).await;
    let seen = layers(&tile(&app, STREET).await);
    assert!(named(&seen, "新的小屋").is_none());
    let moved = named(&seen, "改名的小屋").unwrap();
    let (Geometry::Points(before), Geometry::Points(after)) = (&hut.geometry, &moved.geometry) else {
        panic!()
    };
    assert!(after[0][0] > before[0][0] && after[0][1] == before[0][1]);

    let again = tile(&app, far).await;
    assert_eq!(again.header("etag"), held.header("etag"));
}

async fn a_layer_is_in_the_tiles_of_its_zooms_only(app: TestApp) {
    let map = app.state.map.current();
    let limited = map.layers.iter().find(|layer| layer.min_zoom > 0 && layer.min_zoom < 15).unwrap();
    let places = app.get(&format!("/map/collections/{}/items?limit=1", limited.id)).await.ok();
    let id = u32::try_from(places["features"][0]["id"].as_u64().unwrap()).unwrap();
    let extent = geodata::Bbox::of(map.snapshot.feature(id).unwrap().geometry().unwrap()).unwrap();
    let at = |zoom: u8| {
        let tiles = f64::from(1_u32 << zoom);
        let sine = extent.south.to_radians().sin();
        let y = 0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * std::f64::consts::PI);
        format!("{zoom}/{}/{}", (y * tiles).floor(), ((extent.west + 180.0) / 360.0 * tiles).floor())
    };
    let of_layer = |zoom: u8| format!("/map/collections/{}/tiles/WebMercatorQuad/{}", limited.id, at(zoom));
    assert_eq!(app.get(&of_layer(limited.min_zoom - 1)).await.status, 204);
    assert_eq!(app.get(&of_layer(limited.min_zoom)).await.status, 200);
}

async fn only_the_layers_asked_for_come_and_in_that_order(app: TestApp) {
    let both = tile(&app, &format!("{MIDDLE}?collections=park,health_hut")).await;
    let other_way = tile(&app, &format!("{MIDDLE}?collections=health_hut,park")).await;
    let (both, other_way) = (layers(&both), layers(&other_way));
    assert_eq!(names(&both), ["park", "health_hut"]);
    assert_eq!(names(&other_way), ["health_hut", "park"]);
    assert_eq!(both[0], other_way[1]);
    let one = app.get(&format!("/map/collections/park/tiles/WebMercatorQuad/{MIDDLE}")).await;
    assert_eq!(layers(&one), both[..1]);
    let twice = tile(&app, &format!("{MIDDLE}?collections=park,park")).await;
    assert_eq!(layers(&twice), both[..1]);
    for wrong in ["collections=", "collections=park,", "collections=hospital", "collections=Park"] {
        let problem = tile(&app, &format!("{MIDDLE}?{wrong}")).await.problem(400, "bad_parameter");
        assert_eq!(problem["parameter"], "collections", "{wrong}");
    }
    tile(&app, &format!("{MIDDLE}?collections=park&collections=trail")).await.problem(400, "bad_parameter");
    tile(&app, &format!("{MIDDLE}?layers=park")).await.problem(400, "bad_parameter");
}

async fn wrong_addresses_are_told_apart(app: TestApp) {
    for outside in
        ["21/0/0", "0/1/0", "0/0/1", "3/8/0", "3/0/8", "99999999999999999999999/0/0", "3/4294967296/0"]
    {
        let problem = tile(&app, outside).await.problem(404, "tile_not_found");
        assert!(problem["detail"].as_str().unwrap().contains("超出"), "{problem}");
    }
    for wrong in ["x/0/0", "3/-1/0", "3/0/1.5", "3/+1/0", "%20/0/0", "3/0/0.mvt", "0x1/0/0"] {
        tile(&app, wrong).await.problem(400, "bad_parameter");
    }
    app.get("/map/tiles/WorldCRS84Quad/0/0/0").await.problem(404, "tile_matrix_set_not_found");
    app.get("/map/tiles/WorldCRS84Quad").await.problem(404, "tile_matrix_set_not_found");
    app.get("/map/tileMatrixSets/WorldCRS84Quad").await.problem(404, "tile_matrix_set_not_found");
    app.get("/map/collections/hospital/tiles/WebMercatorQuad/0/0/0")
        .await
        .problem(404, "collection_not_found");
    app.get("/map/collections/hospital/tiles").await.problem(404, "collection_not_found");
    let refused = app.request(Method::POST, "/map/tiles/WebMercatorQuad/0/0/0").send().await;
    refused.problem(405, "method_not_allowed");
    assert_eq!(refused.header("allow"), Some("GET, HEAD, OPTIONS"));
    let head = app.request(Method::HEAD, &format!("/map/tiles/WebMercatorQuad/{MIDDLE}")).send().await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    app.get("/map/style.json?labels=big").await.problem(400, "bad_parameter");
}

async fn the_first_page_leads_to_the_map(app: TestApp) {
    let first = app.get("/").await;
    assert_eq!(
        (first.status, first.header("location")),
        (302, Some(format!("{}/map", app.base_url).as_str()))
    );
    let page =
        app.request(Method::GET, first.header("location").unwrap()).header("accept", "text/html").send();
    assert!(page.await.text().contains("<h1"));
}

#[test]
fn the_street_is_on_its_tile() {
    let point = Point::new(STREET_AT.0, STREET_AT.1);
    let column = (point.x() + 180.0) / 360.0 * 65_536.0;
    assert_eq!(STREET, format!("16/28534/{}", column.floor()));
}
