//! Part 4: create, replace, update, delete, and locking by entity tags.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    GEO_JSON, ITEMS, MERGE_PATCH, delete, number, patch, place, pointers, post, published, publisher, put,
    send, tag_of,
};
use crate::access::{ELSEWHERE, HERE};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_place_is_written_in_the_zone_of_the_district,
    post_answers_with_the_address_of_a_place_that_is_there,
    put_replaces_what_is_there_and_the_answer_is_what_a_get_shows,
    what_was_read_and_is_put_back_changes_nothing,
    every_seeded_place_can_be_put_back_as_it_was_read,
    patch_changes_what_it_names_and_nothing_else,
    delete_takes_a_place_off_the_map_and_keeps_it,
    an_edit_names_the_version_it_was_made_on,
    the_tag_of_every_representation_locks,
    options_tell_what_the_caller_may_do,
    callers_without_the_right_are_refused,
    bodies_that_are_wrong_are_refused_with_the_place_of_every_fault,
    geometries_are_judged_as_in_imports,
    other_media_types_and_reference_systems_are_refused,
    a_place_of_twenty_thousand_vertices_is_taken_and_a_body_of_two_megabytes_is_not,
    a_session_like_that_of_a_gis_program,
    the_definition_tells_how_to_log_in,
);

async fn post_answers_with_the_address_of_a_place_that_is_there(app: TestApp) {
    let caller = publisher(&app).await;
    let answer = post(&caller, &place("金业路健身点", 114.4203, 22.6335)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let body = answer.json();
    let address = answer.header("location").unwrap();
    assert_eq!(address, format!("{}{ITEMS}/{}", app.base_url, body["id"]));
    let shown = app.get(address.strip_prefix(&app.base_url).unwrap()).await;
    assert_eq!(shown.header("etag"), answer.header("etag"));
    let shown = shown.ok();
    assert_eq!(shown["properties"], body["properties"]);
    assert_eq!(shown["properties"]["surface"], "塑胶");
    assert_eq!(shown["properties"]["version"], 1);
    assert_eq!(shown["properties"]["source"], "工作人员绘制");
    assert_eq!(shown["geometry"]["coordinates"], json!([114.4203, 22.6335]));
    let listed = app.get(&format!("{ITEMS}?limit=1000")).await.ok();
    assert!(listed["features"].as_array().unwrap().iter().any(|one| one["id"] == body["id"]));
    let phone = app.get(&format!("/api/v1/map/features/{}", body["id"])).await.ok();
    assert_eq!(phone["name"], "金业路健身点");
    let found = app.get("/api/v1/search?q=金业路健身点").await.ok();
    assert!(found.to_string().contains("金业路健身点"));
}

async fn put_replaces_what_is_there_and_the_answer_is_what_a_get_shows(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, id) = published(&caller, &place("旧名健身点", 114.4203, 22.6335)).await;
    let mut body = place("新名健身点", 114.4204, 22.6336);
    body["properties"].as_object_mut().unwrap().remove("phone");
    body["properties"]["surface"] = json!("沙地");
    let tag = tag_of(&app, &path).await;
    let answer = put(&caller, &path, &tag, &body).await;
    let replaced = answer.ok();
    assert_ne!(answer.header("etag"), Some(tag.as_str()));
    let shown = app.get(&path).await;
    assert_eq!(shown.header("etag"), answer.header("etag"));
    assert_eq!(shown.ok()["properties"], replaced["properties"]);
    assert_eq!(replaced["id"], id);
    assert_eq!(replaced["properties"]["name"], "新名健身点");
    assert_eq!(replaced["properties"]["phone"], Value::Null);
    assert_eq!(replaced["properties"]["surface"], "沙地");
    assert_eq!(replaced["properties"]["version"], 2);
    assert_eq!(replaced["geometry"]["coordinates"], json!([114.4204, 22.6336]));

    for missing in [format!("{ITEMS}/999999"), format!("/map/collections/park/items/{id}")] {
        for tag in [tag.as_str(), "*"] {
            for refused in [
                put(&caller, &missing, tag, &body).await,
                patch(&caller, &missing, tag, &json!({"properties": {"surface": null}})).await,
                delete(&caller, &missing, tag).await,
            ] {
                let problem = refused.problem(412, "stale_version");
                assert!(problem["detail"].as_str().unwrap().contains("已经不在了"), "{problem}");
                assert_eq!(refused.header("etag"), None);
            }
        }
    }
    body["id"] = json!(id + 1);
    let tag = tag_of(&app, &path).await;
    let other = put(&caller, &path, &tag, &body).await.problem(422, "invalid");
    assert_eq!(pointers(&other), ["/id"]);
}

