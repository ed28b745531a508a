//! How an activity comes to the public, and what staff can do with it.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{HERE, alone, audit, id_of, lecture, lecture_with, publish, sign_up, status, take_step, told};
use crate::media;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    an_activity_is_drafted_reviewed_by_somebody_else_and_published,
    a_seeded_year_has_twelve_lectures_and_some_to_sign_up_for,
    everybody_who_is_signed_up_learns_of_another_time_and_of_the_end,
    more_seats_go_to_those_in_line_and_fewer_evict_nobody,
    an_activity_is_copied_and_repeated,
    what_staff_read_can_be_written_back_and_a_misspelled_field_is_refused,
    a_picture_of_an_activity_is_shown_and_cannot_be_deleted,
    what_is_wrong_with_a_draft_is_named,
    the_form_lists_the_key_groups_and_takes_what_it_lists,
    a_draft_that_is_not_wanted_is_put_away_and_nobody_hears_of_it,
);

async fn the_form_lists_the_key_groups_and_takes_what_it_lists(app: TestApp) {
    let host = app.staff("activity_host", HERE).await;
    let groups = host.get("/api/v1/key-groups").await.ok();
    let ids: Vec<&Value> = groups["items"].as_array().unwrap().iter().map(|group| &group["id"]).collect();
    assert!(ids.len() > 5, "{groups}");
    let content = lecture_with(app.clock.now(), &json!({"key_groups": ids}));
    let drafted = host.post("/api/v1/activities", &content).await;
    assert_eq!(drafted.status, 201, "{}", drafted.text());
    assert_eq!(drafted.json()["content"]["key_groups"].as_array().unwrap().len(), ids.len());
}

async fn a_draft_that_is_not_wanted_is_put_away_and_nobody_hears_of_it(app: TestApp) {
    let host = app.staff("activity_host", HERE).await;
    let drafted = host.post("/api/v1/activities", &lecture(app.clock.now())).await.json();
    let path = format!("/api/v1/activities/{}", drafted["id"]);
    let cancel = host.request(Method::POST, &format!("{path}/cancel")).header("if-match", "\"1\"");
    let cancelled = cancel.json(&json!({"reason": "重复了"})).send().await.ok();
    assert_eq!(cancelled["status"], "cancelled");
    app.get(&path).await.problem(404, "no_such_activity");
    let drafts = host.get("/api/v1/hosted-activities?status=draft").await.ok();
    assert!(drafts["items"].as_array().unwrap().iter().all(|draft| draft["id"] != drafted["id"]));
}

async fn an_activity_is_drafted_reviewed_by_somebody_else_and_published(app: TestApp) {
    let (host, other) = (app.staff("region_admin", HERE).await, app.staff("region_admin", HERE).await);
    let drafted = host.post("/api/v1/activities", &lecture(app.clock.now())).await;
    assert_eq!(drafted.status, 201, "{}", drafted.text());
    let id = drafted.json()["id"].as_i64().unwrap();
    let public = format!("/api/v1/activities/{id}");
    app.get(&public).await.problem(404, "no_such_activity");
    take_step(&host, id, 1, "publish").await.problem(409, "wrong_step");
    take_step(&host, id, 1, "submit").await.ok();
    take_step(&host, id, 2, "review").await.problem(403, "own_work");
    take_step(&other, id, 1, "review").await.problem(412, "stale_version");
    take_step(&other, id, 2, "review").await.ok();
    take_step(&host, id, 3, "publish").await.ok();
    let shown = app.get(&public).await.ok();
    assert_eq!((&shown["status"], &shown["sign_up"]), (&json!("upcoming"), &json!("open")));
    assert_eq!(shown["starts_at"], "2026-11-28T10:00:00+08:00");
    let listed = app.get("/api/v1/activities?kind=lecture&open=true&limit=100").await.ok();
    assert!(listed["items"].as_array().unwrap().iter().any(|item| item["id"] == id), "{listed}");
    let elsewhere = app.get("/api/v1/activities?region=440307009002&limit=100").await.ok();
    assert!(!elsewhere["items"].as_array().unwrap().iter().any(|item| item["id"] == id));
    let found = app.get("/api/v1/search?q=%E6%B5%8B%E8%AF%95%E8%AE%B2%E5%BA%A7&kind=activity").await.ok();
    assert_eq!(found["items"][0]["id"], id.to_string(), "{found}");
    let next_door = app.staff("region_admin", "440307009002").await;
    let hosted = format!("/api/v1/hosted-activities/{id}");
    next_door.get(&hosted).await.problem(404, "no_such_activity");
    assert_eq!(host.get(&hosted).await.ok()["status"], "published");
    let poster = host.get(&format!("{public}/poster")).await;
    assert_eq!((poster.status, poster.media_type()), (200, "image/svg+xml"));
    assert!(poster.text().contains("测试讲座") && poster.text().contains("base64,"));
}

