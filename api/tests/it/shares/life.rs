//! What a link shows, how often, and until when.

use chrono::TimeDelta;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{open, share, shares};
use crate::fhir::{THIS_MORNING, keeper, measure};
use crate::people::{add, appoint, child, days_later};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_doctor_sees_the_record_and_the_person_sees_that,
    a_link_opens_as_often_as_it_says,
    two_who_open_at_once_do_not_get_one_view,
    a_link_ends_by_the_clock_and_when_it_is_taken_back,
    a_link_shows_the_days_it_was_made_for,
    the_cover_takes_no_view_and_tells_nobody,
    a_wish_is_checked_and_a_repeat_makes_no_second_link,
    a_guardians_link_ends_when_the_childs_own_word_counts,
);

fn with(mut person: Value, name: &str, value: Value) -> Value {
    person[name] = value;
    person
}

async fn a_doctor_sees_the_record_and_the_person_sees_that(app: TestApp) {
    let li = keeper(&app, "li").await;
    li.patch("/api/v1/me", &json!({"name": "李秀英", "birth_date": "1956-03-08", "sex": "female"}))
        .await
        .ok();
    let before = "2026-11-24T07:00:00+08:00";
    measure(&li, "blood_pressure", json!({"systolic": 148, "diastolic": 86}), before).await;
    measure(&li, "blood_pressure", json!({"systolic": 152, "diastolic": 88}), THIS_MORNING).await;
    let (made, token) = share(&li, json!({"label": "人民医院王医生", "days": 3, "most_views": 4})).await;
    assert_eq!((&made["state"], &made["views"], &made["most_views"]), (&json!("open"), &json!(0), &json!(4)));
    assert!(made["url"].as_str().unwrap().starts_with(&format!("{}/s/", app.base_url)));
    let answer = open(&li, &token).await;
    let record = answer.ok();
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert_eq!((&record["name"], &record["about"]), (&json!("李秀英"), &json!("女，70 岁")));
    assert_eq!(record["sections"][0]["rows"][0]["value"], "152/88 mmHg");
    let page = app.request(Method::POST, &format!("/s/{token}")).send().await;
    assert_eq!((page.status, page.media_type()), (200, "text/html"));
    for told in ["李秀英", "152/88 mmHg", "不是诊断", "收缩压（高压）的正常范围", "舒张压（低压）的正常范围"]
    {
        assert!(page.text().contains(told), "{told}");
    }
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    for path in [format!("/s/{token}/report.pdf"), format!("/api/v1/shared/{token}/report.pdf")] {
        let paper = app.request(Method::POST, &path).send().await;
        assert_eq!((paper.status, paper.media_type()), (200, "application/pdf"));
        assert!(paper.body.starts_with(b"%PDF-"));
    }
    let listed = li.get(&shares(&li)).await.ok();
    assert_eq!((&listed["items"][0]["views"], &listed["items"][0]["state"]), (&json!(4), &json!("used_up")));
    assert!(listed["items"][0].get("url").is_none(), "the address is told once");
    let log = li.get("/api/v1/me/access-log").await.ok();
    assert_eq!(log["items"].as_array().unwrap().len(), 4);
    assert_eq!(log["items"][0]["text"], "持分享链接的人民医院王医生查看了健康档案（就诊分享）");
    assert_eq!(log["items"][0]["kind"], "link");
}

async fn a_link_opens_as_often_as_it_says(app: TestApp) {
    let li = keeper(&app, "li").await;
    let (_, token) = share(&li, json!({"label": "王医生", "most_views": 2})).await;
    open(&li, &token).await.ok();
    open(&li, &token).await.ok();
    open(&li, &token).await.problem(410, "share_over");
    let cover = app.get(&format!("/s/{token}")).await;
    cover.problem(410, "share_over");
    assert_eq!(li.get(&shares(&li)).await.ok()["items"][0]["views"], 2);
    open(&li, "unknown").await.problem(404, "no_such_share");
}

async fn two_who_open_at_once_do_not_get_one_view(app: TestApp) {
    let li = keeper(&app, "li").await;
    let (_, token) = share(&li, json!({"label": "王医生", "most_views": 3})).await;
    let answers = join_all((0..8).map(|_| open(&li, &token))).await;
    let opened = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(opened, 3);
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 410)));
    let log = li.get("/api/v1/me/access-log").await.ok();
    assert_eq!(log["items"].as_array().unwrap().len(), 3, "each view is noted, and no refusal");
}

async fn a_link_ends_by_the_clock_and_when_it_is_taken_back(app: TestApp) {
    let mut li = keeper(&app, "li").await;
    let (_, token) = share(&li, json!({"label": "王医生", "days": 1})).await;
    app.clock.advance(TimeDelta::seconds(1));
    let (second, other) = share(&li, json!({"label": "赵医生", "days": 30})).await;
    app.clock.advance(TimeDelta::days(1) - TimeDelta::milliseconds(1_001));
    open(&li, &token).await.ok();
    app.clock.advance(TimeDelta::milliseconds(1));
    open(&li, &token).await.problem(410, "share_over");
    open(&li, &other).await.ok();
    li.refresh().await;
    let path = format!("{}/{}", shares(&li), second["id"].as_str().unwrap());
    assert_eq!(li.delete(&path).await.status, 204);
    assert_eq!(li.delete(&path).await.status, 204);
    open(&li, &other).await.problem(410, "share_over");
    let states: Vec<_> = li.get(&shares(&li)).await.ok()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["state"].clone())
        .collect();
    assert_eq!(states, ["revoked", "expired"]);
    let nobody = format!("{}/{}", shares(&li), app.state.random.stamp());
    li.delete(&nobody).await.problem(404, "no_such_share");
}