async fn what_was_read_and_is_put_back_changes_nothing(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, _) = published(&caller, &place("原样健身点", 114.4203, 22.6335)).await;
    let revision = app.get("/api/v1/map/layers").await.ok()["revision"].clone();
    let read = app.get(&path).await;
    let tag = read.header("etag").unwrap().to_owned();
    let answer = put(&caller, &path, &tag, &read.json()).await;
    assert_eq!(answer.ok()["properties"]["version"], 1);
    assert_eq!(answer.header("etag"), Some(tag.as_str()));
    // As a GIS program writes it: no number, every field of the layer, numbers for truth values.
    let mut written = read.json();
    let members = written.as_object_mut().unwrap();
    members.remove("id");
    members.remove("links");
    for unset in ["area_ha", "note", "region", "updated_at"] {
        written["properties"][unset] = Value::Null;
    }
    written["properties"]["demo"] = json!(0);
    assert_eq!(put(&caller, &path, &tag, &written).await.ok()["properties"]["version"], 1);
    assert_eq!(app.get("/api/v1/map/layers").await.ok()["revision"], revision);
}

async fn every_seeded_place_can_be_put_back_as_it_was_read(app: TestApp) {
    let root = app.state.regions.current().root().unwrap().to_owned();
    let caller = app.staff("region_admin", &root).await;
    for layer in app.get("/map/collections").await.ok()["collections"].as_array().unwrap() {
        let items = format!("/map/collections/{}/items", layer["id"].as_str().unwrap());
        let listed = app.get(&format!("{items}?limit=1000")).await.ok();
        for feature in listed["features"].as_array().unwrap() {
            let path = format!("{items}/{}", feature["id"]);
            let tag = tag_of(&app, &path).await;
            let answer = put(&caller, &path, &tag, feature).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            assert_eq!(answer.header("etag"), Some(tag.as_str()), "{path}");
        }
    }
}

async fn patch_changes_what_it_names_and_nothing_else(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, id) = published(&caller, &place("补丁健身点", 114.4203, 22.6335)).await;
    let body = json!({"properties": {"phone": null, "surface": "草地", "entrances": [
        {"name": "东门", "kind": "main", "lon": 114.4203, "lat": 22.6335}
    ]}});
    let patched = patch(&caller, &path, &tag_of(&app, &path).await, &body).await.ok();
    assert_eq!(patched["properties"]["phone"], Value::Null);
    assert_eq!(patched["properties"]["surface"], "草地");
    assert_eq!(patched["properties"]["name"], "补丁健身点");
    assert_eq!(patched["properties"]["opening_hours"], "Mo-Su 06:00-22:00");
    let phone = app.get(&format!("/api/v1/map/features/{id}")).await.ok();
    assert_eq!(phone["entrances"][0]["name"], "东门");

    let moved = json!({"geometry": {"type": "Point", "coordinates": [114.421, 22.634]}});
    let moved = patch(&caller, &path, &tag_of(&app, &path).await, &moved).await.ok();
    assert_eq!(moved["geometry"]["coordinates"], json!([114.421, 22.634]));
    let phone = app.get(&format!("/api/v1/map/features/{id}")).await.ok();
    assert_eq!(phone["entrances"][0]["name"], "东门", "the entrances stay");

    let tag = tag_of(&app, &path).await;
    let renumbered = patch(&caller, &path, &tag, &json!({"id": 5})).await;
    assert_eq!(pointers(&renumbered.problem(422, "invalid")), ["/id"]);
    let unplaced = patch(&caller, &path, &tag, &json!({"geometry": null})).await;
    assert_eq!(pointers(&unplaced.problem(422, "invalid")), ["/geometry"]);
    let nameless = patch(&caller, &path, &tag, &json!({"properties": {"name": null}})).await;
    assert_eq!(pointers(&nameless.problem(422, "invalid")), ["/properties/name"]);
    let nothing = patch(&caller, &path, &tag, &json!({})).await;
    assert_eq!(nothing.ok()["properties"]["version"], 3);
}

