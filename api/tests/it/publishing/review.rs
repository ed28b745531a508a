//! 送审, 初审, 复审, 终审.

use serde_json::json;

use super::{CHECKS, ELSEWHERE, HERE, Office, STREET, complete};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    nobody_reviews_what_they_wrote_or_handed_in,
    what_is_returned_says_why_and_comes_again,
    everything_on_the_checklist_is_ticked,
    what_is_in_review_is_not_written_on_until_it_is_taken_back,
    three_steps_are_three_people,
    an_office_with_one_reviewer_is_not_stuck,
    two_reviewers_who_click_at_once_decide_one_step,
    rules_are_changed_by_those_in_charge,
    the_checklist_is_changed_by_those_in_charge,
    an_approved_revision_needs_no_second_review,
    live_articles_that_must_be_read_again_are_listed,
);

async fn nobody_reviews_what_they_wrote_or_handed_in(app: TestApp) {
    let office = Office::with_draft(&app, &complete("自己写的", "内容")).await;
    let both = app.staff_with(&[("editor", HERE), ("reviewer", HERE)], true).await;
    both.put_version(&office.path(""), 1, &complete("一起写的", "内容")).await.ok();
    office.submit().await;
    office.approve_as(&both).await.problem(403, "own_work");
    assert_eq!(office.approve_as(&office.author).await.status, 403, "editors do not review");
    let elsewhere = app.staff("reviewer", ELSEWHERE).await;
    office.approve_as(&elsewhere).await.problem(404, "not_found");
    office.approve().await;
    let second = Office::with_draft(&app, &complete("别人送审的", "内容")).await;
    both.post_version(&second.path("/submit"), 1, &json!({})).await.ok();
    second.approve_as(&both).await.problem(403, "own_work");
}

async fn what_is_returned_says_why_and_comes_again(app: TestApp) {
    let office = Office::with_draft(&app, &complete("要改的", "内容")).await;
    office.submit().await;
    for reason in ["", "  "] {
        let body = json!({"revision": 1, "reason": reason});
        office.act("/return", &body).await.problem(422, "invalid");
    }
    let body = json!({"revision": 2, "reason": "看错了版本"});
    office.act("/return", &body).await.problem(409, "another_revision");
    let body = json!({"revision": 1, "reason": "盐的数字没有写来源"});
    let returned = office.act("/return", &body).await.ok();
    assert_eq!(returned["work"], "returned");
    assert_eq!(returned["review"]["steps"][0]["remark"], "盐的数字没有写来源");
    office.act("/publish", &json!({})).await.problem(409, "not_approved");
    office.save(&complete("改好了", "内容")).await;
    assert_eq!(office.now().await["work"], "returned");
    office.submit().await;
    office.approve().await;
    office.publish().await;
    let history = office.author.get(&office.path("/history")).await.ok();
    let texts: Vec<&str> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|item| item["text"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        [
            "测试员新建了这篇文章",
            "测试员送审第 1 版",
            "测试员退回第 1 版：盐的数字没有写来源",
            "测试员送审第 2 版",
            "测试员通过第 2 版的初审",
            "测试员发布第 2 版",
        ]
    );
}

async fn everything_on_the_checklist_is_ticked(app: TestApp) {
    let office = Office::with_draft(&app, &complete("核对", "内容")).await;
    office.submit().await;
    let body = json!({"revision": 1, "checks": &CHECKS[..4]});
    let problem = office.act("/approve", &body).await.problem(422, "invalid");
    assert!(problem["errors"][0]["message"].as_str().unwrap().contains("内容没有过期"), "{problem}");
    assert_eq!(office.now().await["work"], "in_review");
    office.approve().await;
}

