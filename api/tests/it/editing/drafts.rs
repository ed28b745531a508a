//! What waits: drafts, their review, and who may do what with them.

use serde_json::{Value, json};

use super::{
    ITEMS, delete, drawn, number, patch, place, pointers, post, published, publisher, tag_of, without_review,
};
use crate::access::{ELSEWHERE, HERE};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    what_an_editor_sends_from_a_gis_program_waits_for_somebody_else,
    a_draft_is_written_handed_in_returned_mended_and_published,
    nobody_agrees_to_their_own_work,
    as_many_people_agree_as_the_rule_of_the_region_says,
    a_draft_on_a_place_that_moved_on_is_not_published,
    a_place_is_taken_off_the_map_by_two,
    drafts_of_other_regions_do_not_exist,
    a_place_that_an_import_kept_back_comes_onto_the_map,
    rules_belong_to_regions,
    a_draft_with_a_fault_is_kept_but_not_handed_in,
    a_deletion_that_waits_says_what_becomes_of_the_place,
    phone_numbers_that_nobody_can_dial_are_told_to_who_decides,
);

const DRAFTS: &str = "/api/v1/map/drafts";

async fn pair(app: &TestApp) -> (Caller, Caller) {
    (app.staff("editor", HERE).await, app.staff("reviewer", HERE).await)
}

async fn act(caller: &Caller, draft: &Value, what: &str, body: &Value) -> crate::support::TestResponse {
    let path = format!("{DRAFTS}/{}/{what}", draft["id"]);
    caller.post_version(&path, draft["version"].as_i64().unwrap(), body).await
}

async fn what_an_editor_sends_from_a_gis_program_waits_for_somebody_else(app: TestApp) {
    let (editor, reviewer) = pair(&app).await;
    let answer = post(&editor, &place("待审健身点", 114.4203, 22.6335)).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let address = answer.header("location").unwrap().to_owned();
    assert_eq!(address, format!("{DRAFTS}/{}", answer.json()["draft_id"]));
    assert!(!app.get(&format!("{ITEMS}?limit=1000")).await.text().contains("待审健身点"));

    let queue = reviewer.get(&format!("{DRAFTS}?state=in_review")).await.ok();
    assert_eq!(queue["items"][0]["name"], "待审健身点");
    assert_eq!(queue["items"][0]["author"], "测试员");
    let draft = reviewer.get(&address).await.ok();
    assert_eq!(draft["feature"]["properties"]["surface"], "塑胶");
    assert_eq!(draft["live"], Value::Null);
    let done = act(&reviewer, &draft, "approve", &json!({})).await.ok();
    assert_eq!((&done["state"], &done["approved"]), (&json!("published"), &json!(1)));
    let shown = app.get(&format!("{ITEMS}/{}", done["feature_id"])).await.ok();
    assert_eq!(shown["properties"]["name"], "待审健身点");

    // A change of what is live stands beside it, with what differs.
    let path = format!("{ITEMS}/{}", done["feature_id"]);
    let change = json!({"properties": {"surface": "草地"}});
    let answer = patch(&editor, &path, &tag_of(&app, &path).await, &change).await;
    assert_eq!(answer.status, 202);
    assert_eq!(app.get(&path).await.ok()["properties"]["surface"], "塑胶");
    let draft = reviewer.get(answer.header("location").unwrap()).await.ok();
    assert_eq!(draft["changes"], json!(["surface"]));
    assert_eq!(draft["live"]["properties"]["surface"], "塑胶");
    act(&reviewer, &draft, "approve", &json!({})).await.ok();
    assert_eq!(app.get(&path).await.ok()["properties"]["surface"], "草地");
    act(&reviewer, &draft, "approve", &json!({})).await.problem(412, "stale_version");
}