async fn delete_takes_a_place_off_the_map_and_keeps_it(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, id) = published(&caller, &place("要拆的健身点", 114.4203, 22.6335)).await;
    let before = app.get("/api/v1/map/layers").await.ok()["revision"].clone();
    let tag = tag_of(&app, &path).await;
    assert_eq!(delete(&caller, &path, &tag).await.status, 204);
    app.get(&path).await.problem(404, "feature_not_found");
    app.get(&format!("/api/v1/map/features/{id}")).await.problem(404, "feature_not_found");
    let changes = app.get(&format!("/api/v1/map/changes?since={before}")).await.ok();
    assert_eq!(changes["items"][0]["id"], id);
    assert_eq!(changes["items"][0]["deleted"], true);
    for again in
        [delete(&caller, &path, &tag).await, put(&caller, &path, &tag, &place("x", 114.42, 22.63)).await]
    {
        again.problem(412, "stale_version");
    }
    let history = caller.get(&format!("/api/v1/map/features/{id}/history")).await.ok();
    assert_eq!(history["items"][0]["status"], "retired");
    assert_eq!(history["items"][1]["status"], "published");
}

async fn an_edit_names_the_version_it_was_made_on(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, _) = published(&caller, &place("锁健身点", 114.4203, 22.6335)).await;
    let stale = tag_of(&app, &path).await;
    let body = place("锁健身点二", 114.4203, 22.6335);
    for (method, media_type) in
        [(Method::PUT, GEO_JSON), (Method::PATCH, MERGE_PATCH), (Method::DELETE, GEO_JSON)]
    {
        send(&caller, method, &path, media_type, &body).await.problem(428, "version_required");
    }
    let fresh = put(&caller, &path, &stale, &body).await.header("etag").unwrap().to_owned();
    for refused in [
        put(&caller, &path, &stale, &place("锁健身点三", 114.4203, 22.6335)).await,
        patch(&caller, &path, &stale, &json!({"properties": {"surface": null}})).await,
        delete(&caller, &path, &stale).await,
        // Even what would change nothing was not made on what is there.
        put(&caller, &path, &stale, &body).await,
    ] {
        let problem = refused.problem(412, "stale_version");
        assert_eq!(problem["version"], 2);
        assert_eq!(problem["changed_by"], "测试员");
        assert_eq!(refused.header("etag"), Some("\"2\""));
    }
    put(&caller, &path, "2", &body).await.problem(400, "bad_if_match");
    put(&caller, &path, "\"x\"", &body).await.problem(412, "stale_version");
    assert_eq!(put(&caller, &path, &format!("\"nothing\", {fresh}"), &body).await.status, 200);
    // The tag of the problem, which names the version alone, and `*`, for whoever does not care.
    let third = put(&caller, &path, "\"2\"", &place("锁健身点三", 114.4203, 22.6335)).await.ok();
    assert_eq!(third["properties"]["version"], 3);
    assert_eq!(delete(&caller, &path, "*").await.status, 204);
}