async fn what_is_in_review_is_not_written_on_until_it_is_taken_back(app: TestApp) {
    let office = Office::with_draft(&app, &complete("送审了", "内容")).await;
    office.submit().await;
    let version = office.version().await;
    let changed = complete("偷偷改", "内容");
    office.author.put_version(&office.path(""), version, &changed).await.problem(409, "in_review");
    office.author.post_version(&office.path("/submit"), version, &json!({})).await.problem(409, "in_review");
    let state_version = office.state_version().await;
    office.author.post_version(&office.path("/recall"), state_version, &json!({})).await.ok();
    office.approve_as(&office.reviewer).await.problem(409, "not_in_review");
    office.save(&changed).await;
    // Taken back unchanged and handed in again it is the same revision.
    office.submit().await;
    let seen = office.state_version().await;
    office.author.post_version(&office.path("/recall"), seen, &json!({})).await.ok();
    assert_eq!(office.submit().await["review"]["revision"], 2);
}

async fn steps(app: &TestApp, count: i32) {
    let chief = app.staff("region_admin", STREET).await;
    let path = format!("/api/v1/article-review-rules/{STREET}:article");
    chief.put(&path, &json!({"steps": count})).await.ok();
}

async fn three_steps_are_three_people(app: TestApp) {
    steps(&app, 3).await;
    let office = Office::with_draft(&app, &complete("三审", "内容")).await;
    let second = app.staff("reviewer", STREET).await;
    let third = app.staff("region_admin", STREET).await;
    assert_eq!(office.submit().await["review"]["steps"].as_array().unwrap().len(), 3);
    office.approve().await;
    office.approve_as(&office.reviewer).await.problem(409, "another_reviewer_needed");
    office.act("/publish", &json!({})).await.problem(409, "not_approved");
    office.approve_as(&second).await.ok();
    office.approve_as(&second).await.problem(409, "another_reviewer_needed");
    let done = office.approve_as(&third).await.ok();
    let titles: Vec<&str> = done["review"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["title"].as_str().unwrap())
        .collect();
    assert_eq!((titles, &done["work"]), (vec!["初审", "复审", "终审"], &json!("approved")));
    office.publish().await;
}

async fn an_office_with_one_reviewer_is_not_stuck(app: TestApp) {
    let office = Office::with_draft(&app, &complete("只有一位审核员", "内容")).await;
    let root = app.state.regions.current().root().unwrap().to_owned();
    let chief = app.staff("region_admin", &root).await;
    let path = format!("/api/v1/article-review-rules/{HERE}:all");
    chief.put(&path, &json!({"steps": 2})).await.ok();
    office.submit().await;
    office.approve().await;
    // The one in charge could do the second step, so the reviewer may not.
    office.approve_as(&office.reviewer).await.problem(409, "another_reviewer_needed");
    let colleague = chief.id;
    let disabled = app.state.database.write(move |transaction| {
        Box::pin(async move {
            use sea_orm::sea_query::Expr;
            use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
            entity::staff::Entity::update_many()
                .col_expr(entity::staff::Column::Status, Expr::val("disabled"))
                .filter(entity::staff::Column::Id.eq(colleague))
                .exec(transaction)
                .await?;
            Ok(())
        })
    });
    disabled.await.unwrap();
    assert_eq!(office.approve_as(&office.reviewer).await.ok()["work"], "approved");
}

async fn two_reviewers_who_click_at_once_decide_one_step(app: TestApp) {
    steps(&app, 2).await;
    let office = Office::with_draft(&app, &complete("同时点", "内容")).await;
    let other = app.staff("reviewer", HERE).await;
    office.submit().await;
    let (one, two) =
        futures_util::future::join(office.approve_as(&office.reviewer), office.approve_as(&other)).await;
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    let review = office.now().await["review"].clone();
    let decided =
        review["steps"].as_array().unwrap().iter().filter(|step| !step["decision"].is_null()).count();
    assert_eq!((decided, &review["state"]), (1, &json!("open")));
}

