//! How often articles are read, for workers.

use serde_json::json;

use super::{ELSEWHERE, HERE, Office, STREET, complete};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    readings_are_told_in_words_by_community,
    items_of_health_literacy_without_an_article_are_told,
);

async fn readings_are_told_in_words_by_community(app: TestApp) {
    let office = Office::with_live(&app, &complete("有人看", "内容")).await;
    let slug = office.now().await["slug"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/articles/{slug}/reads");
    for (name, region, act) in [
        ("a", HERE, "read"),
        ("a", HERE, "finished"),
        ("a", HERE, "finished"),
        ("b", HERE, "shared"),
        ("c", ELSEWHERE, "read"),
    ] {
        let reader = app.resident(name).await;
        assert_eq!(reader.post(&path, &json!({"region": region, "act": act})).await.status, 204);
    }
    app.post(&path, &json!({})).await;
    let of = async |role: &str, region: &str, query: &str| {
        let worker = app.staff(role, region).await;
        let list = worker.get(&format!("/api/v1/article-readings?article={}{query}", office.id)).await.ok();
        list["items"][0].clone()
    };
    let here = of("editor", HERE, "").await;
    assert_eq!(here["text"], "读过 2 人次，读完 1 人次，转发 1 人次");
    assert_eq!(here["regions"].as_array().unwrap().len(), 1, "{here}");
    let street = of("reviewer", STREET, "").await;
    assert_eq!((&street["read"], &street["title"]), (&json!(3), &json!("有人看")));
    assert_eq!(street["regions"][0]["name"], "葵涌社区");
    let root = app.state.regions.current().root().unwrap().to_owned();
    assert_eq!(of("editor", &root, "").await["read"], 4, "with the reader who told no region");
    assert_eq!(of("editor", &root, &format!("&region={ELSEWHERE}")).await["read"], 1);
    assert_eq!(of("editor", &root, "&to=2026-11-24").await, json!(null));
    let worker = app.staff("editor", HERE).await;
    for query in ["from=x", "from=2026-11-26&to=2026-11-25", "article=x", "region=x"] {
        worker.get(&format!("/api/v1/article-readings?{query}")).await.problem(400, "bad_parameter");
    }
}

async fn items_of_health_literacy_without_an_article_are_told(app: TestApp) {
    let worker = app.staff("editor", HERE).await;
    let seeds = worker.get("/api/v1/literacy-coverage").await.ok();
    assert_eq!((&seeds["edition"], &seeds["covered"]), (&json!(2024), &json!(15)));
    assert_eq!(seeds["text"], "66条（2024年版）中有 15 条已有文章，51 条还没有。");
    let (items, missing) = (seeds["items"].as_array().unwrap(), seeds["missing"].as_array().unwrap());
    assert_eq!((items.len(), missing.len()), (66, 51));
    assert_eq!((&items[9]["number"], &items[9]["count"]), (&json!(10), &json!(2)));
    assert!(missing.contains(&json!(1)) && !missing.contains(&json!(10)));

    let mut content = complete("脉搏", "一分钟60到100次。");
    content["literacy"] = json!({"edition": 2015, "items": [7, 66]});
    Office::with_live(&app, &content).await;
    let earlier = worker.get("/api/v1/literacy-coverage?edition=2015").await.ok();
    assert_eq!(
        (&earlier["covered"], &earlier["items"][6]["articles"][0]["title"]),
        (&json!(2), &json!("脉搏"))
    );
    assert_eq!(earlier["editions"][1], json!({"edition": 2015, "articles": 1}));
    assert_eq!(worker.get("/api/v1/literacy-coverage").await.ok()["edition"], 2024, "the newest");
    let next_door =
        worker.get(&format!("/api/v1/literacy-coverage?edition=2015&region={ELSEWHERE}")).await.ok();
    assert_eq!(next_door["covered"], 0, "it is for the community only");
    for query in ["edition=x", "edition=1999", "region=x"] {
        worker.get(&format!("/api/v1/literacy-coverage?{query}")).await.problem(400, "bad_parameter");
    }
    app.get("/api/v1/literacy-coverage").await.problem(401, "login_required");
}
