//! The working copy.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{ELSEWHERE, HERE, Office, STREET, complete};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_draft_is_saved_as_often_as_one_likes,
    two_editors_are_told_of_each_other,
    what_is_missing_is_named_before_it_is_asked_for,
    labels_come_from_their_lists,
    an_article_that_came_with_the_program_lacks_only_its_review,
    a_health_claim_needs_a_source_and_somebody_who_read_it,
    a_notice_needs_neither,
    html_is_kept_as_far_as_residents_can_see_it,
    words_of_the_list_are_pointed_out,
    what_is_struck_out_is_pointed_out,
    drafts_are_found_by_state_and_words_in_ones_region,
    workers_write_for_their_region_and_below,
    last_years_notice_is_copied,
    pages_of_drafts_join,
);

async fn a_draft_is_saved_as_often_as_one_likes(app: TestApp) {
    let office = Office::with_draft(&app, &json!({"title": "开个头"})).await;
    let first = office.now().await;
    assert_eq!(
        (&first["work"], &first["public"], &first["slug"]),
        (&json!("draft"), &json!("never"), &json!(null))
    );
    let saved = office.save(&complete("写完了", "正文")).await;
    assert_eq!(saved["version"], 2);
    let again = office.save(&complete("写完了", "正文")).await;
    assert_eq!(again["version"], 2, "nothing changed, nothing is written");
    let revisions = office.author.get(&office.path("/revisions")).await.ok();
    assert_eq!(revisions["items"], json!([]));
    let answer = office.author.get(&office.path("/draft")).await;
    assert_eq!(answer.header("etag"), Some("\"2\""));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}

async fn two_editors_are_told_of_each_other(app: TestApp) {
    let office = Office::with_draft(&app, &complete("两个人写", "一")).await;
    let colleague = app.staff("editor", HERE).await;
    let path = office.path("/presence");
    colleague.put(&path, &json!({})).await.ok();
    let there = office.now().await["editors"].as_array().unwrap().clone();
    assert_eq!((there.len(), &there[0]["id"]), (1, &json!(colleague.id)));
    colleague.put_version(&office.path(""), 1, &complete("同事先存了", "二")).await.ok();
    let mine = complete("我也改了", "三");
    let problem = office.author.put_version(&office.path(""), 1, &mine).await.problem(412, "stale_version");
    assert_eq!((&problem["version"], &problem["changed_by"]), (&json!(2), &json!("测试员")));
    assert!(problem["detail"].as_str().unwrap().contains("测试员"), "{problem}");
    office.author.put(&office.path(""), &mine).await.problem(428, "version_required");
    app.clock.advance(TimeDelta::seconds(61));
    assert_eq!(office.now().await["editors"], json!([]), "whoever is silent has left");
    colleague.put(&path, &json!({})).await.ok();
    assert_eq!(colleague.delete(&path).await.status, 204);
    assert_eq!(office.now().await["editors"], json!([]));
}

