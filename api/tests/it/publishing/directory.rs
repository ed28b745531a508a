//! Services, officers, words for topics and themes of health days, changed without a programmer.

use serde_json::{Value, json};

use super::{ELSEWHERE, HERE};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_service_is_added_changed_and_taken_away,
    no_priority_comes_before_who_saves_lives,
    a_door_that_is_not_enabled_is_found_and_enabled,
    what_is_wrong_with_a_service_is_named,
    an_officer_is_named_by_the_community,
    words_for_a_topic_lead_the_search_at_once,
    a_health_day_gets_its_theme_of_the_year,
);

fn hotline(title: &str) -> Value {
    json!({
        "kind": "hotline",
        "title": title,
        "description": "有事打这个电话。",
        "phone": "0755-12345678",
        "opening_hours": "Mo-Fr 09:00-18:00",
        "audiences": ["everyone"],
        "topics": ["mental"],
        "priority": 5,
        "region_code": HERE,
        "feature_key": null,
        "platform": null,
        "appid": null,
        "path": null,
        "enabled": true,
        "source": "社区公告",
    })
}

async fn a_service_is_added_changed_and_taken_away(app: TestApp) {
    let worker = app.staff("reviewer", HERE).await;
    let path = "/api/v1/services/whale-line";
    let made = worker.put(path, &hotline("鲸鱼热线")).await;
    assert_eq!((made.status, made.header("etag")), (200, Some("\"1\"")), "{}", made.text());
    let found = async |word: &str| {
        let results = app.get(&format!("/api/v1/search?q={word}&kind=service")).await.ok();
        results["items"].as_array().unwrap().len()
    };
    assert_eq!(found("鲸鱼").await, 1);
    let first = app.get(&format!("/api/v1/services?topic=mental&region={HERE}")).await.ok();
    assert_eq!(first["items"][2]["title"], "鲸鱼热线");
    worker.put(path, &hotline("海豚热线")).await.problem(428, "version_required");
    worker.put_version(path, 1, &hotline("海豚热线")).await.ok();
    worker.put_version(path, 1, &hotline("别的热线")).await.problem(412, "stale_version");
    assert_eq!((found("鲸鱼").await, found("海豚").await), (0, 1));
    let elsewhere = app.staff("reviewer", ELSEWHERE).await;
    elsewhere.get(path).await.problem(404, "not_found");
    elsewhere.put_version(path, 2, &hotline("抢走")).await.problem(422, "invalid");
    elsewhere.delete_version(path, 2).await.problem(404, "not_found");
    worker.delete_version(path, 1).await.problem(412, "stale_version");
    assert_eq!(worker.delete_version(path, 2).await.status, 204);
    assert_eq!(found("海豚").await, 0);
    worker.get(path).await.problem(404, "not_found");
    let check = kangtu::search::rebuild::check(&app.state.database, app.clock.now()).await.unwrap();
    assert_eq!(check.faults, Vec::<String>::new());
}

async fn no_priority_comes_before_who_saves_lives(app: TestApp) {
    let chief = app.staff("region_admin", HERE).await;
    for (id, phone) in [("own", "0755-12345678"), ("own-120", "120")] {
        let mut own = hotline("自家热线");
        (own["priority"], own["phone"]) = (json!(0), json!(phone));
        chief.put(&format!("/api/v1/services/{id}"), &own).await.ok();
    }
    let first = [json!("emergency-120"), json!("psychological-12356"), json!("own")];
    let ids = |list: &Value| -> Vec<Value> {
        list.as_array().unwrap().iter().take(3).map(|item| item["id"].clone()).collect()
    };
    let services = app.get(&format!("/api/v1/services?topic=mental&region={HERE}")).await.ok();
    assert_eq!(ids(&services["items"]), first);
    let home = app.get(&format!("/api/v1/home?region={HERE}")).await.ok();
    assert_eq!(ids(&home["hotlines"]), first);
    let article = app.get("/api/v1/articles/asking-for-psychological-help").await.ok();
    assert_eq!(ids(&article["hotlines"]), first);
}