async fn a_link_shows_the_days_it_was_made_for(app: TestApp) {
    let mut li = keeper(&app, "li").await;
    measure(&li, "weight", json!({"value": 61}), "2026-08-01T08:00:00+08:00").await;
    measure(&li, "weight", json!({"value": 62}), "2026-11-01T08:00:00+08:00").await;
    let (usual, token) = share(&li, json!({"label": "王医生"})).await;
    assert_eq!((&usual["first_day"], &usual["last_day"]), (&json!("2026-08-25"), &json!("2026-11-25")));
    let (_, longer) = share(&li, json!({"label": "王医生", "first_day": "2026-08-01"})).await;
    app.clock.advance(TimeDelta::days(2));
    li.refresh().await;
    measure(&li, "weight", json!({"value": 63}), "2026-11-26T08:00:00+08:00").await;
    let rows = async |token: &str| {
        let record = open(&li, token).await.ok();
        record["sections"][0]["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["value"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(rows(&token).await, ["62.0 公斤"], "nothing older, and nothing that came later");
    assert_eq!(rows(&longer).await, ["62.0 公斤", "61.0 公斤"]);
}

async fn the_cover_takes_no_view_and_tells_nobody(app: TestApp) {
    let li = keeper(&app, "li").await;
    li.patch("/api/v1/me", &json!({"name": "李秀英"})).await.ok();
    measure(&li, "weight", json!({"value": 61}), THIS_MORNING).await;
    let (_, token) = share(&li, json!({"label": "王医生", "most_views": 1})).await;
    for _ in 0..3 {
        let cover = app.get(&format!("/s/{token}")).await;
        assert_eq!((cover.status, cover.media_type()), (200, "text/html"));
        assert!(!cover.text().contains("李秀英") && !cover.text().contains("王医生"));
        assert_eq!(cover.header("x-robots-tag"), Some("noindex"));
        assert_eq!(cover.header("cache-control"), Some("private, no-store"));
    }
    app.request(Method::HEAD, &format!("/s/{token}")).send().await;
    assert_eq!(li.get(&shares(&li)).await.ok()["items"][0]["views"], 0);
    let browser = app.request(Method::GET, "/s/unknown").header("accept", "text/html").send().await;
    assert_eq!((browser.status, browser.media_type()), (404, "text/html"));
}

async fn a_wish_is_checked_and_a_repeat_makes_no_second_link(app: TestApp) {
    let li = keeper(&app, "li").await;
    for (wish, pointer) in [
        (json!({"label": " "}), "/label"),
        (json!({"label": "长".repeat(31)}), "/label"),
        (json!({"label": "王医生", "days": 0}), "/days"),
        (json!({"label": "王医生", "days": 31}), "/days"),
        (json!({"label": "王医生", "most_views": 51}), "/most_views"),
        (json!({"label": "王医生", "first_day": "2026-11-26"}), "/first_day"),
        (json!({"label": "王医生", "first_day": "2025-11-24"}), "/first_day"),
    ] {
        let problem = li.post(&shares(&li), &wish).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{wish}");
    }
    li.post(&shares(&li), &json!({"label": "王医生", "password": 1})).await.problem(400, "bad_json");
    let wish = json!({"label": "王医生"});
    let first = li.post_with_key(&shares(&li), "same-key-0001", &wish).await;
    let again = li.post_with_key(&shares(&li), "same-key-0001", &wish).await;
    assert_eq!((first.status, first.json()), (again.status, again.json()));
    for nth in 1..10 {
        share(&li, json!({"label": format!("医生{nth}")})).await;
    }
    li.post(&shares(&li), &wish).await.problem(409, "too_many_shares");
    let page = li.get(&format!("{}?limit=4", shares(&li))).await.ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 4);
    let next = page["next"].as_str().unwrap();
    let rest = li.get(&format!("{}?limit=20&cursor={next}", shares(&li))).await.ok();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (6, &json!(null)));
}

async fn a_guardians_link_ends_when_the_childs_own_word_counts(app: TestApp) {
    let mut li = app.resident("li").await;
    let young = add(&li, &with(child(), "birth_date", json!("2012-12-01"))).await;
    let made =
        li.post(&format!("/api/v1/people/{young}/shares"), &json!({"label": "王医生", "days": 30})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let token = made.json()["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    // On the 14th birthday the guardian's consent still counts, on the day after it does not.
    days_later(&mut [&mut li], 6).await;
    open(&li, &token).await.ok();
    days_later(&mut [&mut li], 1).await;
    open(&li, &token).await.problem(410, "share_over");
    let nearly_grown = with(with(child(), "birth_date", json!("2009-05-01")), "consents", json!([]));
    let older = add(&li, &nearly_grown).await;
    let path = format!("/api/v1/people/{older}/shares");
    li.post(&path, &json!({"label": "王医生"})).await.problem(403, "consent_required");
    // A proxy decides nothing, so it shares nothing.
    let (zhang, wang) = (keeper(&app, "zhang").await, app.resident("wang").await);
    let person = zhang.person_id.unwrap().to_string();
    appoint(&zhang, &wang, &person, &["records.read", "records.write"], 30).await;
    wang.post(&shares(&zhang), &json!({"label": "王医生"})).await.problem(403, "scope_missing");
    wang.get(&shares(&zhang)).await.problem(403, "scope_missing");
}
