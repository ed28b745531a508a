//! What WeChat tells by itself, and what phones report.

use entity::message_outbox::{self, State};
use kangtu::clock::Clock;
use kangtu::messages::{self, events, sender};
use kangtu::random::Random;
use kangtu::wechat::client::Endpoint;
use kangtu::wechat::fake::{Answer, FakeWechat, PushForm, PushMode};
use reqwest::Method;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{REMINDER, credits};
use crate::support::callers::Caller;
use crate::support::world::{World, wednesday_morning};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    an_agreement_told_by_wechat_is_one_credit_however_often_it_is_told,
    a_phones_report_is_not_counted_where_wechat_tells,
    switching_messages_off_takes_every_credit,
    an_event_about_strangers_and_foreign_templates_changes_nothing,
    a_delivery_settles_what_was_unknown,
    a_failed_delivery_is_noted,
);

mod without_push {
    use super::*;

    on_both_databases!(in world: a_phones_report_counts_once_for_each_key);
}

/// A server with one template in use and `dev-li` logged in.
async fn office(app: &TestApp) -> Caller {
    let admin = app.staff("admin", app.state.regions.current().root().unwrap()).await;
    admin.put("/api/v1/message-templates/activity_reminder", &draft()).await.ok();
    agreeing(app).await
}

/// `dev-li`, who agrees to be sent messages.
pub(super) async fn agreeing(app: &TestApp) -> Caller {
    let li = app.resident("li").await;
    assert_eq!(li.put("/api/v1/me/consents/messages", &json!({"text_version": 1})).await.status, 204);
    li
}

pub(super) fn draft() -> Value {
    json!({
        "template_id": REMINDER,
        "title": "活动开始提醒",
        "kind": "once",
        "fields": [{"key": "thing1", "source": "title"}, {"key": "time2", "source": "starts_at"}],
        "page": "pages/activity/activity",
        "enabled": true,
    })
}

fn event(app: &TestApp, name: &str, openid: &str, list: &Value) -> Value {
    json!({
        "ToUserName": "gh_1", "FromUserName": openid, "CreateTime": app.clock.now().timestamp(),
        "MsgType": "event", "Event": name, "List": list,
    })
}

fn choice(template_id: &str, status: &str) -> Value {
    json!([{"TemplateId": template_id, "SubscribeStatusString": status, "PopupScene": "0"}])
}

/// Pushes an event and has it acted on, here or by the server's own job.
async fn push(app: &TestApp, event: &Value, form: PushForm) {
    let push = app.state.wechat.fake.clone().unwrap().push(event, PushMode::Safe, form);
    let request = app.request(Method::POST, &push.address).header("content-type", push.media_type);
    assert_eq!(request.body(push.body).send().await.text(), "success");
    settled(app).await;
}