async fn a_door_that_is_not_enabled_is_found_and_enabled(app: TestApp) {
    let root = app.state.regions.current().root().unwrap().to_owned();
    let chief = app.staff("region_admin", &root).await;
    let records = chief.get("/api/v1/service-records").await.ok();
    let door = records["items"].as_array().unwrap().iter().find(|item| item["id"] == "app-yuejiantong");
    let (version, mut content) =
        (door.unwrap()["version"].as_i64().unwrap(), door.unwrap()["content"].clone());
    assert_eq!(content["enabled"], false);
    (content["enabled"], content["appid"]) = (json!(true), json!("wx0123456789abcdef"));
    chief.put_version("/api/v1/services/app-yuejiantong", version, &content).await.ok();
    let doors = app.get("/api/v1/services?kind=app_link").await.ok();
    assert_eq!(doors["items"][0]["id"], "app-yuejiantong");
    let here = app.staff("region_admin", HERE).await.get("/api/v1/service-records").await.ok();
    let regions: Vec<&Value> =
        here["items"].as_array().unwrap().iter().map(|item| &item["content"]["region_code"]).collect();
    assert!(!regions.is_empty() && regions.iter().all(|code| **code == HERE), "{regions:?}");
    assert_eq!(app.staff("editor", HERE).await.get("/api/v1/service-records").await.status, 403);
}

async fn what_is_wrong_with_a_service_is_named(app: TestApp) {
    let worker = app.staff("reviewer", HERE).await;
    for (field, value, pointer) in [
        ("title", json!(" "), "/title"),
        ("phone", json!("打给我"), "/phone"),
        ("phone", json!(null), "/phone"),
        ("opening_hours", json!("早九晚五"), "/opening_hours"),
        ("topics", json!(["nothing"]), "/topics"),
        ("audiences", json!([]), "/audiences"),
        ("audiences", json!(["nope"]), "/audiences"),
        ("appid", json!("wx0123"), "/appid"),
        ("appid", json!("wx0123456789abcdeg"), "/appid"),
        ("appid", json!("gh_0123456789abcdef"), "/appid"),
        ("path", json!("https://example.cn/pages"), "/path"),
        ("path", json!("javascript:alert(1)"), "/path"),
        ("path", json!("//example.cn"), "/path"),
        ("path", json!("pages/首页"), "/path"),
        ("path", json!("pages/index?to=https://example.cn"), "/path"),
        ("path", json!("/"), "/path"),
        ("priority", json!(-1), "/priority"),
        ("region_code", json!(ELSEWHERE), "/region_code"),
        ("region_code", json!(null), "/region_code"),
        ("platform", json!("web"), "/platform"),
        ("kind", json!("app_link"), "/appid"),
        ("source", json!(""), "/source"),
    ] {
        let mut body = hotline("热线");
        body[field] = value;
        let problem = worker.put("/api/v1/services/line", &body).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{field}");
    }
    let mut door = hotline("挂号");
    door["kind"] = json!("app_link");
    door["platform"] = json!("mini_program");
    door["appid"] = json!("wx0123456789abcdef");
    for (version, path) in [(None, "pages/index/index"), (Some(1), "/pages/book?from=kangtu&to=a%2Fb")] {
        door["path"] = json!(path);
        let kept = match version {
            None => worker.put("/api/v1/services/door", &door).await.ok(),
            Some(version) => worker.put_version("/api/v1/services/door", version, &door).await.ok(),
        };
        assert_eq!(kept["content"]["path"], path);
    }
    worker.put("/api/v1/services/Line%20A", &hotline("热线")).await.problem(404, "not_found");
    let editor = app.staff("editor", HERE).await;
    assert_eq!(editor.put("/api/v1/services/line", &hotline("热线")).await.status, 403);
}

