//! Several editors at once.

use futures_util::future::{join, join_all};
use serde_json::json;

use super::{patch, place, published, publisher, put, tag_of};
use crate::access::HERE;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(of_two_editors_one_is_too_late, thirty_two_edits_at_once_leave_dense_versions);

async fn of_two_editors_one_is_too_late(app: TestApp) {
    let (one, other) = (publisher(&app).await, app.staff("region_admin", HERE).await);
    let (path, _) = published(&one, &place("抢改健身点", 114.4203, 22.6335)).await;
    for version in 1..8 {
        let tag = tag_of(&app, &path).await;
        // What is sent must differ from what is there, whoever won before.
        let mut mine = place("甲改的", 114.4203, 22.6335);
        let mut theirs = place("乙改的", 114.4203, 22.6335);
        mine["properties"]["round"] = json!(version);
        theirs["properties"]["round"] = json!(version);
        let (first, second) = join(put(&one, &path, &tag, &mine), put(&other, &path, &tag, &theirs)).await;
        let (won, lost) = if first.status == 200 { (first, second) } else { (second, first) };
        let won = won.ok();
        assert_eq!(won["properties"]["version"], version + 1);
        assert_eq!(lost.problem(412, "stale_version")["version"], version + 1);
        assert_eq!(app.get(&path).await.ok()["properties"], won["properties"]);
    }
}

async fn thirty_two_edits_at_once_leave_dense_versions(app: TestApp) {
    let caller = publisher(&app).await;
    let (path, id) = published(&caller, &place("并发健身点", 114.4203, 22.6335)).await;
    let edits = (0..32).map(|editor| {
        let (app, caller, path) = (app.clone(), caller.clone(), path.clone());
        async move {
            let member = format!("editor_{editor}");
            loop {
                let tag = tag_of(&app, &path).await;
                let answer = patch(&caller, &path, &tag, &json!({"properties": {&member: true}})).await;
                if answer.status == 200 {
                    return;
                }
                answer.problem(412, "stale_version");
            }
        }
    });
    join_all(edits).await;
    let place = app.get(&path).await.ok();
    assert_eq!(place["properties"]["version"], 33);
    for editor in 0..32 {
        assert_eq!(place["properties"][format!("editor_{editor}")], true, "an edit was lost");
    }
    let mut versions = Vec::new();
    let mut next = format!("/api/v1/map/features/{id}/history?limit=10");
    loop {
        let page = caller.get(&next).await.ok();
        versions
            .extend(page["items"].as_array().unwrap().iter().map(|item| item["version"].as_i64().unwrap()));
        let Some(cursor) = page["next"].as_str() else { break };
        next = format!("/api/v1/map/features/{id}/history?limit=10&cursor={cursor}");
    }
    assert_eq!(versions, (1..=33).rev().collect::<Vec<_>>());
}