async fn a_draft_is_written_handed_in_returned_mended_and_published(app: TestApp) {
    let (editor, reviewer) = pair(&app).await;
    let new =
        json!({"layer": "fitness_site", "feature": place("草稿健身点", 114.4203, 22.6335), "note": "新建的"});
    let answer = editor.post(DRAFTS, &new).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let draft = answer.json();
    assert_eq!(draft["state"], "draft");
    act(&reviewer, &draft, "approve", &json!({})).await.problem(409, "wrong_state");
    let draft = act(&editor, &draft, "submit", &json!({})).await.ok();
    assert_eq!((&draft["state"], &draft["steps"]), (&json!("in_review"), &json!(1)));
    let path = format!("{DRAFTS}/{}", draft["id"]);
    let saved = json!({"feature": place("改名健身点", 114.4203, 22.6335)});
    let version = draft["version"].as_i64().unwrap();
    editor.put_version(&path, version, &saved).await.problem(409, "wrong_state");

    let none = act(&reviewer, &draft, "return", &json!({"reason": " "})).await.problem(422, "invalid");
    assert_eq!(pointers(&none), ["/reason"]);
    let draft = act(&reviewer, &draft, "return", &json!({"reason": "名称不对"})).await.ok();
    assert_eq!((&draft["state"], &draft["reason"]), (&json!("returned"), &json!("名称不对")));
    editor.put(&path, &saved).await.problem(428, "version_required");
    let version = draft["version"].as_i64().unwrap();
    editor.put_version(&path, version - 1, &saved).await.problem(412, "stale_version");
    let draft = editor.put_version(&path, version, &saved).await.ok();
    assert_eq!((&draft["state"], &draft["name"]), (&json!("draft"), &json!("改名健身点")));
    let draft = act(&editor, &draft, "submit", &json!({})).await.ok();
    let draft = act(&editor, &draft, "recall", &json!({})).await.ok();
    assert_eq!(draft["state"], "draft");
    let draft = act(&editor, &draft, "submit", &json!({})).await.ok();
    let done = act(&reviewer, &draft, "approve", &json!({})).await.ok();
    let shown = app.get(&format!("{ITEMS}/{}", done["feature_id"])).await.ok();
    assert_eq!(shown["properties"]["name"], "改名健身点");
    let history = editor.get(&format!("/api/v1/map/features/{}/history", done["feature_id"])).await.ok();
    assert_eq!(history["items"].as_array().unwrap().len(), 1);
    assert_eq!(history["items"][0]["current"], true);

    let answer = editor.post(DRAFTS, &new).await.json();
    let path = format!("{DRAFTS}/{}", answer["id"]);
    assert_eq!(editor.delete_version(&path, 1).await.status, 204);
    assert_eq!(editor.get(&path).await.ok()["state"], "discarded");
    let listed = editor.get(DRAFTS).await.ok();
    assert!(listed["items"].as_array().unwrap().iter().all(|item| item["id"] != answer["id"]));
}

async fn nobody_agrees_to_their_own_work(app: TestApp) {
    let admin = app.staff("region_admin", HERE).await;
    let answer = post(&admin, &place("自审健身点", 114.4203, 22.6335)).await;
    assert_eq!(answer.status, 202, "the rule asks for another person, whatever the role");
    let draft = admin.get(answer.header("location").unwrap()).await.ok();
    act(&admin, &draft, "approve", &json!({})).await.problem(403, "own_work");
    act(&admin, &draft, "return", &json!({"reason": "x"})).await.problem(403, "own_work");
    let other = app.staff("region_admin", HERE).await;
    act(&other, &draft, "approve", &json!({})).await.ok();
}

async fn as_many_people_agree_as_the_rule_of_the_region_says(app: TestApp) {
    let admin = app.staff("region_admin", HERE).await;
    let rule = format!("/api/v1/map/review-rules/{HERE}");
    admin.put(&rule, &json!({"steps": 2})).await.ok();
    let (editor, first) = pair(&app).await;
    let answer = post(&editor, &place("两审健身点", 114.4203, 22.6335)).await;
    let draft = first.get(answer.header("location").unwrap()).await.ok();
    let draft = act(&first, &draft, "approve", &json!({})).await.ok();
    assert_eq!((&draft["state"], &draft["approved"]), (&json!("in_review"), &json!(1)));
    act(&first, &draft, "approve", &json!({})).await.problem(409, "another_reviewer_needed");
    let done = act(&admin, &draft, "approve", &json!({})).await.ok();
    assert_eq!(done["state"], "published");

    admin.put_version(&rule, 1, &json!({"steps": 0})).await.ok();
    assert_eq!(post(&admin, &place("直发健身点", 114.4213, 22.6345)).await.status, 201);
    let waits = post(&editor, &place("仍要审健身点", 114.4223, 22.6355)).await;
    assert_eq!(waits.status, 202, "whoever may not review still needs one who may");
}

