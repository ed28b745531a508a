//! The app's own list of what residents are told.

use chrono::TimeDelta;
use kangtu::messages::Addressee;
use kangtu::notices::{self, Notice};
use serde_json::json;

use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_resident_reads_what_was_told_newest_first,
    what_was_read_stays_read_and_what_comes_meanwhile_does_not,
);

async fn tell(resident: &Caller, number: u32, in_minutes: i64) {
    let (app, now) = (resident.app.clone(), resident.app.clock.now());
    let notice = Notice {
        kind: "registration_confirmed",
        subject_kind: "registration",
        subject_id: format!("r{number}"),
        occasion: String::new(),
        title: format!("报名成功 {number}"),
        body: format!("李秀英已报名，第 {number} 条。"),
        page_query: Some(format!("id=r{number}")),
        visible_at: now + TimeDelta::minutes(in_minutes),
    };
    let to = Addressee::find(&app.state, app.state.database.reader(), resident.id).await.unwrap().unwrap();
    let state = app.state.clone();
    let written = app.state.database.write(move |transaction| {
        let (state, notice, to) = (state.clone(), notice.clone(), to.clone());
        Box::pin(async move {
            notices::write(&state, transaction, (to.account_id(), to.sealer()), &[notice], now).await
        })
    });
    written.await.unwrap();
}

async fn a_resident_reads_what_was_told_newest_first(app: TestApp) {
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    for number in 1..=3 {
        tell(&li, number, 0).await;
        app.clock.advance(TimeDelta::minutes(1));
    }
    tell(&li, 4, 60).await;
    tell(&wang, 9, 0).await;
    let list = li.get("/api/v1/me/notices?limit=2").await;
    assert_eq!(list.header("cache-control"), Some("private, no-store"));
    let first = list.ok();
    assert_eq!((&first["unread"], &first["items"][0]["title"]), (&json!(3), &json!("报名成功 3")));
    assert_eq!(first["items"][0]["body"], "李秀英已报名，第 3 条。");
    let next = first["next"].as_str().unwrap();
    let second = li.get(&format!("/api/v1/me/notices?limit=2&cursor={next}")).await.ok();
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert!(second["next"].is_null());
    app.clock.advance(TimeDelta::hours(1));
    let later = li.get("/api/v1/me/notices").await;
    assert_eq!(later.status, 401, "the access token ran out meanwhile");
    let mut li = li;
    li.refresh().await;
    assert_eq!(li.get("/api/v1/me/notices").await.ok()["items"][0]["title"], "报名成功 4");
    li.get("/api/v1/me/notices?cursor=x").await.problem(400, "bad_parameter");
    li.get("/api/v1/me/notices?unread=maybe").await.problem(400, "bad_parameter");
    app.get("/api/v1/me/notices").await.problem(401, "login_required");
}

async fn what_was_read_stays_read_and_what_comes_meanwhile_does_not(app: TestApp) {
    let li = app.resident("li").await;
    tell(&li, 1, 0).await;
    tell(&li, 2, 0).await;
    let shown = li.get("/api/v1/me/notices").await.ok();
    app.clock.advance(TimeDelta::seconds(1));
    tell(&li, 3, 0).await;
    let path = "/api/v1/me/notices/read";
    let one = json!({"ids": [shown["items"][0]["id"]]});
    for _ in 0..2 {
        assert_eq!(li.post(path, &one).await.ok()["unread"], 2);
    }
    let all = json!({"until": shown["items"][0]["at"]});
    assert_eq!(li.post(path, &all).await.ok()["unread"], 1);
    let unread = li.get("/api/v1/me/notices?unread=true").await.ok();
    assert_eq!(unread["items"].as_array().unwrap().len(), 1);
    assert_eq!(unread["items"][0]["title"], "报名成功 3");
    let wang = app.resident("wang").await;
    wang.post(path, &json!({"ids": [unread["items"][0]["id"]]})).await.ok();
    assert_eq!(li.get("/api/v1/me/notices").await.ok()["unread"], 1, "nobody reads for somebody else");
    for wrong in [json!({}), json!({"ids": []}), json!({"ids": [], "until": "2026-11-25T02:00:00Z"})] {
        li.post(path, &wrong).await.problem(422, "invalid");
    }
}