async fn an_officer_is_named_by_the_community(app: TestApp) {
    let chief = app.staff("region_admin", HERE).await;
    let path = "/api/v1/officers/officer-01";
    let record = chief.get(path).await.ok();
    assert_eq!((&record["demo"], &record["version"]), (&json!(true), &json!(1)));
    let mut content = record["content"].clone();
    content["name"] = json!("陈专干");
    content["phone"] = json!("0755-87654321");
    let changed = chief.put_version(path, 1, &content).await.ok();
    assert_eq!((&changed["demo"], &changed["version"]), (&json!(false), &json!(2)));
    let list = app.get(&format!("/api/v1/officers?region={HERE}")).await.ok();
    assert_eq!(
        (&list["items"][0]["name"], &list["items"][0]["phone"]),
        (&json!("陈专干"), &json!("0755-87654321"))
    );
    content["region_code"] = json!(ELSEWHERE);
    chief.put_version(path, 2, &content).await.problem(422, "invalid");
    app.staff("region_admin", ELSEWHERE).await.get(path).await.problem(404, "not_found");
    assert_eq!(chief.delete_version(path, 2).await.status, 204);
}

async fn words_for_a_topic_lead_the_search_at_once(app: TestApp) {
    let root = app.state.regions.current().root().unwrap().to_owned();
    let chief = app.staff("reviewer", &root).await;
    let path = "/api/v1/topics/salt/synonyms";
    let before = chief.get(path).await.ok();
    let found = async || {
        let results = app.get("/api/v1/search?q=鮟鱇&kind=article").await.ok();
        results["items"].as_array().unwrap().len()
    };
    assert_eq!(found().await, 0);
    let mut words = before["words"].as_array().unwrap().clone();
    words.push(json!("鮟鱇"));
    chief.put(path, &json!({"words": words})).await.problem(428, "version_required");
    chief.put_version(path, before["version"].as_i64().unwrap(), &json!({"words": words})).await.ok();
    assert!(found().await > 0);
    chief.put_version(path, 2, &json!({"words": [""]})).await.problem(422, "invalid");
    let here = app.staff("reviewer", HERE).await;
    assert_eq!(here.get(path).await.status, 404, "words are the same for all regions");
    chief.get("/api/v1/topics/nothing/synonyms").await.problem(404, "not_found");
}

async fn a_health_day_gets_its_theme_of_the_year(app: TestApp) {
    let root = app.state.regions.current().root().unwrap().to_owned();
    let chief = app.staff("region_admin", &root).await;
    let path = "/api/v1/health-days/sleep_day/years/2027";
    chief.get(path).await.problem(404, "not_found");
    let body = json!({"theme": "睡得好", "starts_on": "2027-03-19", "ends_on": "2027-03-20"});
    chief.put(path, &body).await.ok();
    let of_year = async || {
        let list = app.get("/api/v1/health-days?year=2027").await.ok();
        let items = list["items"].as_array().unwrap().clone();
        items.into_iter().find(|day| day["id"] == "sleep_day").unwrap()
    };
    let day = of_year().await;
    assert_eq!((&day["theme"], &day["starts_on"]), (&json!("睡得好"), &json!("2027-03-19")));
    for wrong in [
        json!({"theme": null, "starts_on": null, "ends_on": null}),
        json!({"theme": null, "starts_on": "2027-03-19", "ends_on": null}),
        json!({"theme": null, "starts_on": "2027-03-21", "ends_on": "2027-03-20"}),
        json!({"theme": null, "starts_on": "2026-03-21", "ends_on": "2026-03-21"}),
        json!({"theme": null, "starts_on": "2028-03-21", "ends_on": "2028-03-21"}),
        json!({"theme": null, "starts_on": "2027-12-31", "ends_on": "2028-01-01"}),
    ] {
        chief.put_version(path, 1, &wrong).await.problem(422, "invalid");
    }
    for nowhere in ["/api/v1/health-days/nothing/years/2027", "/api/v1/health-days/sleep_day/years/1999"] {
        chief.put(nowhere, &body).await.problem(404, "not_found");
    }
    let here = app.staff("region_admin", HERE).await;
    for answer in [here.get(path).await, here.put_version(path, 1, &body).await] {
        let detail = answer.problem(404, "not_found")["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with("健康日"), "{detail}");
    }
    assert_eq!(chief.delete_version(path, 1).await.status, 204);
    assert_eq!(of_year().await["theme"], json!(null));
}
