//! The queue of what waits for a person.

use entity::person;
use kangtu::moderation::{Purpose, Standing};
use kangtu::wechat::client::Endpoint;
use kangtu::wechat::fake::Answer;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::{items, save_nickname, standing};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_reviewer_reads_what_waits_and_decides_once,
    a_rejection_needs_a_reason_in_words,
    what_another_region_wrote_is_not_there,
    nobody_else_sees_the_queue,
    the_queue_has_pages,
);

const QUEUE: &str = "/api/v1/moderation";

fn root(app: &TestApp) -> String {
    app.state.regions.current().root().unwrap().to_owned()
}

/// A resident whose nickname waits for a look.
async fn waiting(app: &TestApp, name: &str, region_code: Option<&str>) -> Caller {
    let caller = app.resident(name).await;
    let (person_id, region_code) = (caller.person_id.unwrap(), region_code.map(str::to_owned));
    app.state
        .database
        .write(move |transaction| {
            let region_code = region_code.clone();
            Box::pin(async move {
                person::Entity::update_many()
                    .col_expr(person::Column::RegionCode, Expr::val(region_code))
                    .filter(person::Column::Id.eq(person_id))
                    .exec(transaction)
                    .await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    let fake = app.state.wechat.fake.clone().unwrap();
    fake.answer_next(Endpoint::TextCheck, [Answer::Errcode(61_010, "user not seen within 2h")]);
    assert_eq!(save_nickname(app, &caller, &format!("{name}阿姨")).await, Standing::Pending);
    caller
}

async fn a_reviewer_reads_what_waits_and_decides_once(app: TestApp) {
    let reviewer = app.staff("reviewer", &root(&app)).await;
    let li = waiting(&app, "li", None).await;
    let answer = reviewer.get(QUEUE).await;
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    let list = answer.ok();
    let item = &list["items"][0];
    assert_eq!((item["text"].as_str(), item["label"].as_str()), (Some("li阿姨"), Some("unchecked")));
    for personal in ["dev-li", &li.id.to_string(), &li.person_id.unwrap().to_string()] {
        assert!(!answer.text().contains(personal), "{personal}");
    }
    let approve = format!("{QUEUE}/{}/approve", item["id"].as_str().unwrap());
    let approved = reviewer.post(&approve, &json!({})).await.ok();
    assert_eq!((approved["state"].as_str(), approved["text"].is_null()), (Some("pass"), true));
    assert_eq!(standing(&app, &li, Purpose::Nickname).await, Some(Standing::Pass));
    assert_eq!(items(&app).await[0].text_cell, None);
    reviewer.post(&approve, &json!({})).await.problem(409, "already_decided");
    assert!(reviewer.get(QUEUE).await.ok()["items"].as_array().unwrap().is_empty());
    assert_eq!(
        reviewer.get("/api/v1/moderation?state=pass").await.ok()["items"].as_array().unwrap().len(),
        1
    );
    let told = entity::audit_event::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert_eq!(told.iter().filter(|event| event.action == "moderation.decided").count(), 1);
}

async fn a_rejection_needs_a_reason_in_words(app: TestApp) {
    let reviewer = app.staff("reviewer", &root(&app)).await;
    let li = waiting(&app, "li", None).await;
    let id = items(&app).await[0].id;
    let reject = format!("{QUEUE}/{id}/reject");
    reviewer.post(&reject, &json!({"reason": " "})).await.problem(422, "invalid");
    reviewer.post(&reject, &json!({"reason": "长".repeat(101)})).await.problem(422, "invalid");
    let rejected = reviewer.post(&reject, &json!({"reason": "昵称里有广告，请换一个。"})).await.ok();
    assert_eq!(rejected["reason"], "昵称里有广告，请换一个。");
    assert_eq!(standing(&app, &li, Purpose::Nickname).await, Some(Standing::Rejected));
}

async fn what_another_region_wrote_is_not_there(app: TestApp) {
    let regions = entity::region::Entity::find().all(app.state.database.reader()).await.unwrap();
    let parents: Vec<_> = regions.iter().filter_map(|region| region.parent_code.clone()).collect();
    let leaves: Vec<_> = regions.iter().filter(|region| !parents.contains(&region.code)).collect();
    let (here, there) = (&leaves[0].code, &leaves[1].code);
    let reviewer = app.staff("reviewer", here).await;
    waiting(&app, "li", Some(here)).await;
    waiting(&app, "chen", Some(there)).await;
    waiting(&app, "nowhere", None).await;
    let list = reviewer.get(QUEUE).await.ok();
    let texts: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| item["text"].as_str()).collect();
    assert_eq!(texts, [Some("li阿姨")]);
    for item in items(&app).await.into_iter().filter(|item| item.region_code.as_ref() != Some(here)) {
        let approve = format!("{QUEUE}/{}/approve", item.id);
        reviewer.post(&approve, &json!({})).await.problem(404, "not_found");
    }
    let everywhere = app.staff("reviewer", &root(&app)).await;
    assert_eq!(everywhere.get(QUEUE).await.ok()["items"].as_array().unwrap().len(), 3);
}

async fn nobody_else_sees_the_queue(app: TestApp) {
    let li = waiting(&app, "li", None).await;
    let approve = format!("{QUEUE}/{}/approve", items(&app).await[0].id);
    app.get(QUEUE).await.problem(401, "login_required");
    let editor = app.staff("editor", &root(&app)).await;
    for caller in [&li, &editor] {
        assert_eq!(caller.get(QUEUE).await.status, 403);
        assert_eq!(caller.post(&approve, &json!({})).await.status, 403);
    }
    assert_eq!(standing(&app, &li, Purpose::Nickname).await, Some(Standing::Pending));
}

async fn the_queue_has_pages(app: TestApp) {
    let reviewer = app.staff("reviewer", &root(&app)).await;
    for name in ["a", "b", "c"] {
        waiting(&app, name, None).await;
        app.clock.advance(chrono::TimeDelta::seconds(1));
    }
    let first = reviewer.get("/api/v1/moderation?limit=2").await.ok();
    let next = format!("/api/v1/moderation?limit=2&cursor={}", first["next"].as_str().unwrap());
    let second = reviewer.get(&next).await.ok();
    let texts: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|item| item["text"].as_str().unwrap())
        .collect();
    assert_eq!((texts, second["next"].is_null()), (vec!["a阿姨", "b阿姨", "c阿姨"], true));
    reviewer.get("/api/v1/moderation?limit=101").await.problem(400, "bad_parameter");
    reviewer.get("/api/v1/moderation?cursor=x").await.problem(400, "bad_parameter");
}
