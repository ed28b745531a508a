//! Links that show what is not public.

use chrono::TimeDelta;
use serde_json::json;

use super::{Office, complete};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_link_shows_one_revision_for_a_day,
    a_link_cannot_be_made_up,
    a_page_shows_it_to_whoever_has_no_account
);

async fn a_link_shows_one_revision_for_a_day(app: TestApp) {
    let office = Office::with_draft(&app, &complete("请领导看", "**内容**")).await;
    office.submit().await;
    let link = office.author.get(&office.path("/preview-link?revision=1")).await.ok();
    let path = format!("/api/v1/article-previews/{}", link["token"].as_str().unwrap());
    let shown = app.get(&path).await;
    assert_eq!(shown.header("x-robots-tag"), Some("noindex, nofollow"));
    assert_eq!(shown.header("cache-control"), Some("private, no-store"));
    let shown = shown.ok();
    assert_eq!((&shown["title"], &shown["revision"]), (&json!("请领导看"), &json!(1)));
    assert!(shown["notice"].as_str().unwrap().contains("2026年11月26日"), "{shown}");
    let seen = office.state_version().await;
    office.author.post_version(&office.path("/recall"), seen, &json!({})).await.ok();
    office.save(&complete("又改了", "内容")).await;
    assert_eq!(app.get(&path).await.ok()["title"], "请领导看", "the revision, not what came after");
    let draft = office.author.get(&office.path("/preview-link")).await.ok();
    let draft = format!("/api/v1/article-previews/{}", draft["token"].as_str().unwrap());
    assert_eq!(app.get(&draft).await.ok()["title"], "又改了");
    app.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    app.get(&path).await.ok();
    app.clock.advance(TimeDelta::seconds(1));
    app.get(&path).await.problem(404, "preview_not_found");
}

async fn a_link_cannot_be_made_up(app: TestApp) {
    let office = Office::with_draft(&app, &complete("秘密", "内容")).await;
    let link = office.author.get(&office.path("/preview-link")).await.ok();
    let token = link["token"].as_str().unwrap();
    let (payload, signature) = token.rsplit_once('.').unwrap();
    let parts: Vec<&str> = payload.split('.').collect();
    let later = format!("{}.{}.{}", parts[0], parts[1], parts[2].parse::<i64>().unwrap() + 1);
    let other = format!("1.{}.{}", parts[1], parts[2]);
    for made_up in [
        format!("{later}.{signature}"),
        format!("{other}.{signature}"),
        payload.to_owned(),
        format!("{payload}."),
        format!("{payload}.AAAA"),
        "x".to_owned(),
        "...".to_owned(),
    ] {
        app.get(&format!("/api/v1/article-previews/{made_up}")).await.problem(404, "preview_not_found");
    }
    office.author.delete_version(&office.path(""), office.state_version().await).await.ok();
    app.get(&format!("/api/v1/article-previews/{token}")).await.problem(404, "preview_not_found");
}

async fn a_page_shows_it_to_whoever_has_no_account(app: TestApp) {
    let office = Office::with_draft(&app, &complete("<b>标题</b>", "正文 <script>alert(1)</script>")).await;
    let link = office.author.get(&office.path("/preview-link")).await.ok();
    let page = app.get(link["url"].as_str().unwrap()).await;
    assert_eq!((page.status, page.media_type()), (200, "text/html"));
    let html = page.text();
    assert!(html.contains("noindex") && html.contains("&lt;b&gt;标题&lt;/b&gt;"), "{html}");
    assert!(!html.contains("<script"), "{html}");
    app.get("/preview/x").await.problem(404, "preview_not_found");
}