async fn a_seeded_year_has_twelve_lectures_and_some_to_sign_up_for(app: TestApp) {
    let year = app.get("/api/v1/activities?from=2026-05-01&to=2027-06-30&limit=100").await.ok();
    let items = year["items"].as_array().unwrap();
    let of_series =
        |kind: &str| items.iter().filter(|item| item["kind"] == kind && item["demo"] == true).count();
    assert!(of_series("lecture") >= 12 && of_series("training") >= 2, "{year}");
    let open = app.get("/api/v1/activities?open=true&to=2026-12-20&limit=100").await.ok();
    let seats: Vec<i64> =
        open["items"].as_array().unwrap().iter().map(|item| item["capacity"].as_i64().unwrap()).collect();
    assert!(seats.len() >= 5 && seats.contains(&5) && seats.contains(&200), "{open}");
    let first = app.get("/api/v1/activities?limit=3").await.ok();
    let next = first["next"].as_str().unwrap();
    let second = app.get(&format!("/api/v1/activities?limit=3&cursor={next}")).await.ok();
    assert_ne!(first["items"][2]["id"], second["items"][0]["id"]);
    let place = items.iter().find_map(|item| {
        let ahead = item["starts_at"].as_str().unwrap() > "2026-11-25";
        item["feature_id"].as_i64().filter(|_| ahead)
    });
    let shown = app.get(&format!("/api/v1/map/features/{}", place.unwrap())).await.ok();
    assert!(!shown["upcoming_activities"].as_array().unwrap().is_empty(), "{shown}");
}

async fn everybody_who_is_signed_up_learns_of_another_time_and_of_the_end(app: TestApp) {
    let now = app.clock.now();
    let id = publish(&app, &lecture(now)).await;
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    let first = id_of(&sign_up(&li, id, &alone(&li)).await);
    sign_up(&wang, id, &alone(&wang)).await;
    let host = app.staff("region_admin", HERE).await;
    let moved = lecture_with(
        now,
        &json!({
            "starts_at": now + TimeDelta::days(4), "ends_at": now + TimeDelta::days(4) + TimeDelta::hours(2),
        }),
    );
    let edit = host.request(Method::PUT, &format!("/api/v1/activities/{id}"));
    let edited = edit.header("if-match", "\"4\"").json(&moved).send().await.ok();
    assert_eq!((&edited["status"], &edited["version"]), (&json!("published"), &json!(5)));
    assert_eq!(told(&li).await, ["activity_changed", "registration_confirmed"]);
    let cancel = host.request(Method::POST, &format!("/api/v1/activities/{id}/cancel"));
    cancel.header("if-match", "\"5\"").json(&json!({"reason": "台风"})).send().await.ok();
    assert_eq!(told(&wang).await, ["activity_cancelled", "activity_changed", "registration_confirmed"]);
    assert_eq!(status(&li, &first).await, "cancelled");
    assert_eq!(audit(&app, id).await["taken"], 0);
    sign_up(&li, id, &alone(&li)).await.problem(409, "activity_cancelled");
    // Nobody is reminded of what does not take place.
    app.clock.advance(TimeDelta::days(4));
    assert!(!told(&li).await.contains(&"activity_reminder".to_owned()));
}

async fn more_seats_go_to_those_in_line_and_fewer_evict_nobody(app: TestApp) {
    let now = app.clock.now();
    let id = publish(&app, &lecture(now)).await;
    let mut callers = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let caller = app.resident(name).await;
        let registration = id_of(&sign_up(&caller, id, &alone(&caller)).await);
        callers.push((caller, registration));
    }
    let host = app.staff("region_admin", HERE).await;
    let resize = async |version: u32, seats: i32| {
        let edit = host.request(Method::PUT, &format!("/api/v1/activities/{id}"));
        let content = lecture_with(now, &json!({"capacity": seats}));
        edit.header("if-match", &format!("\"{version}\"")).json(&content).send().await.ok()
    };
    resize(4, 3).await;
    assert_eq!(status(&callers[2].0, &callers[2].1).await, "confirmed");
    assert_eq!(status(&callers[3].0, &callers[3].1).await, "waiting");
    assert_eq!(told(&callers[2].0).await, ["seat_freed"]);
    let smaller = resize(5, 1).await;
    assert_eq!(
        (&smaller["content"]["capacity"], &smaller["seats"], &smaller["taken"]),
        (&json!(1), &json!(3), &json!(3))
    );
    // A seat that is given back goes: there are more people than seats.
    let path = format!("/api/v1/registrations/{}", callers[0].1);
    assert_eq!(callers[0].0.delete(&path).await.status, 204);
    let after = audit(&app, id).await;
    assert_eq!((&after["capacity"], &after["taken"], &after["waiting"]), (&json!(2), &json!(2), &json!(1)));
    resize(6, 10).await;
    assert_eq!(status(&callers[3].0, &callers[3].1).await, "confirmed");
    assert_eq!(audit(&app, id).await["taken"], 3);
}

