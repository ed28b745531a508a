//! What staff may do with templates and with messages whose fate is unknown.

use entity::message_outbox::State;
use kangtu::messages::sender;
use kangtu::wechat::client::Endpoint;
use kangtu::wechat::fake::Answer;
use reqwest::Method;
use sea_orm::EntityTrait;
use serde_json::json;

use super::credits;
use super::events::{agreeing, draft, row, send_one};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    templates_are_made_and_replaced_in_the_version_that_was_seen,
    a_template_that_cannot_work_is_refused_field_by_field,
    only_who_manages_messages_everywhere_may_see_and_change_them,
    the_outbox_tells_what_happened_and_to_nobody_to_whom,
    what_is_unknown_is_settled_by_a_person_once,
);

const TEMPLATE: &str = "/api/v1/message-templates/activity_reminder";

fn root(app: &TestApp) -> String {
    app.state.regions.current().root().unwrap().to_owned()
}

async fn templates_are_made_and_replaced_in_the_version_that_was_seen(app: TestApp) {
    let admin = app.staff("admin", &root(&app)).await;
    let made = admin.put(TEMPLATE, &draft()).await;
    assert_eq!((made.ok()["version"].as_i64(), made.header("etag")), (Some(1), Some("\"1\"")));
    admin.put(TEMPLATE, &draft()).await.problem(428, "version_required");
    let replace = async |version: &str| {
        let mut changed = draft();
        changed["enabled"] = false.into();
        admin.request(Method::PUT, TEMPLATE).header("if-match", version).json(&changed).send().await
    };
    let stale = replace("\"7\"").await;
    stale.problem(412, "stale_version");
    assert_eq!(stale.header("etag"), Some("\"1\""));
    assert_eq!(replace("\"1\"").await.ok()["version"], 2);
    replace("\"1\"").await.problem(412, "stale_version");
    let other = "/api/v1/message-templates/waiting_list_offer";
    let unknown = admin.request(Method::PUT, other).header("if-match", "\"1\"").json(&draft()).send().await;
    unknown.problem(412, "stale_version");
    let list = admin.get("/api/v1/message-templates").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["enabled"], false);
    let told = entity::audit_event::Entity::find().all(app.state.database.reader()).await.unwrap();
    let changes = told.iter().filter(|event| event.action == "messages.changed").count();
    assert_eq!(changes, 2, "every change that was made is told, and no other");
}

async fn a_template_that_cannot_work_is_refused_field_by_field(app: TestApp) {
    let admin = app.staff("admin", &root(&app)).await;
    for (pointer, value, at, code) in [
        ("/template_id", json!(""), "/template_id", "bad_template_id"),
        ("/template_id", json!("模板"), "/template_id", "bad_template_id"),
        ("/title", json!("  "), "/title", "bad_title"),
        ("/fields", json!([]), "/fields", "bad_number"),
        ("/fields/0/key", json!("remark1"), "/fields/0/key", "bad_key"),
        ("/fields/1/key", json!("thing1"), "/fields/1/key", "repeated_key"),
        ("/fields/0/source", json!("标题"), "/fields/0/source", "bad_source"),
        ("/page", json!("pages/x?id=1"), "/page", "bad_page"),
    ] {
        let mut wrong = draft();
        *wrong.pointer_mut(pointer).unwrap() = value;
        let problem = admin.put(TEMPLATE, &wrong).await.problem(422, "invalid");
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
            (&at.into(), &code.into())
        );
    }
    let mut more = draft();
    more["version"] = 5.into();
    admin.put(TEMPLATE, &more).await.problem(400, "bad_json");
    admin.put("/api/v1/message-templates/Reminder!", &draft()).await.problem(404, "not_found");
    admin.get("/api/v1/message-outbox?limit=0").await.problem(400, "bad_parameter");
    admin.get("/api/v1/message-outbox?state=gone").await.problem(400, "bad_parameter");
}

async fn only_who_manages_messages_everywhere_may_see_and_change_them(app: TestApp) {
    let resident = app.resident("li").await;
    let editor = app.staff("editor", &root(&app)).await;
    let somewhere = entity::region::Entity::find().all(app.state.database.reader()).await.unwrap();
    let below = somewhere.iter().find(|region| region.parent_code.is_some()).unwrap();
    let partial = app.staff("admin", &below.code).await;
    for path in ["/api/v1/message-templates", "/api/v1/message-outbox"] {
        app.get(path).await.problem(401, "login_required");
        for caller in [&resident, &editor, &partial] {
            assert_eq!(caller.get(path).await.status, 403, "{path}");
        }
    }
    assert_eq!(partial.put(TEMPLATE, &draft()).await.status, 403);
    let staff = app.staff("admin", &root(&app)).await;
    assert_eq!(staff.get("/api/v1/me/message-subscriptions").await.status, 403);
}

async fn the_outbox_tells_what_happened_and_to_nobody_to_whom(app: TestApp) {
    let admin = app.staff("admin", &root(&app)).await;
    admin.put(TEMPLATE, &draft()).await.ok();
    let li = agreeing(&app).await;
    send_one(&app, &li, Some(Answer::Errcode(47_003, "argument invalid! data.thing1.value 讲座"))).await;
    let answer = admin.get("/api/v1/message-outbox?state=failed").await;
    let list = answer.ok();
    let message = &list["items"][0];
    assert_eq!(
        (message["fault"].as_str(), message["fault_field"].as_str()),
        (Some("bad_value"), Some("thing1"))
    );
    for personal in ["dev-li", "讲座", &li.id.to_string(), &li.person_id.unwrap().to_string(), "r1"] {
        assert!(!answer.text().contains(personal), "{personal}");
    }
    assert!(
        admin.get("/api/v1/message-outbox?state=sent").await.ok()["items"].as_array().unwrap().is_empty()
    );
    let page = admin.get("/api/v1/message-outbox?limit=1").await.ok();
    assert!(page["next"].is_null(), "one message is one page");
    let after = format!("/api/v1/message-outbox?cursor={}", message["id"].as_str().unwrap());
    assert!(admin.get(&after).await.ok()["items"].as_array().unwrap().is_empty());
}

async fn what_is_unknown_is_settled_by_a_person_once(app: TestApp) {
    let admin = app.staff("admin", &root(&app)).await;
    admin.put(TEMPLATE, &draft()).await.ok();
    let li = agreeing(&app).await;
    let unknown = send_one(&app, &li, Some(Answer::Html)).await;
    assert_eq!(unknown.state, State::Unknown);
    let settle = format!("/api/v1/message-outbox/{}/settle", unknown.id);
    admin.post(&settle, &json!({"outcome": "perhaps"})).await.problem(400, "bad_json");
    let answer = admin.post(&settle, &json!({"outcome": "not_sent"})).await.ok();
    assert!(matches!(answer["state"].as_str(), Some("pending" | "sending" | "sent")), "{answer}");
    for _ in 0..400 {
        sender::run(&app.state, app.clock.now()).await.unwrap();
        if row(&app).await.state == State::Sent {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(row(&app).await.state, State::Sent);
    let calls = app.state.wechat.fake.clone().unwrap().calls(Endpoint::SubscribeSend);
    assert_eq!(calls.len(), 2);
    assert_eq!(credits(&app.state, li.id).await, 0);
    admin.post(&settle, &json!({"outcome": "sent"})).await.problem(409, "not_unknown");
    let nobody = "/api/v1/message-outbox/0193f000-0000-7000-8000-000000000000/settle";
    admin.post(nobody, &json!({"outcome": "sent"})).await.problem(404, "not_found");
}