async fn a_draft_on_a_place_that_moved_on_is_not_published(app: TestApp) {
    let publisher = publisher(&app).await;
    let (editor, reviewer) = pair(&app).await;
    let (path, id) = published(&publisher, &place("移动健身点", 114.4203, 22.6335)).await;
    let change = json!({"properties": {"surface": "草地"}});
    let answer = patch(&editor, &path, &tag_of(&app, &path).await, &change).await;
    let other = json!({"properties": {"phone": "110"}});
    patch(&publisher, &path, &tag_of(&app, &path).await, &other).await.ok();
    let draft = reviewer.get(answer.header("location").unwrap()).await.ok();
    assert_eq!((&draft["moved_on"], &draft["live_version"]), (&json!(true), &json!(2)));
    act(&reviewer, &draft, "approve", &json!({})).await.problem(409, "moved_on");
    assert_eq!(app.get(&path).await.ok()["properties"]["surface"], "塑胶");

    let draft = act(&reviewer, &draft, "return", &json!({"reason": "请在新版本上改"})).await.ok();
    let mut feature = app.get(&path).await.ok();
    feature["properties"]["surface"] = json!("草地");
    let address = format!("{DRAFTS}/{}", draft["id"]);
    let version = draft["version"].as_i64().unwrap();
    let stale = json!({"feature": feature, "base_version": 1});
    editor.put_version(&address, version, &stale).await.problem(412, "stale_version");
    let fresh = json!({"feature": feature, "base_version": 2});
    let draft = editor.put_version(&address, version, &fresh).await.ok();
    let draft = act(&editor, &draft, "submit", &json!({})).await.ok();
    act(&reviewer, &draft, "approve", &json!({})).await.ok();
    let shown = app.get(&format!("{ITEMS}/{id}")).await.ok();
    assert_eq!(
        (&shown["properties"]["surface"], &shown["properties"]["phone"]),
        (&json!("草地"), &json!("110"))
    );
}

async fn a_place_is_taken_off_the_map_by_two(app: TestApp) {
    let publisher = publisher(&app).await;
    let (editor, reviewer) = pair(&app).await;
    let (path, _) = published(&publisher, &place("要拆健身点", 114.4203, 22.6335)).await;
    let answer = delete(&editor, &path, &tag_of(&app, &path).await).await;
    assert_eq!(answer.status, 202);
    app.get(&path).await.ok();
    let draft = reviewer.get(answer.header("location").unwrap()).await.ok();
    assert_eq!(draft["retires"], true);
    act(&reviewer, &draft, "approve", &json!({})).await.ok();
    app.get(&path).await.problem(404, "feature_not_found");
}

async fn drafts_of_other_regions_do_not_exist(app: TestApp) {
    let (editor, _) = pair(&app).await;
    let answer = post(&editor, &place("别区健身点", 114.4203, 22.6335)).await;
    let address = answer.header("location").unwrap();
    let neighbour = app.staff("reviewer", ELSEWHERE).await;
    neighbour.get(address).await.problem(404, "draft_not_found");
    let approve = format!("{address}/approve");
    neighbour.post_version(&approve, 1, &json!({})).await.problem(404, "draft_not_found");
    assert_eq!(neighbour.get(DRAFTS).await.ok()["items"], json!([]));
    let new = json!({"layer": "fitness_site", "feature": place("越界", 114.4203, 22.6335)});
    let other = app.staff("editor", ELSEWHERE).await;
    other.post(DRAFTS, &new).await.problem(403, "another_region");
}