async fn settled(app: &TestApp) {
    for _ in 0..400 {
        events::run(&app.state, app.clock.now()).await.unwrap();
        let rows = entity::wechat_event::Entity::find().all(app.state.database.reader()).await.unwrap();
        if rows.iter().all(|row| row.status == "done") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("events stay open");
}

async fn an_agreement_told_by_wechat_is_one_credit_however_often_it_is_told(app: TestApp) {
    let li = office(&app).await;
    let accepted = event(&app, "subscribe_msg_popup_event", "dev-li", &choice(REMINDER, "accept"));
    push(&app, &accepted, PushForm::Json).await;
    push(&app, &accepted, PushForm::Json).await;
    assert_eq!(credits(&app.state, li.id).await, 1);
    app.clock.advance(chrono::TimeDelta::seconds(5));
    let again = event(&app, "subscribe_msg_popup_event", "dev-li", &choice(REMINDER, "accept"));
    push(&app, &again, PushForm::Xml).await;
    assert_eq!(credits(&app.state, li.id).await, 2);
    app.clock.advance(chrono::TimeDelta::seconds(5));
    let refused = event(&app, "subscribe_msg_popup_event", "dev-li", &choice(REMINDER, "reject"));
    push(&app, &refused, PushForm::Json).await;
    let list = li.get("/api/v1/me/message-subscriptions").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let item = &list["items"][0];
    assert_eq!((item["credits"].as_i64(), item["status"].as_str()), (Some(2), Some("reject")));
    assert_eq!(
        (item["template_id"].as_str(), item["biz_key"].as_str()),
        (Some(REMINDER), Some("activity_reminder"))
    );
}

async fn a_phones_report_is_not_counted_where_wechat_tells(app: TestApp) {
    let li = office(&app).await;
    let request = li.request(Method::POST, "/api/v1/me/message-subscriptions");
    let request =
        request.header("idempotency-key", "0193-aaaa-1").json(&json!({"results": {REMINDER: "accept"}}));
    request.send().await.ok();
    assert_eq!(credits(&app.state, li.id).await, 0);
}

async fn switching_messages_off_takes_every_credit(app: TestApp) {
    let li = office(&app).await;
    for _ in 0..3 {
        let accepted = event(&app, "subscribe_msg_popup_event", "dev-li", &choice(REMINDER, "accept"));
        push(&app, &accepted, PushForm::Json).await;
        app.clock.advance(chrono::TimeDelta::seconds(5));
    }
    assert_eq!(credits(&app.state, li.id).await, 3);
    let off = event(&app, "subscribe_msg_change_event", "dev-li", &choice(REMINDER, "reject"));
    push(&app, &off, PushForm::Json).await;
    assert_eq!(credits(&app.state, li.id).await, 0);
}

async fn an_event_about_strangers_and_foreign_templates_changes_nothing(app: TestApp) {
    let li = office(&app).await;
    for (openid, template_id) in [("dev-nobody", REMINDER), ("dev-li", "tForeign")] {
        let accepted = event(&app, "subscribe_msg_popup_event", openid, &choice(template_id, "accept"));
        push(&app, &accepted, PushForm::Json).await;
    }
    let rows = entity::message_credit::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert!(rows.is_empty(), "{rows:?}");
    assert_eq!(credits(&app.state, li.id).await, 0);
}

/// Sends one message that WeChat answers as told; gives its row.
pub(super) async fn send_one(app: &TestApp, li: &Caller, answer: Option<Answer>) -> message_outbox::Model {
    let accepted = event(app, "subscribe_msg_popup_event", "dev-li", &choice(REMINDER, "accept"));
    push(app, &accepted, PushForm::Json).await;
    app.state.wechat.fake.clone().unwrap().answer_next(Endpoint::SubscribeSend, answer);
    let now = app.clock.now();
    let message = messages::Message {
        account_id: li.id,
        biz_key: "activity_reminder",
        reason: messages::Reason { kind: "registration", id: "r1".to_owned() },
        values: [("title", "讲座"), ("starts_at", "15:01")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        page_query: None,
        send_at: now,
        expires_at: now + chrono::TimeDelta::days(1),
    };
    let state = app.state.clone();
    let enqueued = app.state.database.write(move |transaction| {
        let (state, message) = (state.clone(), message.clone());
        Box::pin(async move { messages::enqueue(&state, transaction, &message, now).await })
    });
    assert_eq!(enqueued.await.unwrap(), messages::Enqueued::Queued);
    for _ in 0..400 {
        sender::run(&app.state, now).await.unwrap();
        let row = row(app).await;
        if !matches!(row.state, State::Pending | State::Sending) {
            return row;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("the message is never settled");
}

pub(super) async fn row(app: &TestApp) -> message_outbox::Model {
    message_outbox::Entity::find().one(app.state.database.reader()).await.unwrap().unwrap()
}

fn delivery(message_id: &str, errcode: &str) -> Value {
    json!([{"TemplateId": REMINDER, "MsgID": message_id, "ErrorCode": errcode, "ErrorStatus": "…"}])
}

async fn a_delivery_settles_what_was_unknown(app: TestApp) {
    let li = office(&app).await;
    assert_eq!(send_one(&app, &li, Some(Answer::Html)).await.state, State::Unknown);
    let delivered = event(&app, "subscribe_msg_sent_event", "dev-li", &delivery("1700827132819554304", "0"));
    push(&app, &delivered, PushForm::Json).await;
    let row = row(&app).await;
    assert_eq!((row.state, row.message_id.as_deref()), (State::Sent, Some("1700827132819554304")));
    assert!(row.sent_at.is_some() && row.payload_cell.is_none());
    assert_eq!(credits(&app.state, li.id).await, 0);
}

async fn a_failed_delivery_is_noted(app: TestApp) {
    let li = office(&app).await;
    let sent = send_one(&app, &li, None).await;
    assert_eq!(sent.state, State::Sent);
    let failed =
        event(&app, "subscribe_msg_sent_event", "dev-li", &delivery(&sent.message_id.unwrap(), "-11"));
    push(&app, &failed, PushForm::Json).await;
    let row = row(&app).await;
    assert_eq!((row.state, row.fault.as_deref()), (State::Failed, Some("not_delivered")));
    assert_eq!((row.errcode, row.sent_at), (Some(-11), None));
    assert_eq!(credits(&app.state, li.id).await, 0);
}

async fn a_phones_report_counts_once_for_each_key(world: &World) {
    let clock = Clock::fixed(wednesday_morning());
    let fake = FakeWechat::start(clock.clone(), Random::seeded(7)).unwrap();
    let mut settings = world.settings();
    settings.wechat.wechat_appid = Some(fake.credentials().appid);
    settings.wechat.wechat_secret = Some(fake.credentials().secret);
    settings.wechat.wechat_base_url = fake.base_url().to_string();
    let app = TestApp::start(settings, clock).await;
    assert!(app.state.wechat.push.is_none());
    let li = office(&app).await;
    let report = async |key: &str, answer: &str| {
        let request = li.request(Method::POST, "/api/v1/me/message-subscriptions");
        let body = json!({"results": {REMINDER: answer, "tForeign": "accept"}});
        request.header("idempotency-key", key).json(&body).send().await
    };
    for (key, answer, expected) in [
        ("0193aaaa-1", "accept", 1),
        ("0193aaaa-1", "accept", 1),
        ("\"0193aaaa-2\"", "accept", 2),
        ("0193aaaa-2", "accept", 2),
        ("0193aaaa-3", "filter", 2),
        ("0193aaaa-4", "ban", 2),
        ("0193aaaa-5", "reject", 2),
    ] {
        let list = report(key, answer).await.ok();
        assert_eq!(list["items"][0]["credits"], expected, "{key} {answer}");
    }
    report("short", "accept").await.problem(400, "bad_idempotency_key");
    report("0193aaaa-6", "perhaps").await.problem(400, "bad_json");
    let without_key = li
        .request(Method::POST, "/api/v1/me/message-subscriptions")
        .json(&json!({"results": {REMINDER: "accept"}}))
        .send()
        .await;
    without_key.problem(400, "bad_idempotency_key");
    app.get("/api/v1/me/message-subscriptions").await.problem(401, "login_required");
    app.stop().await;
    drop(fake);
}
