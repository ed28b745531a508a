//! Pushes: only WeChat's own are kept, each once.

use chrono::TimeDelta;
use entity::wechat_event;
use kangtu::clock::Clock;
use kangtu::config::Settings;
use kangtu::random::Random;
use kangtu::wechat::fake::{FakeWechat, PushForm, PushMode, SignedPush};
use reqwest::Method;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::support::world::{World, wednesday_morning};
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    the_console_finds_its_address_confirmed,
    an_encrypted_push_is_kept_sealed,
    the_same_push_and_the_same_event_are_kept_once,
    a_push_that_is_not_wechats_own_is_refused,
    a_push_older_than_five_minutes_is_refused,
    what_is_too_large_or_broken_is_refused,
    an_event_that_concerns_nobody_is_kept_without_content,
);

mod in_plain_mode {
    use super::*;

    on_both_databases!(in world: a_plain_push_is_kept_and_its_signature_spent);
}

pub(super) fn fake(app: &TestApp) -> FakeWechat {
    app.state.wechat.fake.clone().unwrap()
}

pub(super) fn popup(openid: &str, at_s: i64) -> Value {
    json!({
        "ToUserName": "gh_1", "FromUserName": openid, "CreateTime": at_s, "MsgType": "event",
        "Event": "subscribe_msg_popup_event",
        "List": [{"TemplateId": "tReminder", "SubscribeStatusString": "accept", "PopupScene": "0"}],
    })
}

pub(super) async fn deliver(app: &TestApp, push: &SignedPush) -> TestResponse {
    let request = app.request(Method::POST, &push.address).header("content-type", push.media_type);
    request.body(push.body.clone()).send().await
}

pub(super) async fn rows(app: &TestApp) -> Vec<wechat_event::Model> {
    let query = wechat_event::Entity::find().order_by_asc(wechat_event::Column::Id);
    query.all(app.state.database.reader()).await.unwrap()
}

#[track_caller]
fn assert_success(answer: &TestResponse) {
    assert_eq!((answer.status, answer.text()), (200, "success"));
    assert_eq!(answer.media_type(), "text/plain");
}

async fn the_console_finds_its_address_confirmed(app: TestApp) {
    let (address, echo) = fake(&app).push_address_check();
    let answer = app.get(&address).await;
    assert_eq!((answer.status, answer.text(), answer.media_type()), (200, echo.as_str(), "text/plain"));
    for forged in [
        address.replace("signature=", "signature=0"),
        address.replace("nonce=", "nonce=1"),
        address.replace("&echostr=", "&x="),
        address.split("&echostr").next().unwrap().to_owned(),
        "/wechat/push".to_owned(),
    ] {
        let refused = app.get(&forged).await;
        assert!([400, 403].contains(&refused.status), "{forged}");
    }
    app.clock.advance(TimeDelta::seconds(301));
    app.get(&address).await.problem(403, "push_refused");
}

async fn an_encrypted_push_is_kept_sealed(app: TestApp) {
    let fake = fake(&app);
    for (form, openid) in [(PushForm::Json, "oMantisJson"), (PushForm::Xml, "oMantisXml")] {
        let push = fake.push(&popup(openid, 1), PushMode::Safe, form);
        assert_success(&deliver(&app, &push).await);
    }
    let rows = rows(&app).await;
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!((row.kind.as_str(), row.status.as_str(), row.attempts), ("subscribe_popup", "open", 0));
        let shown = format!("{row:?}");
        assert!(!shown.contains("Mantis"));
        let cell = row.payload_cell.unwrap();
        assert!(!cell.windows(6).any(|bytes| bytes == b"Mantis"), "the openid stands in the database");
    }
}

async fn the_same_push_and_the_same_event_are_kept_once(app: TestApp) {
    let fake = fake(&app);
    let push = fake.push(&popup("oLi", 1), PushMode::Safe, PushForm::Json);
    for _ in 0..3 {
        assert_success(&deliver(&app, &push).await);
    }
    // WeChat sends it again with a signature of the next second.
    app.clock.advance(TimeDelta::seconds(6));
    let again = fake.push(&popup("oLi", 1), PushMode::Safe, PushForm::Json);
    assert_ne!(again.address, push.address);
    assert_success(&deliver(&app, &again).await);
    assert_eq!(rows(&app).await.len(), 1);

    let media = |label: &str| {
        json!({
            "FromUserName": "oLi", "CreateTime": 1, "Event": "wxa_media_check", "trace_id": "trace-1",
            "result": {"suggest": "pass", "label": label},
        })
    };
    for label in ["100", "101"] {
        let push = fake.push(&media(label), PushMode::Safe, PushForm::Json);
        assert_success(&deliver(&app, &push).await);
    }
    let second = fake.push(&popup("oLi", 2), PushMode::Safe, PushForm::Json);
    assert_success(&deliver(&app, &second).await);
    let kinds: Vec<String> = rows(&app).await.into_iter().map(|row| row.kind).collect();
    assert_eq!(kinds.len(), 3, "{kinds:?}");

    let at_once = fake.push(&popup("oLi", 3), PushMode::Safe, PushForm::Json);
    let answers = futures_util::future::join_all((0..8).map(|_| deliver(&app, &at_once))).await;
    answers.iter().for_each(assert_success);
    assert_eq!(rows(&app).await.len(), 4);
}