async fn a_place_that_an_import_kept_back_comes_onto_the_map(app: TestApp) {
    let street = "440307009000";
    let (editor, reviewer) = (app.staff("editor", street).await, app.staff("reviewer", street).await);
    let held = editor.get("/api/v1/map/held-places").await.ok();
    let first = &held["items"][0];
    assert!(!first["reasons"].as_array().unwrap().is_empty(), "{held}");
    let id = number(&first["id"]);
    let mut feature = first["feature"].clone();
    feature["geometry"] = json!({"type": "Point", "coordinates": [114.4203, 22.6335]});
    let layer = feature["properties"]["layer"].as_str().unwrap().to_owned();
    let new = json!({"feature_id": id, "base_version": first["version"], "feature": feature});
    let draft = editor.post(DRAFTS, &new).await.json();
    let draft = act(&editor, &draft, "submit", &json!({})).await.ok();
    act(&reviewer, &draft, "approve", &json!({})).await.ok();
    let shown = app.get(&format!("/map/collections/{layer}/items/{id}")).await.ok();
    assert_eq!(shown["geometry"]["coordinates"], json!([114.4203, 22.6335]));
    let after = editor.get("/api/v1/map/held-places?limit=100").await.ok();
    assert!(after["items"].as_array().unwrap().iter().all(|item| number(&item["id"]) != id));
}

async fn rules_belong_to_regions(app: TestApp) {
    let admin = app.staff("region_admin", HERE).await;
    let path = format!("/api/v1/map/review-rules/{HERE}");
    let rules = admin.get("/api/v1/map/review-rules").await.ok();
    assert_eq!(rules["items"], json!([{"region_code": "all", "steps": 1, "version": 1}]));
    admin.put(&path, &json!({"steps": 4})).await.problem(422, "invalid");
    admin.put("/api/v1/map/review-rules/all", &json!({"steps": 0})).await.problem(404, "rule_not_found");
    let elsewhere = format!("/api/v1/map/review-rules/{ELSEWHERE}");
    admin.put(&elsewhere, &json!({"steps": 0})).await.problem(404, "rule_not_found");
    admin.put(&path, &json!({"steps": 0})).await.ok();
    admin.put(&path, &json!({"steps": 1})).await.problem(428, "version_required");
    admin.delete_version(&path, 2).await.problem(412, "stale_version");
    assert_eq!(admin.delete_version(&path, 1).await.status, 204);
    without_review(&app, HERE).await;
}

async fn a_draft_with_a_fault_is_kept_but_not_handed_in(app: TestApp) {
    let (editor, _) = pair(&app).await;
    let new = json!({"layer": "fitness_site", "feature": place("太远的健身点", 116.4, 39.9)});
    let draft = editor.post(DRAFTS, &new).await.json();
    assert_eq!(draft["warnings"][0]["code"], "outside_region");
    let refused = act(&editor, &draft, "submit", &json!({})).await.problem(422, "invalid");
    assert_eq!(pointers(&refused), ["/feature/geometry"]);
    for (body, pointer) in [
        (json!({"feature": place("没有图层", 114.42, 22.63)}), "/layer"),
        (json!({"layer": "fitness_site"}), "/feature"),
        (json!({"feature_id": 1}), "/base_version"),
    ] {
        let editor = app.staff("editor", "440307009000").await;
        let refused = editor.post(DRAFTS, &body).await.problem(422, "invalid");
        assert_eq!(pointers(&refused), [pointer], "{body}");
    }
    editor
        .post(DRAFTS, &json!({"feature_id": 999_999, "base_version": 1}))
        .await
        .problem(404, "feature_not_found");
}

async fn a_deletion_that_waits_says_what_becomes_of_the_place(app: TestApp) {
    let id = drawn(&app, HERE).await;
    let (path, editor) = (format!("{ITEMS}/{id}"), app.staff("editor", HERE).await);
    let answer = delete(&editor, &path, &tag_of(&app, &path).await).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("撤下") && !message.contains("出现"), "{message}");
    let added = post(&editor, &place("待审健身点", 114.4203, 22.6335)).await;
    assert!(added.json()["message"].as_str().unwrap().contains("出现"), "{}", added.text());
}

async fn phone_numbers_that_nobody_can_dial_are_told_to_who_decides(app: TestApp) {
    let (editor, reviewer) = pair(&app).await;
    for (phone, is_doubtful) in [("abc", true), ("0755-84206000；12345", false)] {
        let mut body = place("电话健身点", 114.4203, 22.6335);
        body["properties"]["phone"] = json!(phone);
        let answer = post(&editor, &body).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        let draft = reviewer.get(&format!("{DRAFTS}/{}", answer.json()["draft_id"])).await.ok();
        let told = draft["warnings"].to_string();
        assert_eq!(told.contains("phone_unread"), is_doubtful, "{phone}: {told}");
    }
}