async fn rules_are_changed_by_those_in_charge(app: TestApp) {
    let here = app.staff("region_admin", HERE).await;
    let path = |id: &str| format!("/api/v1/article-review-rules/{id}");
    let made = here.put(&path(&format!("{HERE}:video")), &json!({"steps": 3})).await;
    assert_eq!((made.status, made.header("etag")), (200, Some("\"1\"")));
    here.put(&path(&format!("{HERE}:video")), &json!({"steps": 2})).await.problem(428, "version_required");
    here.put_version(&path(&format!("{HERE}:video")), 1, &json!({"steps": 2})).await.ok();
    here.put_version(&path(&format!("{HERE}:video")), 1, &json!({"steps": 1}))
        .await
        .problem(412, "stale_version");
    for id in ["all:all", &format!("{ELSEWHERE}:all"), &format!("{STREET}:article")] {
        here.put(&path(id), &json!({"steps": 3})).await.problem(404, "not_found");
    }
    for id in ["x", "all", &format!("{HERE}:book"), "1:article"] {
        here.put(&path(id), &json!({"steps": 3})).await.problem(404, "rule_not_found");
    }
    here.put(&path(&format!("{HERE}:all")), &json!({"steps": 4})).await.problem(422, "invalid");
    let list = here.get("/api/v1/article-review-rules").await.ok();
    let ids: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [&format!("{HERE}:video"), "all:all"]);
    assert_eq!(here.delete_version(&path(&format!("{HERE}:video")), 2).await.status, 204);
    let root = app.state.regions.current().root().unwrap().to_owned();
    let chief = app.staff("region_admin", &root).await;
    chief.delete_version(&path("all:all"), 1).await.problem(409, "last_rule");
    chief.put_version(&path("all:all"), 1, &json!({"steps": 2})).await.ok();
}

async fn the_checklist_is_changed_by_those_in_charge(app: TestApp) {
    let root = app.state.regions.current().root().unwrap().to_owned();
    let chief = app.staff("region_admin", &root).await;
    let new = json!({"title": "标题没有夸大", "position": 6, "enabled": true});
    chief.put("/api/v1/article-review-checks/no_clickbait", &new).await.ok();
    let office = Office::with_draft(&app, &complete("多一项", "内容")).await;
    office.submit().await;
    office.approve_as(&office.reviewer).await.problem(422, "invalid");
    let off = json!({"title": "标题没有夸大", "position": 6, "enabled": false});
    chief.put_version("/api/v1/article-review-checks/no_clickbait", 1, &off).await.ok();
    office.approve().await;
    let here = app.staff("region_admin", HERE).await;
    here.put("/api/v1/article-review-checks/mine", &new).await.problem(404, "not_found");
    let list = office.author.get("/api/v1/article-review-checks").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 6);
}

async fn an_approved_revision_needs_no_second_review(app: TestApp) {
    let office = Office::with_approved(&app, &complete("审定了", "内容")).await;
    let version = office.version().await;
    office
        .author
        .post_version(&office.path("/submit"), version, &json!({}))
        .await
        .problem(409, "already_approved");
    office.publish().await;
}

async fn live_articles_that_must_be_read_again_are_listed(app: TestApp) {
    let mut soon = complete("快到期", "内容");
    soon["review_by"] = json!("2026-12-05");
    let office = Office::with_live(&app, &soon).await;
    Office::with_live(&app, &complete("还早", "内容")).await;
    let due = async |days: i32| {
        let list = office.author.get(&format!("/api/v1/article-reviews-due?within_days={days}")).await.ok();
        list["items"].as_array().unwrap().clone()
    };
    assert_eq!(due(9).await.len(), 0);
    let items = due(10).await;
    assert_eq!((items.len(), &items[0]["text"]), (1, &json!("还有 10 天需要复核")));
    app.clock.advance(chrono::TimeDelta::days(12));
    let reviewer = app.staff("reviewer", HERE).await;
    let list = reviewer.get("/api/v1/article-reviews-due").await.ok();
    assert_eq!(
        (&list["items"][0]["overdue"], &list["items"][0]["text"]),
        (&json!(true), &json!("已经过期 2 天，请尽快复核或下线"))
    );
    reviewer.get("/api/v1/article-reviews-due?within_days=x").await.problem(400, "bad_parameter");
}
