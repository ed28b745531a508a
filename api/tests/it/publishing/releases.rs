//! Publishing, schedules, taking down.

use chrono::TimeDelta;
use serde_json::json;

use super::{HERE, Office, complete};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    it_is_there_before_the_answer_leaves,
    a_new_revision_takes_the_place_of_the_old_at_its_time,
    a_corrected_article_is_no_newer,
    what_expires_is_gone_at_its_instant,
    wrong_times_are_named,
    an_overdue_article_is_not_published,
    publishing_is_for_those_who_may,
    every_act_is_audited,
    an_address_can_be_changed_and_the_old_one_leads_on,
    the_same_title_twice_gets_two_addresses,
);

async fn it_is_there_before_the_answer_leaves(app: TestApp) {
    let office = Office::with_approved(&app, &complete("马上看到的鲸鱼", "内容")).await;
    assert_eq!(office.read().await, None);
    let published = office.publish().await;
    assert_eq!((&published["public"], &published["work"]), (&json!("live"), &json!("settled")));
    assert_eq!(office.title().await.unwrap(), "马上看到的鲸鱼");
    let found = app.get("/api/v1/search?q=jingyu&kind=article").await.ok();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(office.read().await.unwrap()["demo"], false);
    office.withdraw().await;
    let found = app.get("/api/v1/search?q=jingyu&kind=article").await.ok();
    assert_eq!(found["items"].as_array().unwrap().len(), 0);
    office.act("/withdraw", &json!({})).await.problem(409, "not_live");
    // What was reviewed once can come back.
    office.publish().await;
    assert_eq!(office.title().await.unwrap(), "马上看到的鲸鱼");
}

async fn a_new_revision_takes_the_place_of_the_old_at_its_time(app: TestApp) {
    let office = Office::with_live(&app, &complete("旧的海豚", "旧的")).await;
    office.save(&complete("新的鲸鱼", "新的")).await;
    office.submit().await;
    office.approve().await;
    office.schedule("2026-11-25 12:00").await;
    let found = async |word: &str| {
        let results = app.get(&format!("/api/v1/search?q={word}&kind=article")).await.ok();
        results["items"].as_array().unwrap().len()
    };
    assert_eq!(
        (office.title().await.unwrap().as_str(), found("海豚").await, found("鲸鱼").await),
        ("旧的海豚", 1, 0)
    );
    app.clock.advance(TimeDelta::hours(3));
    assert_eq!(
        (office.title().await.unwrap().as_str(), found("海豚").await, found("鲸鱼").await),
        ("新的鲸鱼", 0, 1)
    );
    let check = kangtu::search::rebuild::check(&app.state.database, app.clock.now()).await.unwrap();
    assert_eq!(check.faults, Vec::<String>::new());
    // Taking it down shows nothing older, also in the search.
    office.withdraw().await;
    assert_eq!((office.title().await, found("海豚").await, found("鲸鱼").await), (None, 0, 0));
}

async fn a_corrected_article_is_no_newer(app: TestApp) {
    let office = Office::with_live(&app, &complete("有错字", "内容")).await;
    app.clock.advance(TimeDelta::minutes(5));
    Office::with_live(&app, &complete("后来的", "内容")).await;
    office.save(&complete("没有错字", "内容")).await;
    office.submit().await;
    office.approve().await;
    office.publish().await;
    let list = app.get("/api/v1/articles?limit=2").await.ok();
    let titles: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["后来的", "没有错字"]);
    let read = office.read().await.unwrap();
    assert_ne!(read["published_at"], read["updated_at"]);
}

async fn what_expires_is_gone_at_its_instant(app: TestApp) {
    let office = Office::with_approved(&app, &complete("到期的", "内容")).await;
    office.act("/publish", &json!({"expire_at": "2026-11-25 12:00"})).await.ok();
    assert_eq!(office.now().await["live"]["expire_at"], "2026-11-25T12:00:00+08:00");
    // It can be shown longer while it is shown.
    office.act("/publish", &json!({"expire_at": "2026-11-25 13:00"})).await.ok();
    app.clock.advance(TimeDelta::minutes(2 * 60 + 30));
    assert!(office.read().await.is_some());
    app.clock.advance(TimeDelta::minutes(30));
    assert_eq!(office.read().await, None);
}