fn pointers(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

async fn what_is_missing_is_named_before_it_is_asked_for(app: TestApp) {
    let office = Office::with_draft(&app, &json!({})).await;
    let todo = office.now().await["todo"].clone();
    assert_eq!(
        pointers(&todo),
        ["/title", "/elder_summary", "/body/text", "/source_name", "/medical_reviewer", "/reviewed_on"]
    );
    let refused = office.author.post_version(&office.path("/submit"), 1, &json!({})).await;
    assert_eq!(pointers(&refused.problem(422, "invalid")["errors"]), pointers(&todo));
    let mut content = complete(&"长".repeat(61), "正文");
    content["topics"] = json!(["nothing", "salt", "salt"]);
    content["source_url"] = json!("javascript:alert(1)");
    content["related"] = json!([999_999]);
    content["quiz"] = json!({"question": "?", "choices": ["一"], "answer": 3, "explanation": ""});
    let saved = office.save(&content).await;
    assert!(pointers(&saved["todo"]).contains(&"/related"), "an article that is not there is named at once");
    let refused = office.author.post_version(&office.path("/submit"), 2, &json!({})).await;
    let problem = refused.problem(422, "invalid");
    for pointer in ["/title", "/topics", "/source_url", "/related", "/quiz", "/quiz/choices"] {
        assert!(pointers(&problem["errors"]).contains(&pointer), "{pointer}: {problem}");
    }
    let mut endless = complete("题", "正文");
    endless["title"] = json!("长".repeat(201));
    office.author.put_version(&office.path(""), 2, &endless).await.problem(422, "invalid");
    office.author.put_version(&office.path(""), 2, &json!({"titel": "x"})).await.problem(400, "bad_json");
}

async fn labels_come_from_their_lists(app: TestApp) {
    let office = Office::with_draft(&app, &complete("标签", "少盐")).await;
    for (field, value, expected) in [
        ("audiences", json!(["nope"]), vec!["/audiences"]),
        ("audiences", json!(["elders", "elders"]), vec!["/audiences"]),
        ("audiences", json!(["elders", "women"]), vec![]),
        ("literacy", json!({"edition": 2024, "items": [0]}), vec!["/literacy/items"]),
        ("literacy", json!({"edition": 2024, "items": [67]}), vec!["/literacy/items"]),
        ("literacy", json!({"edition": 2024, "items": [7, 7]}), vec!["/literacy/items"]),
        ("literacy", json!({"edition": 1999, "items": [7]}), vec!["/literacy/edition"]),
        ("literacy", json!({"edition": 2024, "items": []}), vec![]),
        ("literacy", json!({"edition": 2024, "items": [1, 66]}), vec![]),
        ("source_url", json!("ftp://dg.cnsoc.org"), vec!["/source_url"]),
        ("source_url", json!("http://dg.cnsoc.org"), vec![]),
    ] {
        let mut content = complete("标签", "少盐");
        content[field] = value.clone();
        let saved = office.save(&content).await;
        assert_eq!(pointers(&saved["todo"]), expected, "{field} {value}");
    }
    let mut unknown = complete("标签", "少盐");
    unknown["audiences"] = json!(["nope"]);
    let version = office.save(&unknown).await["version"].as_i64().unwrap();
    let refused = office.author.post_version(&office.path("/submit"), version, &json!({})).await;
    assert_eq!(pointers(&refused.problem(422, "invalid")["errors"]), ["/audiences"]);
}

async fn an_article_that_came_with_the_program_lacks_only_its_review(app: TestApp) {
    let root = app.state.regions.current().root().unwrap().to_owned();
    let author = app.staff("editor", &root).await;
    for known in &app.state.knowledge.at(app.clock.now()).view.articles {
        let draft = author.get(&format!("/api/v1/articles/{}/draft", known.id)).await.ok();
        assert_eq!(pointers(&draft["todo"]), ["/medical_reviewer", "/reviewed_on"], "{}", known.slug);
    }
}

async fn a_health_claim_needs_a_source_and_somebody_who_read_it(app: TestApp) {
    let office = Office::with_draft(&app, &complete("健康建议", "少盐")).await;
    for (field, value, pointer) in [
        ("source_name", json!(" "), "/source_name"),
        ("medical_reviewer", json!(null), "/medical_reviewer"),
        ("reviewed_on", json!(null), "/reviewed_on"),
        ("reviewed_on", json!("2026-11-26"), "/reviewed_on"),
        ("review_by", json!(null), "/review_by"),
        ("review_by", json!("2026-11-25"), "/review_by"),
        ("review_by", json!("2028-11-21"), "/review_by"),
    ] {
        let mut content = complete("健康建议", "少盐");
        content[field] = value.clone();
        let saved = office.save(&content).await;
        assert_eq!(pointers(&saved["todo"]), [pointer], "{field} {value}");
    }
}

async fn a_notice_needs_neither(app: TestApp) {
    let author = app.staff("editor", HERE).await;
    let content = json!({"title": "周六停水", "body": {"format": "markdown", "text": "上午停水。"}, "health_claims": false});
    let new = json!({"kind": "notice", "region_code": HERE, "content": content});
    let created = author.post("/api/v1/articles", &new).await.json();
    assert_eq!(created["todo"], json!([]), "{created}");
    let reviewer = app.staff("reviewer", HERE).await;
    let id = created["id"].as_i64().unwrap();
    let office = Office { app: app.clone(), author, reviewer, id, since: app.clock.now() };
    office.submit().await;
    office.approve().await;
    office.publish().await;
    let read = office.read().await.unwrap();
    assert_eq!((&read["slug"], &read["source"]["name"]), (&json!("zhou-liu-ting-shui"), &json!("葵涌社区")));
}

async fn html_is_kept_as_far_as_residents_can_see_it(app: TestApp) {
    let mut content = complete("粘贴的", "");
    content["body"] = json!({
        "format": "html",
        "text": "<p onclick=\"x()\">先坐<custom>五分钟</custom></p><script>alert(1)</script>\
                 <img src=\"https://example.cn/a.png\"><img src=\"javascript:x\"><iframe src=\"https://example.cn\"></iframe>",
    });
    let office = Office::with_live(&app, &content).await;
    let kept = office.now().await["content"]["body"]["text"].as_str().unwrap().to_owned();
    let html = office.read().await.unwrap()["body_html"].as_str().unwrap().to_owned();
    for text in [&kept, &html] {
        assert!(text.contains("先坐五分钟"), "{text}");
        for gone in ["script", "onclick", "example.cn", "javascript", "custom", "iframe"] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
    }
}

async fn words_of_the_list_are_pointed_out(app: TestApp) {
    let office = Office::with_draft(&app, &complete("提醒", "这个偏方包治百病。")).await;
    let warnings = office.now().await["warnings"].clone();
    assert_eq!(warnings[0]["code"], "sensitive_word", "{warnings}");
    assert!(warnings[0]["message"].as_str().unwrap().contains("包治百病"));
    office.submit().await;
}

async fn what_is_struck_out_is_pointed_out(app: TestApp) {
    let office = Office::with_draft(&app, &complete("划掉", "每天~~10克~~5克，油25~30克。")).await;
    assert_eq!(office.now().await["warnings"][0]["code"], "struck_out");
    let mut content = complete("划掉", "");
    content["body"] = json!({"format": "html", "text": "<p>每天<s>10克</s>5克</p>"});
    let saved = office.save(&content).await;
    assert_eq!(saved["warnings"][0]["code"], "struck_out", "{saved}");
    assert_eq!(saved["content"]["body"]["text"].as_str().unwrap().trim(), "<p>每天5克</p>");
    assert_eq!(office.now().await["warnings"], json!([]), "it is gone from what is kept");
}

async fn drafts_are_found_by_state_and_words_in_ones_region(app: TestApp) {
    let draft = Office::with_draft(&app, &complete("海豚草稿", "海豚")).await;
    let waiting = Office::with_draft(&app, &complete("海豚待审", "海豚")).await;
    waiting.submit().await;
    let returned = Office::with_draft(&app, &complete("海豚退回", "海豚")).await;
    returned.submit().await;
    let body = json!({"revision": 1, "reason": "标题太长"});
    returned.act("/return", &body).await.ok();
    let approved = Office::with_approved(&app, &complete("海豚审定", "海豚")).await;
    let scheduled = Office::with_approved(&app, &complete("海豚定时", "海豚")).await;
    scheduled.schedule("2026-11-26 08:00").await;
    let live = Office::with_live(&app, &complete("海豚发布", "海豚")).await;
    let withdrawn = Office::with_live(&app, &complete("海豚下线", "海豚")).await;
    withdrawn.withdraw().await;
    let worker = app.staff("reviewer", STREET).await;
    let ids = async |query: &str| {
        let list = worker.get(&format!("/api/v1/article-drafts?q=海豚&{query}")).await.ok();
        let mut ids: Vec<i64> =
            list["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect();
        ids.sort_unstable();
        ids
    };
    for (state, office) in [
        ("draft", &draft),
        ("in_review", &waiting),
        ("returned", &returned),
        ("approved", &approved),
        ("scheduled", &scheduled),
        ("live", &live),
        ("withdrawn", &withdrawn),
    ] {
        assert_eq!(ids(&format!("state={state}")).await, [office.id], "{state}");
    }
    assert_eq!(ids("").await.len(), 7);
    assert_eq!(ids("state=never").await, [draft.id, waiting.id, returned.id, approved.id]);
    assert_eq!(ids(&format!("region={ELSEWHERE}")).await, [0_i64; 0]);
    assert_eq!(ids("kind=notice").await, [0_i64; 0]);
    let elsewhere = app.staff("editor", ELSEWHERE).await;
    let list = elsewhere.get("/api/v1/article-drafts?q=海豚").await.ok();
    assert_eq!(list["items"], json!([]));
    worker.get("/api/v1/article-drafts?state=x").await.problem(400, "bad_parameter");
    worker.get("/api/v1/article-drafts?q=100%25_").await.ok();
}

async fn workers_write_for_their_region_and_below(app: TestApp) {
    let author = app.staff("editor", HERE).await;
    for (region, code) in
        [(json!(ELSEWHERE), "outside"), (json!(null), "outside"), (json!("1"), "unknown_region")]
    {
        let new = json!({"kind": "article", "region_code": region});
        let problem = author.post("/api/v1/articles", &new).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["code"], code, "{region}");
    }
    let root = app.state.regions.current().root().unwrap().to_owned();
    let chief = app.staff("editor", &root).await;
    let new = json!({"kind": "article", "region_code": null});
    assert_eq!(chief.post("/api/v1/articles", &new).await.status, 201);
    let seeded = app.state.knowledge.at(app.clock.now()).view.article_by_slug("daily-salt").unwrap().0.id;
    let path = format!("/api/v1/articles/{seeded}/draft");
    author.get(&path).await.problem(404, "not_found");
    let shown = chief.get(&path).await.ok();
    assert_eq!((&shown["public"], &shown["work"]), (&json!("live"), &json!("settled")));
    assert!(!shown["content"]["related"].as_array().unwrap().is_empty());
}

async fn last_years_notice_is_copied(app: TestApp) {
    let office = Office::with_live(&app, &complete("去年的通知", "内容")).await;
    let copied = office.author.post(&office.path("/copy"), &json!({})).await;
    assert_eq!(copied.status, 201);
    let copy = copied.json();
    assert_ne!(copy["id"], json!(office.id));
    assert_eq!((&copy["content"]["title"], &copy["public"]), (&json!("去年的通知"), &json!("never")));
    assert_eq!(copy["content"]["reviewed_on"], json!(null), "nobody has read the copy");
    let elsewhere = json!({"region_code": ELSEWHERE});
    office.author.post(&office.path("/copy"), &elsewhere).await.problem(422, "invalid");
}

async fn pages_of_drafts_join(app: TestApp) {
    let author = app.staff("editor", HERE).await;
    for number in 0..5 {
        let new =
            json!({"kind": "article", "region_code": HERE, "content": {"title": format!("第{number}篇")}});
        author.post("/api/v1/articles", &new).await;
    }
    let (mut titles, mut path) = (Vec::new(), "/api/v1/article-drafts?limit=2".to_owned());
    loop {
        let page = author.get(&path).await.ok();
        titles.extend(page["items"].as_array().unwrap().iter().map(|item| item["title"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/article-drafts?limit=2&cursor={next}");
    }
    assert_eq!(titles, ["第4篇", "第3篇", "第2篇", "第1篇", "第0篇"]);
}