async fn the_tag_of_every_representation_locks(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, _) = published(&caller, &place("多样健身点", 114.4203, 22.6335)).await;
    let json_tag = tag_of(&app, &path).await;
    let with = |name: &'static str, value: &'static str| {
        let (app, path) = (app.clone(), path.clone());
        async move {
            let answer = app.request(Method::GET, &path).header(name, value).send().await;
            answer.header("etag").unwrap().to_owned()
        }
    };
    let page = with("accept", "text/html").await;
    let compressed = with("accept-encoding", "br").await;
    assert_ne!(page, json_tag);
    for (version, tag) in (1..).zip([page, json_tag.clone()]) {
        let tag = if version == 1 { tag } else { tag_of(&app, &path).await };
        let body = place(&format!("多样健身点{version}"), 114.4203, 22.6335);
        assert_eq!(put(&caller, &path, &tag, &body).await.ok()["properties"]["version"], version + 1);
    }
    // A tag of an older version in any form is stale, also weak.
    for old in [compressed, json_tag.clone(), format!("W/{json_tag}")] {
        delete(&caller, &path, &old).await.problem(412, "stale_version");
    }
    let weak = format!("W/{}", tag_of(&app, &path).await);
    assert_eq!(delete(&caller, &path, &weak).await.status, 204);
}

async fn options_tell_what_the_caller_may_do(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, _) = published(&caller, &place("选项健身点", 114.4203, 22.6335)).await;
    let neighbour = app.staff("editor", ELSEWHERE).await;
    let supervisor = app.staff("supervisor", HERE).await;
    let (read, write) = ("GET, HEAD, OPTIONS", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    let add = "GET, HEAD, POST, OPTIONS";
    for (who, items, item) in [
        (None, read, read),
        (Some(&supervisor), read, read),
        (Some(&neighbour), add, read),
        (Some(&caller), add, write),
    ] {
        for (path, allow) in [(ITEMS, items), (path.as_str(), item)] {
            let request = match who {
                Some(caller) => caller.request(Method::OPTIONS, path),
                None => app.request(Method::OPTIONS, path),
            };
            let answer = request.send().await;
            assert_eq!((answer.status, answer.header("allow")), (204, Some(allow)), "{path}");
        }
    }
    let answer = caller.request(Method::OPTIONS, &path).send().await;
    assert_eq!(answer.header("accept-patch"), Some(MERGE_PATCH));
    let unknown = caller.request(Method::OPTIONS, &format!("{ITEMS}/999999")).send().await;
    unknown.problem(404, "feature_not_found");
    let wrong = caller.request(Method::DELETE, ITEMS).send().await;
    wrong.problem(405, "method_not_allowed");
}

async fn callers_without_the_right_are_refused(app: TestApp) {
    let caller = publisher(&app).await;
    let body = place("谁的健身点", 114.4203, 22.6335);
    let (path, _) = published(&caller, &body).await;
    let tag = tag_of(&app, &path).await;
    let anonymous = app.request(Method::POST, ITEMS).header("content-type", GEO_JSON).body(body.to_string());
    anonymous.send().await.problem(401, "login_required");
    let resident = app.resident("li").await;
    post(&resident, &body).await.problem(403, "wrong_account_kind");
    let neighbour = app.staff("region_admin", ELSEWHERE).await;
    put(&neighbour, &path, &tag, &body).await.problem(403, "another_region");
    delete(&neighbour, &path, &tag).await.problem(403, "another_region");
    post(&neighbour, &body).await.problem(403, "another_region");
    // Nor may somebody move a place into another's region.
    let mut moved = body.clone();
    moved["properties"]["region_code"] = json!(ELSEWHERE);
    put(&caller, &path, &tag, &moved).await.problem(403, "another_region");
    let reviewer = app.staff("reviewer", HERE).await;
    post(&reviewer, &body).await.problem(403, "not_permitted");
}