async fn wrong_times_are_named(app: TestApp) {
    let office = Office::with_approved(&app, &complete("时间", "内容")).await;
    for (body, pointer, code) in [
        (json!({"publish_at": "2026-11-25 09:00"}), "/publish_at", "in_past"),
        (json!({"publish_at": "明天早上"}), "/publish_at", "bad_time"),
        (json!({"publish_at": "2028-11-25 09:00"}), "/publish_at", "too_far"),
        (
            json!({"publish_at": "2026-11-26 09:00", "expire_at": "2026-11-26 09:00"}),
            "/expire_at",
            "too_early",
        ),
    ] {
        let problem = office.act("/schedule", &body).await.problem(422, "invalid");
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
            (&json!(pointer), &json!(code))
        );
    }
    office.act("/publish", &json!({"expire_at": "2026-11-25 09:00"})).await.problem(422, "invalid");
}

async fn an_overdue_article_is_not_published(app: TestApp) {
    let mut content = complete("要复核", "内容");
    content["review_by"] = json!("2026-12-01");
    let office = Office::with_approved(&app, &content).await;
    office.act("/schedule", &json!({"publish_at": "2026-12-01 08:00"})).await.problem(409, "review_overdue");
    office.act("/schedule", &json!({"publish_at": "2026-11-30 08:00"})).await.ok();
}

async fn publishing_is_for_those_who_may(app: TestApp) {
    let office = Office::with_approved(&app, &complete("谁能发布", "内容")).await;
    let version = office.state_version().await;
    for (what, body) in [
        ("/publish", json!({})),
        ("/schedule", json!({"publish_at": "2026-11-26 08:00"})),
        ("/unschedule", json!({})),
        ("/withdraw", json!({})),
    ] {
        let refused = office.author.post_version(&office.path(what), version, &body).await;
        assert_eq!(refused.status, 403, "{what}");
        assert_eq!(office.reviewer.post(&office.path(what), &body).await.status, 428, "{what}");
    }
    assert_eq!(office.read().await, None);
}

async fn every_act_is_audited(app: TestApp) {
    let office = Office::with_live(&app, &complete("留痕", "内容")).await;
    office.withdraw().await;
    let auditor = app.staff("auditor", HERE).await;
    let log = auditor.get("/api/v1/audit?limit=100").await.ok();
    let actions: Vec<&str> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .filter(|item| item["object_kind"] == "article")
        .map(|item| item["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "article.created",
            "article.submitted",
            "article.reviewed",
            "article.published",
            "article.withdrawn"
        ],
        "{log}"
    );
}

async fn an_address_can_be_changed_and_the_old_one_leads_on(app: TestApp) {
    let office = Office::with_live(&app, &complete("盐", "内容")).await;
    let first = office.now().await["slug"].as_str().unwrap().to_owned();
    let to = async |slug: &str| {
        let version = office.state_version().await;
        office.reviewer.put_version(&office.path("/slug"), version, &json!({"slug": slug})).await
    };
    to("less-salt").await.ok();
    let moved = app.get(&format!("/api/v1/articles/{first}")).await.ok();
    assert_eq!(moved["moved_to"], "less-salt");
    to("daily-salt").await.problem(409, "slug_taken");
    to("less-salt").await.problem(409, "slug_taken");
    to("少盐").await.problem(422, "invalid");
    to(&first).await.ok();
    assert_eq!(app.get("/api/v1/articles/less-salt").await.ok()["moved_to"], json!(first));
}

async fn the_same_title_twice_gets_two_addresses(app: TestApp) {
    let one = Office::with_live(&app, &complete("同名", "一")).await;
    let two = Office::with_live(&app, &complete("同名", "二")).await;
    assert_eq!(one.now().await["slug"], "tong-ming");
    assert_eq!(two.now().await["slug"], json!(format!("tong-ming-{}", two.id)));
}
