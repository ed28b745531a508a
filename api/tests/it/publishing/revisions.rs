//! What was before, and what is different.

use serde_json::json;

use super::{Office, complete};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    revisions_are_compared_by_character,
    a_revision_never_changes,
    restoring_wants_the_version_seen
);

async fn revisions_are_compared_by_character(app: TestApp) {
    let office = Office::with_live(&app, &complete("一天盐不超过6克", "少放盐。")).await;
    let mut next = complete("一天盐不超过5克", "少放盐。\n\n多吃菜。");
    next["topics"] = json!(["salt", "oil"]);
    office.save(&next).await;
    let draft = office.author.get(&office.path("/compare?from=1")).await.ok();
    assert_eq!(
        draft["title"],
        json!([
            {"change": "kept", "text": "一天盐不超过"},
            {"change": "removed", "text": "6"},
            {"change": "added", "text": "5"},
            {"change": "kept", "text": "克"},
        ])
    );
    assert_eq!(draft["body"][1], json!({"change": "added", "text": "多吃菜。\n"}));
    assert_eq!((&draft["fields"], &draft["to"]), (&json!(["topics"]), &json!(null)));
    office.submit().await;
    let both = office.author.get(&office.path("/compare?from=1&to=2")).await.ok();
    assert_eq!((&both["title"], &both["body"]), (&draft["title"], &draft["body"]));
    office.author.get(&office.path("/compare?from=1&to=9")).await.problem(404, "revision_not_found");
    office.author.get(&office.path("/compare")).await.problem(400, "bad_parameter");
    office.author.get(&office.path("/compare?from=x")).await.problem(400, "bad_parameter");
}

async fn a_revision_never_changes(app: TestApp) {
    let office = Office::with_live(&app, &complete("第一版", "内容")).await;
    let before = office.author.get(&office.path("/revisions/1")).await.ok();
    office.save(&complete("第二版", "别的")).await;
    let after = office.author.get(&office.path("/revisions/1")).await.ok();
    assert_eq!(before, after);
    assert_eq!(
        (&before["approved"], &before["live"], &before["author"]),
        (&json!(true), &json!(true), &json!("测试员"))
    );
    office.author.get(&office.path("/revisions/0")).await.problem(404, "not_found");
}

async fn restoring_wants_the_version_seen(app: TestApp) {
    let office = Office::with_live(&app, &complete("第一版", "内容")).await;
    office.save(&complete("同事正在写", "别的")).await;
    let path = office.path("/revisions/1/restore");
    office.author.post(&path, &json!({})).await.problem(428, "version_required");
    office.author.post_version(&path, 1, &json!({})).await.problem(412, "stale_version");
    office.author.post_version(&path, 2, &json!({})).await.ok();
    assert_eq!(office.history().await.last().unwrap(), "restored");
}