async fn bodies_that_are_wrong_are_refused_with_the_place_of_every_fault(app: TestApp) {
    let caller = publisher(&app).await;
    let raw = |body: &'static str| {
        let request = caller.request(Method::POST, ITEMS).header("content-type", GEO_JSON);
        async move { request.body(body).send().await }
    };
    for body in ["", "{", "[]", "null", "{\"type\":\"Feature\"}}"] {
        raw(body).await.problem(400, "bad_json");
    }
    let mut deep = String::from("{\"a\":");
    deep.push_str(&"[".repeat(10_000));
    let deep = caller.request(Method::POST, ITEMS).header("content-type", GEO_JSON).body(deep).send().await;
    deep.problem(400, "bad_json");
    let wrong = json!({
        "type": "feature",
        "crs": {"type": "name", "properties": {"name": "EPSG:3857"}},
        "geometry": {"type": "Point", "coordinates": ["a", 1]},
        "properties": {"layer": "park", "phone": 110, "facilities": "单杠", "demo": "是"},
    });
    let problem = post(&caller, &wrong).await.problem(422, "invalid");
    let told = pointers(&problem);
    for pointer in [
        "/type",
        "/crs",
        "/geometry",
        "/properties/layer",
        "/properties/name",
        "/properties/phone",
        "/properties/facilities",
        "/properties/demo",
    ] {
        assert!(told.contains(&pointer), "{pointer} is missing in {problem}");
    }
    let mut nul = place("空字符", 114.4203, 22.6335);
    nul["properties"]["note"] = json!("a\u{0}b");
    assert_eq!(pointers(&post(&caller, &nul).await.problem(422, "invalid")), ["/properties"]);
    let mut nowhere = place("区划不对", 114.4203, 22.6335);
    nowhere["properties"]["region_code"] = json!("110101001001");
    let problem = post(&caller, &nowhere).await.problem(422, "invalid");
    assert!(pointers(&problem).contains(&"/properties/region_code"), "{problem}");
    let lost = send(&caller, Method::POST, "/map/collections/nothing/items", GEO_JSON, &nowhere).await;
    lost.problem(404, "collection_not_found");
}

async fn geometries_are_judged_as_in_imports(app: TestApp) {
    let caller = publisher(&app).await;
    for (geometry, code) in [
        (json!(null), "no_position"),
        (json!({"type": "Point", "coordinates": [22.6335, 114.4203]}), "axes_swapped"),
        (json!({"type": "Point", "coordinates": [0, 0]}), "zero_position"),
        (json!({"type": "Point", "coordinates": [12_737_000.0, 2_586_000.0]}), "projected"),
        (json!({"type": "Point", "coordinates": [116.4, 39.9]}), "outside_region"),
        (json!({"type": "Point", "coordinates": [114.42, 95]}), "geometry"),
        (json!({"type": "LineString", "coordinates": [[114.42, 22.63], [114.43, 22.63]]}), "wrong_kind"),
        (json!({"type": "GeometryCollection", "geometries": []}), "wrong_kind"),
        (
            json!({"type": "Polygon", "coordinates": [[[114.42, 22.63], [114.43, 22.63], [114.43, 22.64]]]}),
            "geometry",
        ),
        (
            json!({"type": "Polygon", "coordinates": [[
                [114.42, 22.63], [114.43, 22.64], [114.43, 22.63], [114.42, 22.64], [114.42, 22.63]
            ]]}),
            "invalid_geometry",
        ),
        (json!({"type": "Circle", "coordinates": [114.42, 22.63]}), "geometry"),
    ] {
        let mut body = place("形状不对", 114.42, 22.63);
        body["geometry"] = geometry.clone();
        let problem = post(&caller, &body).await.problem(422, "invalid");
        let codes: Vec<&str> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["code"].as_str().unwrap())
            .collect();
        assert!(codes.contains(&code), "{geometry}: {problem}");
        assert!(pointers(&problem).contains(&"/geometry"), "{problem}");
    }
}