async fn an_activity_is_copied_and_repeated(app: TestApp) {
    let now = app.clock.now();
    let host = app.staff("activity_host", HERE).await;
    let content = lecture_with(now, &json!({"questions": [{"kind": "text", "label": "忌口？"}]}));
    let drafted = host.post("/api/v1/activities", &content).await;
    let id = drafted.json()["id"].as_i64().unwrap();
    let copied = host
        .post(&format!("/api/v1/activities/{id}/copy"), &json!({"starts_at": now + TimeDelta::days(30)}))
        .await;
    assert_eq!(copied.status, 201, "{}", copied.text());
    let copy = &copied.json()["items"][0];
    assert_eq!((&copy["status"], &copy["copied_from"]), (&json!("draft"), &json!(id)));
    assert_eq!(copy["content"]["questions"][0]["label"], "忌口？");
    let repeat = json!({"every": "week", "times": 3, "except": ["2026-12-12"]});
    let repeated = host.post(&format!("/api/v1/activities/{id}/repeat"), &repeat).await.json();
    let starts: Vec<&str> = repeated["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["content"]["starts_at"].as_str().unwrap())
        .collect();
    assert_eq!(starts, ["2026-12-05T02:00:00Z", "2026-12-19T02:00:00Z"]);
    let listed = host.get("/api/v1/hosted-activities?status=draft&limit=2").await.ok();
    assert!(listed["next"].is_string());
}

async fn what_staff_read_can_be_written_back_and_a_misspelled_field_is_refused(app: TestApp) {
    let host = app.staff("region_admin", HERE).await;
    let drafted = host.post("/api/v1/activities", &lecture(app.clock.now())).await.json();
    let path = format!("/api/v1/activities/{}", drafted["id"]);
    let write = async |content: &Value| {
        let edit = host.request(Method::PUT, &path);
        edit.header("if-match", &format!("\"{}\"", drafted["version"])).json(content).send().await
    };
    let mut misspelled = drafted["content"].clone();
    misspelled["capasity"] = json!(5);
    write(&misspelled).await.problem(400, "bad_json");
    assert_eq!(write(&drafted["content"]).await.ok()["content"], drafted["content"]);
}

async fn a_picture_of_an_activity_is_shown_and_cannot_be_deleted(app: TestApp) {
    let editor = media::editor(&app).await;
    let picture = media::uploaded(&editor, media::photo(1_200, 900, 77)).await;
    let used = json!([{"media_id": picture["id"], "purpose": "cover", "caption": "去年的现场"}]);
    let id = publish(&app, &lecture_with(app.clock.now(), &json!({"media": used}))).await;
    let shown = app.get(&format!("/api/v1/activities/{id}")).await.ok();
    assert_eq!((&shown["cover_id"], &shown["photos"][0]["caption"]), (&picture["id"], &json!("去年的现场")));
    let cover = format!("/media/{}/cover", shown["cover_id"].as_str().unwrap());
    assert_eq!(app.get(&cover).await.status, 200);
    let path = format!("/api/v1/media/{}", picture["id"].as_str().unwrap());
    let delete = editor.request(Method::DELETE, &path).header("if-match", "\"1\"");
    delete.send().await.problem(409, "media_in_use");
}

async fn what_is_wrong_with_a_draft_is_named(app: TestApp) {
    let now = app.clock.now();
    let host = app.staff("activity_host", HERE).await;
    for (change, pointer) in [
        (json!({"title": " "}), "/title"),
        (json!({"title": "健康\n讲座"}), "/title"),
        (json!({"ends_at": now}), "/ends_at"),
        (json!({"capacity": 0}), "/capacity"),
        (
            json!({
                "check_in_opens_at": now + TimeDelta::days(1), "check_in_closes_at": now + TimeDelta::days(2),
            }),
            "/check_in_closes_at",
        ),
        (json!({"address": " "}), "/address"),
        (json!({"min_age": 60, "max_age": 50}), "/max_age"),
        (json!({"key_groups": ["rich"]}), "/key_groups"),
        (json!({"lecturer_ids": [999]}), "/lecturer_ids"),
        (json!({"feature_id": 999_999}), "/feature_id"),
        (json!({"media": [{"media_id": Uuid::nil(), "purpose": "photo"}]}), "/media/0/media_id"),
        (
            json!({"questions": [{"kind": "one_of", "label": "选", "options": ["一"]}]}),
            "/questions/0/options",
        ),
    ] {
        let refused = host.post("/api/v1/activities", &lecture_with(now, &change)).await;
        assert_eq!(refused.problem(422, "invalid")["errors"][0]["pointer"], pointer, "{change}");
    }
    let elsewhere = lecture_with(now, &json!({"region_code": "440307009002"}));
    host.post("/api/v1/activities", &elsewhere).await.problem(404, "not_found");
}
