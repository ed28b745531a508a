//! The recycle bin.

use chrono::TimeDelta;
use kangtu::knowledge::publishing::purge;
use serde_json::json;

use super::{HERE, Office, complete};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    what_is_deleted_can_be_taken_out_for_thirty_days,
    what_is_in_use_is_not_deleted,
    what_was_public_is_kept,
);

async fn what_is_deleted_can_be_taken_out_for_thirty_days(app: TestApp) {
    let office = Office::with_draft(&app, &complete("不要了", "内容")).await;
    let binned = office.author.delete_version(&office.path(""), 1).await.ok();
    assert_eq!(binned["public"], "binned");
    office.author.delete_version(&office.path(""), 2).await.problem(409, "in_bin");
    let content = complete("还想写", "内容");
    office.author.put_version(&office.path(""), 1, &content).await.problem(409, "in_bin");
    let list = office.author.get("/api/v1/article-drafts").await.ok();
    assert_eq!(list["items"], json!([]));
    let list = office.author.get("/api/v1/article-drafts?state=binned").await.ok();
    assert_eq!(list["items"][0]["title"], "不要了");
    office.author.post_version(&office.path("/recover"), 2, &json!({})).await.ok();
    office.save(&content).await;
    office.author.delete_version(&office.path(""), 3).await.ok();
    app.clock.advance(TimeDelta::days(30) - TimeDelta::milliseconds(1));
    assert_eq!(purge(&app.state, app.clock.now()).await.unwrap(), 0);
    app.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(purge(&app.state, app.clock.now()).await.unwrap(), 1);
    let author = app.staff("editor", HERE).await;
    author.get(&office.path("/draft")).await.problem(404, "not_found");
}

async fn what_is_in_use_is_not_deleted(app: TestApp) {
    let office = Office::with_draft(&app, &complete("在用", "内容")).await;
    let delete = async || office.author.delete_version(&office.path(""), office.state_version().await).await;
    office.submit().await;
    delete().await.problem(409, "in_use");
    office.approve().await;
    office.schedule("2026-11-26 08:00").await;
    delete().await.problem(409, "in_use");
    office.publish().await;
    delete().await.problem(409, "in_use");
    office.withdraw().await;
    delete().await.ok();
}

async fn what_was_public_is_kept(app: TestApp) {
    let office = Office::with_live(&app, &complete("公开过", "内容")).await;
    office.withdraw().await;
    office.author.delete_version(&office.path(""), office.state_version().await).await.ok();
    app.clock.advance(TimeDelta::days(400));
    assert_eq!(purge(&app.state, app.clock.now()).await.unwrap(), 0);
    let author = app.staff("editor", HERE).await;
    assert_eq!(author.get(&office.path("/draft")).await.ok()["public"], "binned");
}