async fn other_media_types_and_reference_systems_are_refused(app: TestApp) {
    let caller = publisher(&app).await;
    let body = place("类型健身点", 114.4203, 22.6335);
    let (path, _) = published(&caller, &body).await;
    for (method, path, media_type) in [
        (Method::POST, ITEMS, "application/xml"),
        (Method::POST, ITEMS, MERGE_PATCH),
        (Method::PUT, path.as_str(), "text/plain"),
        (Method::PATCH, path.as_str(), GEO_JSON),
        (Method::PATCH, path.as_str(), "application/json"),
    ] {
        let request =
            caller.request(method, path).header("content-type", media_type).header("if-match", "\"1\"");
        request.body(body.to_string()).send().await.problem(415, "unsupported_media_type");
    }
    let with_crs = |crs: &'static str| {
        let request = caller.request(Method::POST, ITEMS).header("content-type", "application/json");
        request.header("content-crs", crs).body(body.to_string())
    };
    let projected = with_crs("<http://www.opengis.net/def/crs/EPSG/0/31466>").send().await;
    projected.problem(400, "bad_content_crs");
    let plain = with_crs("<http://www.opengis.net/def/crs/OGC/1.3/CRS84>").send().await;
    assert_eq!(plain.status, 201, "{}", plain.text());
}

async fn a_place_of_twenty_thousand_vertices_is_taken_and_a_body_of_two_megabytes_is_not(app: TestApp) {
    let caller = publisher(&app).await;
    let ring = |vertices: u32| {
        let mut ring: Vec<Value> = (0..vertices)
            .map(|step| {
                let angle = f64::from(step) / f64::from(vertices) * std::f64::consts::TAU;
                json!([(114.4203 + 0.002 * angle.cos()), (22.6335 + 0.002 * angle.sin())])
            })
            .collect();
        ring.push(ring[0].clone());
        json!({"type": "Polygon", "coordinates": [ring]})
    };
    let mut large = place("很圆的场地", 114.4203, 22.6335);
    large["geometry"] = ring(20_000);
    let answer = post(&caller, &large).await;
    assert_eq!(answer.status, 201, "{}", &answer.text()[..200]);
    let shown = app.get(&format!("{ITEMS}/{}", answer.json()["id"])).await.ok();
    let vertices = shown["geometry"]["coordinates"][0].as_array().unwrap().len();
    assert!(vertices > 10_000, "{vertices}");
    large["properties"]["note"] = json!("x".repeat(2_000_000));
    post(&caller, &large).await.problem(413, "payload_too_large");
}