async fn a_push_that_is_not_wechats_own_is_refused(app: TestApp) {
    let ours = fake(&app);
    let push = ours.push(&popup("oLi", 1), PushMode::Safe, PushForm::Json);
    let other = ours.push(&popup("oWang", 1), PushMode::Safe, PushForm::Json);
    let stranger = FakeWechat::start(app.clock.clone(), Random::seeded(99)).unwrap();
    let changed = |address: String, body: &str| SignedPush { address, body: body.into(), ..push.clone() };
    let encrypt = push.body.find("Encrypt").unwrap() + 40;
    let mut flipped = push.body.clone();
    flipped.replace_range(encrypt..=encrypt, if &push.body[encrypt..=encrypt] == "A" { "B" } else { "A" });
    let attacks = [
        // The message of another push under a signature that covers only the three other parts.
        changed(push.address.clone(), &other.body),
        changed(push.address.clone(), &flipped),
        changed(push.address.replace("nonce=", "nonce=1"), &push.body),
        changed(push.address.replace("&msg_signature=", "&msg_signature=0"), &push.body),
        changed(push.address.split("&msg_signature").next().unwrap().to_owned(), &push.body),
        // Readable messages where only encrypted ones are accepted, also beside an encrypted one.
        ours.push(&popup("oLi", 1), PushMode::Plain, PushForm::Json),
        ours.push(&popup("oLi", 1), PushMode::Plain, PushForm::Xml),
        changed(push.address.clone(), &popup("oLi", 1).to_string()),
        changed(push.address.replace("encrypt_type=aes", "encrypt_type=raw"), &push.body),
        stranger.push(&popup("oLi", 1), PushMode::Safe, PushForm::Json),
        stranger.push(&popup("oLi", 1), PushMode::Plain, PushForm::Json),
        changed("/wechat/push".into(), &push.body),
    ];
    for attack in attacks {
        deliver(&app, &attack).await.problem(403, "push_refused");
    }
    assert!(rows(&app).await.is_empty());
    assert_success(&deliver(&app, &push).await);
}

async fn a_push_older_than_five_minutes_is_refused(app: TestApp) {
    let push = fake(&app).push(&popup("oLi", 1), PushMode::Safe, PushForm::Json);
    app.clock.advance(TimeDelta::seconds(301));
    deliver(&app, &push).await.problem(403, "push_refused");
    app.clock.advance(TimeDelta::seconds(-602));
    deliver(&app, &push).await.problem(403, "push_refused");
    app.clock.advance(TimeDelta::seconds(1));
    assert_success(&deliver(&app, &push).await);
    assert_eq!(rows(&app).await.len(), 1);
}

async fn what_is_too_large_or_broken_is_refused(app: TestApp) {
    let fake = fake(&app);
    let mut large = popup("oLi", 1);
    large["padding"] = "a".repeat(70_000).into();
    let push = fake.push(&large, PushMode::Safe, PushForm::Json);
    deliver(&app, &push).await.problem(413, "payload_too_large");
    let push = fake.push(&popup("oLi", 1), PushMode::Safe, PushForm::Json);
    for body in ["", "{", "[]", "<xml>", "<!DOCTYPE x><xml></xml>", "{\"Encrypt\":7}", &"[".repeat(60_000)] {
        deliver(&app, &SignedPush { body: body.into(), ..push.clone() }).await.problem(403, "push_refused");
    }
    let no_object = fake.push(&json!("text"), PushMode::Safe, PushForm::Json);
    deliver(&app, &no_object).await.problem(400, "bad_body");
    assert!(rows(&app).await.is_empty());
}

async fn an_event_that_concerns_nobody_is_kept_without_content(app: TestApp) {
    let event = json!({"FromUserName": "oLi", "CreateTime": 1, "MsgType": "event", "Event": "debug_demo"});
    let push = fake(&app).push(&event, PushMode::Safe, PushForm::Json);
    assert_success(&deliver(&app, &push).await);
    let rows = rows(&app).await;
    assert_eq!((rows[0].kind.as_str(), rows[0].status.as_str()), ("other", "done"));
    assert_eq!(rows[0].payload_cell, None);
}

fn with_plain_push(settings: Settings, fake: &FakeWechat) -> Settings {
    let mut settings = settings;
    settings.wechat.wechat_appid = Some(fake.credentials().appid);
    settings.wechat.wechat_secret = Some(fake.credentials().secret);
    settings.wechat.wechat_token = Some(fake.push_keys().token);
    settings.wechat.wechat_base_url = fake.base_url().to_string();
    settings
}

async fn a_plain_push_is_kept_and_its_signature_spent(world: &World) {
    let clock = Clock::fixed(wednesday_morning());
    let fake = FakeWechat::start(clock.clone(), Random::seeded(3)).unwrap();
    let app = TestApp::start(with_plain_push(world.settings(), &fake), clock).await;
    for (at_s, form) in [(1, PushForm::Json), (2, PushForm::Xml)] {
        let push = fake.push(&popup("oLi", at_s), PushMode::Plain, form);
        assert_success(&deliver(&app, &push).await);
    }
    assert_eq!(rows(&app).await.len(), 2);
    // The signature of a plain push does not cover the message: a captured one must be worth nothing.
    let push = fake.push(&popup("oLi", 3), PushMode::Plain, PushForm::Json);
    assert_success(&deliver(&app, &push).await);
    let forged = SignedPush { body: popup("oWang", 3).to_string(), ..push };
    deliver(&app, &forged).await;
    assert_eq!(rows(&app).await.len(), 3);
    let encrypted = fake.push(&popup("oLi", 4), PushMode::Safe, PushForm::Json);
    deliver(&app, &encrypted).await.problem(403, "push_refused");
    app.stop().await;
}
