//! Pictures: WeChat's verdict comes by a push, sometimes before anything else.

use chrono::TimeDelta;
use entity::media_check;
use entity::moderation_item::State;
use kangtu::moderation::{Purpose, Standing, events, image, sweep};
use kangtu::wechat::client::Endpoint;
use kangtu::wechat::fake::{Answer, PushForm, PushMode};
use reqwest::Method;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{as_resident, items, standing, states, subject};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_picture_is_seen_by_others_only_after_it_passed,
    a_verdict_that_comes_before_the_name_of_its_check_is_not_lost,
    a_risky_picture_is_rejected_and_a_broken_verdict_needs_a_person,
    a_picture_that_cannot_be_sent_to_the_check_needs_a_person,
    after_35_minutes_without_a_verdict_a_person_looks,
);

async fn record(app: &TestApp, li: &Caller) -> Uuid {
    let (state, author, subject, now) = (app.state.clone(), as_resident(li), subject(li), app.clock.now());
    let recorded = app.state.database.write(move |transaction| {
        let (state, subject) = (state.clone(), subject.clone());
        Box::pin(
            async move { image::record(&state, transaction, &author, Purpose::Picture, &subject, now).await },
        )
    });
    recorded.await.unwrap()
}

async fn request(app: &TestApp, li: &Caller, item: Uuid, answer: Answer) {
    app.state.wechat.fake.clone().unwrap().answer_next(Endpoint::MediaCheck, [answer]);
    let (author, url) = (as_resident(li), "https://health.example.cn/media/1/small");
    image::request_check(&app.state, &author, Purpose::Picture, item, url).await.unwrap();
}

fn accepted(trace_id: &str) -> Answer {
    Answer::Json(json!({"errcode": 0, "errmsg": "ok", "trace_id": trace_id}))
}

async fn push(app: &TestApp, trace_id: &str, verdict: &Value) {
    let mut event = json!({
        "ToUserName": "gh_1", "FromUserName": "oServer", "CreateTime": app.clock.now().timestamp(),
        "MsgType": "event", "Event": "wxa_media_check", "appid": "wx", "trace_id": trace_id, "version": 2,
    });
    event.as_object_mut().unwrap().extend(verdict.as_object().unwrap().clone());
    let push = app.state.wechat.fake.clone().unwrap().push(&event, PushMode::Safe, PushForm::Json);
    let request = app.request(Method::POST, &push.address).header("content-type", push.media_type);
    assert_eq!(request.body(push.body).send().await.text(), "success");
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

fn found(suggest: &str, label: &str) -> Value {
    json!({"result": {"suggest": suggest, "label": label}, "errcode": 0})
}

async fn a_picture_is_seen_by_others_only_after_it_passed(app: TestApp) {
    let li = app.resident("li").await;
    let item = record(&app, &li).await;
    assert_eq!(standing(&app, &li, Purpose::Picture).await, Some(Standing::Pending));
    request(&app, &li, item, accepted("trace-1")).await;
    assert_eq!(states(&app).await, [State::Checking]);
    push(&app, "trace-1", &found("pass", "100")).await;
    assert_eq!(standing(&app, &li, Purpose::Picture).await, Some(Standing::Pass));
    assert_eq!(items(&app).await[0].label.as_deref(), Some("wechat.100"));
    let calls = app.state.wechat.fake.clone().unwrap().calls(Endpoint::MediaCheck);
    assert_eq!(
        (calls[0].body["media_type"].as_i64(), calls[0].body["openid"].as_str()),
        (Some(2), Some("dev-li"))
    );
}

async fn a_verdict_that_comes_before_the_name_of_its_check_is_not_lost(app: TestApp) {
    let li = app.resident("li").await;
    let item = record(&app, &li).await;
    push(&app, "trace-1", &found("risky", "20002")).await;
    push(&app, "trace-other", &found("pass", "100")).await;
    assert_eq!(states(&app).await, [State::Checking]);
    request(&app, &li, item, accepted("trace-1")).await;
    assert_eq!(states(&app).await, [State::Rejected]);
    assert_eq!(media_check::Entity::find().all(app.state.database.reader()).await.unwrap().len(), 2);
    app.clock.advance(TimeDelta::days(2));
    sweep::run(&app.state, app.clock.now()).await.unwrap();
    let left = media_check::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert_eq!(left.iter().map(|check| check.trace_id.as_str()).collect::<Vec<_>>(), ["trace-1"]);
}

async fn a_risky_picture_is_rejected_and_a_broken_verdict_needs_a_person(app: TestApp) {
    let li = app.resident("li").await;
    for (trace_id, verdict, expected) in [
        ("trace-1", found("risky", "20002"), State::Rejected),
        ("trace-2", found("review", "20001"), State::PendingReview),
        ("trace-3", json!({"isrisky": 0, "status_code": 4_294_966_288_u32}), State::PendingReview),
        ("trace-4", json!({"result": {"suggest": "pass"}, "errcode": -1008}), State::PendingReview),
    ] {
        app.clock.advance(TimeDelta::seconds(1));
        let item = record(&app, &li).await;
        request(&app, &li, item, accepted(trace_id)).await;
        push(&app, trace_id, &verdict).await;
        assert_eq!(states(&app).await.pop(), Some(expected), "{trace_id}");
    }
}

async fn a_picture_that_cannot_be_sent_to_the_check_needs_a_person(app: TestApp) {
    let li = app.resident("li").await;
    let item = record(&app, &li).await;
    request(&app, &li, item, Answer::Errcode(45_009, "reach max api daily quota limit")).await;
    let item = items(&app).await.pop().unwrap();
    assert_eq!((item.state, item.label.as_deref()), (State::PendingReview, Some("unchecked")));
}

async fn after_35_minutes_without_a_verdict_a_person_looks(app: TestApp) {
    let li = app.resident("li").await;
    let item = record(&app, &li).await;
    request(&app, &li, item, accepted("trace-1")).await;
    app.clock.advance(TimeDelta::minutes(34));
    assert_eq!(sweep::run(&app.state, app.clock.now()).await.unwrap(), 0);
    app.clock.advance(TimeDelta::minutes(1));
    sweep::run(&app.state, app.clock.now()).await.unwrap();
    let waiting = items(&app).await.pop().unwrap();
    assert_eq!((waiting.state, waiting.label.as_deref()), (State::PendingReview, Some("no_answer")));
    push(&app, "trace-1", &found("pass", "100")).await;
    assert_eq!(states(&app).await, [State::Pass], "a late verdict still spares somebody a look");
}
