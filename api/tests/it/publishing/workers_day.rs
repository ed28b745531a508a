//! A community worker's day, from a pasted text to an article that was withdrawn.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::json;

use super::{CHECKS, HERE, Office, complete};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(a_workers_day);

const PAGE: &str = "<html><head><meta property=\"og:title\" content=\"控盐从今天开始！！！快看快转\"></head><body>\
    <div id=\"js_content\" style=\"visibility: hidden\"><section style=\"font-size:16px\"><section><p><span style=\"color:#e53e3e\"><strong>每天一勺盐</strong></span></p>\
    <p>一个成年人每天吃盐不超过<strong>6</strong>克。</p></section></section>\
    <script>track()</script><p style=\"display:none\">隐藏</p></div></body></html>";

async fn a_workers_day(app: TestApp) {
    // Nine o'clock: she brings in what a 公众号 has written, and is told what did not come along.
    let author = app.staff("editor", HERE).await;
    let page = author.request(Method::POST, "/api/v1/articles/import").header("content-type", "text/html");
    let imported = page.body(PAGE).send().await.ok();
    let removed = imported["report"]["removed"].as_array().unwrap();
    assert!(removed.iter().any(|remark| remark["code"] == "scripts"), "{imported}");
    let text = imported["body_html"].as_str().unwrap().to_owned();
    assert!(text.contains("每天一勺盐") && !text.contains("script") && !text.contains("隐藏"), "{text}");
    let mut content = complete(imported["title"].as_str().unwrap(), "");
    content["body"] = json!({"format": "html", "text": text});
    let new = json!({"kind": "article", "region_code": HERE, "content": content, "source_id": imported["source_id"]});
    let office = Office::with_new(&app, author, &new).await;
    assert_eq!(office.now().await["content"]["title"], "控盐从今天开始！！！快看快转");

    // She mends it, while it saves itself.
    content["title"] = json!("控盐从今天开始");
    office.save(&content).await;
    content["body"]["text"] = json!(text.replace('6', "5"));
    office.save(&content).await;

    // Handed in, returned with a reason, mended, handed in again, agreed to.
    office.submit().await;
    let reason = json!({"revision": 1, "reason": "请写上低钠盐谁不能吃"});
    office.act("/return", &reason).await.ok();
    let text = office.now().await["content"]["body"]["text"].as_str().unwrap().to_owned();
    content["body"]["text"] = json!(format!("{text}<p>有肾病的人先问医生再换低钠盐。</p>"));
    office.save(&content).await;
    office.submit().await;
    let approval = json!({"revision": 2, "checks": CHECKS, "remark": "可以"});
    office.act("/approve", &approval).await.ok();
    let compared = office.author.get(&office.path("/compare?from=1&to=2")).await.ok();
    assert_eq!(compared["body"][1]["change"], "added");

    // Scheduled for noon; residents see nothing until then, and everything from then on.
    office.schedule("2026-11-25 12:00").await;
    let noon: DateTime<Utc> = "2026-11-25T04:00:00Z".parse().unwrap();
    let found = async |typed: &str| {
        let results = app.get(&format!("/api/v1/search?q={typed}&kind=article")).await.ok();
        results["items"].as_array().unwrap().iter().any(|hit| hit["title"] == "控盐从今天开始")
    };
    app.clock.advance(noon - app.clock.now() - TimeDelta::milliseconds(1));
    assert_eq!((office.read().await, found("kongyan").await), (None, false));
    app.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(office.title().await.unwrap(), "控盐从今天开始");
    for typed in ["控盐", "kongyan", "ky", "低钠盐"] {
        assert!(found(typed).await, "{typed}");
    }
    let home = app.get(&format!("/api/v1/home?region={HERE}")).await.ok();
    assert!(home["articles"].as_array().unwrap().iter().any(|article| article["title"] == "控盐从今天开始"));

    // Somebody reads it, and she sees that somebody did.
    let slug = office.now().await["slug"].as_str().unwrap().to_owned();
    app.post(&format!("/api/v1/articles/{slug}/reads"), &json!({"region": HERE, "act": "finished"})).await;
    let numbers =
        office.writing().await.get(&format!("/api/v1/article-readings?article={}", office.id)).await.ok();
    assert_eq!(numbers["items"][0]["text"], "读过 1 人次，读完 1 人次，转发 0 人次");

    // In the evening it is taken down.
    office.withdraw().await;
    assert_eq!((office.read().await, found("kongyan").await), (None, false));
    assert_eq!(
        office.history().await,
        ["created", "submitted", "returned", "submitted", "approved", "scheduled", "withdrawn"]
    );
}
