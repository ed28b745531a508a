use std::collections::BTreeMap;

use entity::feature::Status;
use reqwest::Method;
use serde_json::{Value, json};

use super::{MAP, add, draft, id_of, replace};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_phone_that_is_up_to_date_hears_of_nothing,
    what_came_changed_and_went_is_told_once,
    pages_lose_and_repeat_nothing_while_the_map_moves_on,
    a_phone_may_stop_between_pages,
    a_revision_that_is_not_known_means_reload,
    changes_are_in_the_asked_datum,
    changes_are_sent_again_only_when_there_are_more,
);

async fn page(app: &TestApp, query: &str) -> Value {
    app.get(&format!("{MAP}/changes?{query}")).await.ok()
}

fn ids(page: &Value) -> Vec<i64> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect()
}

fn huts(count: usize) -> Vec<kangtu::map::edit::FeatureDraft> {
    (0..count).map(|i| draft(&format!("小屋{i}"), 114.41, 22.63)).collect()
}

async fn a_phone_that_is_up_to_date_hears_of_nothing(app: TestApp) {
    let layers = app.get(&format!("{MAP}/layers")).await.ok();
    let nothing = page(&app, &format!("since={}", layers["revision"])).await;
    assert_eq!(nothing, json!({"revision": layers["revision"], "items": [], "next": null}));
}

async fn what_came_changed_and_went_is_told_once(app: TestApp) {
    add(&app, vec![draft("甲", 114.41, 22.63), draft("乙", 114.42, 22.63)]).await;
    let (first, second) = (id_of(&app, "甲").await, id_of(&app, "乙").await);
    let added = page(&app, "since=1").await;
    assert_eq!((ids(&added), &added["revision"]), (vec![i64::from(first), i64::from(second)], &json!(2)));

    replace(&app, first, draft("甲（搬迁）", 114.43, 22.64)).await;
    let mut retired = draft("乙", 114.42, 22.63);
    retired.status = Status::Retired;
    replace(&app, second, retired).await;

    let changes = page(&app, "since=1").await;
    assert_eq!((&changes["revision"], &changes["next"]), (&json!(4), &json!(null)));
    assert_eq!(ids(&changes), [i64::from(first), i64::from(second)]);
    assert_eq!(changes["items"][0]["revision"], 3);
    assert_eq!(changes["items"][0]["feature"]["properties"]["name"], "甲（搬迁）");
    assert_eq!(changes["items"][0]["feature"]["geometry"]["coordinates"], json!([114.43, 22.64]));
    assert_eq!(changes["items"][1], json!({"id": second, "revision": 4, "deleted": true}));
    assert_eq!(ids(&page(&app, "since=3").await), [i64::from(second)]);
}

/// What a phone holds that follows the pages as documented.
async fn followed(
    app: &TestApp,
    mut between_pages: impl AsyncFnMut(usize),
) -> (u64, BTreeMap<i64, Option<String>>) {
    let mut held = BTreeMap::new();
    let mut query = "since=1&limit=7".to_owned();
    for number in 0.. {
        let page = page(app, &query).await;
        assert!(page["items"].as_array().unwrap().len() <= 7);
        for item in page["items"].as_array().unwrap() {
            let name = item["feature"]["properties"]["name"].as_str().map(str::to_owned);
            held.insert(item["id"].as_i64().unwrap(), name);
        }
        let Some(next) = page["next"].as_str() else {
            return (page["revision"].as_u64().unwrap(), held);
        };
        query = format!("since=1&limit=7&cursor={next}");
        between_pages(number).await;
    }
    unreachable!("the pages never end")
}

async fn pages_lose_and_repeat_nothing_while_the_map_moves_on(app: TestApp) {
    add(&app, huts(30)).await;
    let moved = id_of(&app, "小屋2").await;
    let waiting = id_of(&app, "小屋25").await;
    let removed = id_of(&app, "小屋3").await;
    let (revision, held) = followed(&app, async |number| match number {
        0 => drop(replace(&app, moved, draft("小屋2（已改名）", 114.41, 22.63)).await),
        1 => drop(replace(&app, waiting, draft("小屋25（已改名）", 114.41, 22.63)).await),
        2 => {
            let mut retired = draft("小屋3", 114.41, 22.63);
            retired.status = Status::Retired;
            replace(&app, removed, retired).await;
            add(&app, vec![draft("新小屋", 114.41, 22.63)]).await;
        }
        _ => {}
    })
    .await;
    assert_eq!(revision, app.state.map.current().snapshot.revision());
    assert_eq!(held.len(), 31);
    assert_eq!(held[&i64::from(moved)].as_deref(), Some("小屋2（已改名）"));
    assert_eq!(held[&i64::from(waiting)].as_deref(), Some("小屋25（已改名）"));
    assert_eq!(held[&i64::from(removed)], None);
    assert!(held.values().flatten().any(|name| name == "新小屋"));
}

async fn a_phone_may_stop_between_pages(app: TestApp) {
    add(&app, huts(10)).await;
    let first = page(&app, "since=1&limit=4").await;
    assert_eq!(ids(&first).len(), 4);
    // The revision of an unfinished page leads to everything that is still to come.
    let again = page(&app, &format!("since={}", first["revision"])).await;
    assert_eq!(ids(&again).len(), 10);
    let last = page(&app, &format!("since=1&limit=6&cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!((ids(&last).len(), &last["next"], &last["revision"]), (6, &json!(null), &json!(2)));
}

async fn a_revision_that_is_not_known_means_reload(app: TestApp) {
    for since in ["2", "18446744073709551615", "1&cursor=9-1"] {
        let gone = app.get(&format!("{MAP}/changes?since={since}")).await.problem(410, "reload");
        assert!(gone["detail"].as_str().unwrap().contains("重新加载"));
    }
    // More changes than are remembered: what a phone knew before them is too old.
    add(&app, huts(10_001)).await;
    app.get(&format!("{MAP}/changes?since=1")).await.problem(410, "reload");
    assert_eq!(page(&app, "since=2").await["items"], json!([]));
}

async fn changes_are_in_the_asked_datum(app: TestApp) {
    add(&app, vec![draft("甲", 114.41, 22.63)]).await;
    let answer = app.get(&format!("{MAP}/changes?since=1&datum=gcj02")).await;
    assert_eq!(answer.header("kangtu-datum"), Some("gcj02"));
    let shown = geodata::Wgs84::new(114.41, 22.63).unwrap().to_gcj02();
    let coordinates = answer.ok()["items"][0]["feature"]["geometry"]["coordinates"].clone();
    assert!((coordinates[0].as_f64().unwrap() - shown.lon).abs() < 1e-6, "{coordinates}");
}

async fn changes_are_sent_again_only_when_there_are_more(app: TestApp) {
    let path = format!("{MAP}/changes?since=1");
    let tag = app.get(&path).await.header("etag").unwrap().to_owned();
    let ask = || app.request(Method::GET, &path).header("if-none-match", &tag).send();
    assert_eq!(ask().await.status, 304);
    add(&app, huts(1)).await;
    assert_eq!(ids(&ask().await.ok()).len(), 1);
}