/// Open a layer, see what may be done, draw, move, be overtaken, delete.
async fn a_session_like_that_of_a_gis_program(app: TestApp) {
    let (officer, colleague) = (publisher(&app).await, app.staff("region_admin", HERE).await);
    let landing = app.get("/map").await.ok();
    assert!(landing["links"].as_array().unwrap().iter().any(|link| link["rel"] == "data"));
    let declared = app.get("/map/conformance").await.ok();
    for class in ["create-replace-delete", "update", "optimistic-locking-etags", "features"] {
        let class = format!("http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/{class}");
        assert!(declared["conformsTo"].as_array().unwrap().contains(&json!(class)), "{class}");
    }
    let layer = app.get("/map/collections/fitness_site").await.ok();
    assert_eq!(layer["id"], "fitness_site");
    let may = officer.request(Method::OPTIONS, ITEMS).send().await;
    assert!(may.header("allow").unwrap().contains("POST"));
    let before = app.get(&format!("{ITEMS}?limit=1000")).await.ok()["numberMatched"].as_u64().unwrap();

    let drawn = post(&officer, &place("会话健身点", 114.4203, 22.6335)).await;
    assert_eq!(drawn.status, 201);
    let path = drawn.header("location").unwrap().strip_prefix(&app.base_url).unwrap().to_owned();
    let read = officer.get(&path).await;
    let (tag, mut feature) = (read.header("etag").unwrap().to_owned(), read.ok());

    let theirs = patch(&colleague, &path, &tag, &json!({"properties": {"surface": "木屑"}})).await;
    assert_eq!(theirs.status, 200);
    feature["geometry"]["coordinates"] = json!([114.4210, 22.6340]);
    let refused = put(&officer, &path, &tag, &feature).await;
    assert_eq!(refused.problem(412, "stale_version")["version"], 2);
    let read = officer.get(&path).await;
    let (tag, mut feature) = (read.header("etag").unwrap().to_owned(), read.ok());
    assert_eq!(feature["properties"]["surface"], "木屑");
    feature["geometry"]["coordinates"] = json!([114.4210, 22.6340]);
    let moved = put(&officer, &path, &tag, &feature).await;
    assert_eq!(moved.ok()["properties"]["surface"], "木屑");

    let near = app.get(&format!("{ITEMS}?bbox=114.4209,22.6339,114.4211,22.6341")).await.ok();
    assert_eq!(near["features"][0]["id"], feature["id"]);
    let tag = moved.header("etag").unwrap();
    assert_eq!(delete(&officer, &path, tag).await.status, 204);
    let after = app.get(&format!("{ITEMS}?limit=1000")).await.ok();
    assert_eq!(after["numberMatched"].as_u64().unwrap(), before);
    assert!(
        after["features"].as_array().unwrap().iter().all(|one| number(&one["id"]) != number(&feature["id"]))
    );
}

async fn the_definition_tells_how_to_log_in(app: TestApp) {
    let definition = app.get("/map/api").await.ok();
    let item = &definition["paths"]["/collections/{collectionId}/items/{featureId}"];
    for method in ["put", "patch", "delete"] {
        let named = item[method]["security"][0].as_object().unwrap().keys().next().unwrap();
        assert_eq!(definition["components"]["securitySchemes"][named]["scheme"], "bearer", "{method}");
        for status in ["401", "403", "404", "412", "428"] {
            assert!(item[method]["responses"][status].is_object(), "{method} {status}");
        }
    }
    assert!(definition["components"]["securitySchemes"]["gateway_signature"].is_null());
}

async fn a_place_is_written_in_the_zone_of_the_district(app: TestApp) {
    const ZONE: &str = "http://www.opengis.net/def/crs/EPSG/0/4547";
    let caller = publisher(&app).await;
    let mut body = place("坐标系", 114.4182, 22.6371);
    body["geometry"]["coordinates"] = json!([2_504_409.880, 542_988.953]);
    let header = format!("<{ZONE}>");
    let request = caller.request(Method::POST, ITEMS).header("content-type", GEO_JSON);
    let added = request.header("content-crs", &header).body(body.to_string()).send().await;
    assert_eq!(added.status, 201, "{}", added.text());
    let address = added.header("location").unwrap().to_owned();
    let path = &address[address.find("/map/").unwrap()..];
    let stored = app.get(path).await.ok();
    let degrees: Vec<f64> = serde_json::from_value(stored["geometry"]["coordinates"].clone()).unwrap();
    assert!((degrees[0] - 114.4182).abs() < 2e-7 && (degrees[1] - 22.6371).abs() < 2e-7, "{degrees:?}");
    let in_zone = app.get(&format!("{path}?crs={ZONE}")).await;
    let tag = in_zone.header("etag").unwrap().to_owned();
    let request = caller.request(Method::PUT, path).header("content-type", GEO_JSON).header("if-match", &tag);
    let again = request.header("content-crs", &header).body(in_zone.text().to_owned()).send().await.ok();
    assert_eq!(
        again["properties"]["version"], stored["properties"]["version"],
        "what was read changes nothing"
    );
}
