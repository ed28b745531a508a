//! Pushed events are acted on exactly once.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use kangtu::error::{ApiError, ApiResult};
use kangtu::wechat::client::{MediaCheck, MediaKind, Scene, Suggestion};
use kangtu::wechat::fake::{PushForm, PushMode};
use kangtu::wechat::push::inbox::{self, ClaimedEvent};
use kangtu::wechat::push::{EventKind, TemplateChoice, WechatEvent};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::push::{deliver, fake, popup, rows};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    an_event_is_taken_typed_and_finished_once,
    only_the_asked_kinds_are_taken,
    in_development_checked_media_are_reported,
    two_replicas_share_the_events_between_them,
    an_abandoned_claim_passes_on_and_its_late_holder_changes_nothing,
    an_event_given_back_comes_again_later_and_is_set_aside_in_the_end,
    finished_events_are_forgotten_after_a_week,
);

const POPUPS: &[EventKind] = &[EventKind::SubscribePopup];

async fn push_popups(app: &TestApp, openids: impl IntoIterator<Item = String>) {
    for openid in openids {
        let push = fake(app).push(&popup(&openid, 1), PushMode::Safe, PushForm::Json);
        assert_eq!(deliver(app, &push).await.status, 200);
    }
}

async fn take(app: &TestApp, limit: u64) -> Vec<ClaimedEvent> {
    inbox::take(&app.state, POPUPS, app.clock.now(), limit).await.unwrap()
}

/// Finishes an event in one transaction with a change that can be counted.
async fn act_on(app: &TestApp, claimed: &ClaimedEvent) -> ApiResult<()> {
    let (claimed, now) = (claimed.clone(), app.clock.now());
    app.state
        .database
        .write(move |transaction| {
            let claimed = claimed.clone();
            Box::pin(async move {
                transaction.execute_unprepared("UPDATE heartbeat SET beat = beat + 1").await?;
                inbox::finish(transaction, &claimed, now).await
            })
        })
        .await
}

async fn beats(app: &TestApp) -> i64 {
    use sea_orm::EntityTrait;

    let row = entity::heartbeat::Entity::find_by_id(1).one(app.state.database.reader()).await;
    row.unwrap().unwrap().beat
}

fn openid(claimed: &ClaimedEvent) -> String {
    match &claimed.event {
        WechatEvent::SubscribePopup { openid, .. } => openid.clone(),
        other => panic!("{other:?} was taken"),
    }
}

async fn an_event_is_taken_typed_and_finished_once(app: TestApp) {
    push_popups(&app, ["oLi".to_owned()]).await;
    let claimed = take(&app, 10).await;
    let choices = vec![TemplateChoice { template_id: "tReminder".into(), accepted: true }];
    assert_eq!(claimed[0].event, WechatEvent::SubscribePopup { openid: "oLi".into(), choices });
    assert_eq!(claimed[0].received_at, app.clock.now());
    assert!(!format!("{claimed:?}").contains("oLi"));
    assert!(take(&app, 10).await.is_empty(), "a claimed event was taken again");

    let before = beats(&app).await;
    act_on(&app, &claimed[0]).await.unwrap();
    assert!(matches!(act_on(&app, &claimed[0]).await, Err(ApiError::Conflict { code: "claim_lost", .. })));
    assert_eq!(beats(&app).await, before + 1);
    app.clock.advance(TimeDelta::hours(1));
    assert!(take(&app, 10).await.is_empty());
    let row = &rows(&app).await[0];
    assert_eq!((row.status.as_str(), &row.payload_cell), ("done", &None));

    let again = fake(&app).push(&popup("oLi", 1), PushMode::Safe, PushForm::Json);
    assert_eq!(deliver(&app, &again).await.status, 200);
    assert!(take(&app, 10).await.is_empty(), "a finished event came back to life");
}

async fn only_the_asked_kinds_are_taken(app: TestApp) {
    let checked =
        json!({"Event": "wxa_media_check", "trace_id": "t1", "result": {"suggest": "risky", "label": 20002}});
    let push = fake(&app).push(&checked, PushMode::Safe, PushForm::Json);
    assert_eq!(deliver(&app, &push).await.status, 200);
    push_popups(&app, ["oLi".to_owned()]).await;
    assert_eq!(take(&app, 10).await.len(), 1);
    let media: &[EventKind] = &[EventKind::MediaChecked];
    let taken = inbox::take(&app.state, media, app.clock.now(), 10).await.unwrap();
    let [ClaimedEvent { event: WechatEvent::MediaChecked { trace_id, .. }, .. }] = taken.as_slice() else {
        panic!("{taken:?}");
    };
    assert_eq!(trace_id, "t1");
}

async fn in_development_checked_media_are_reported(app: TestApp) {
    fake(&app).report_media_checks_to(app.base_url.trim_start_matches("http://").parse().unwrap());
    let check = MediaCheck {
        openid: "oLi",
        scene: Scene::SocialLog,
        media_url: "https://health.example.cn/media/7",
        kind: MediaKind::Image,
    };
    let accepted = app.state.wechat.client.check_media(&check).await.unwrap();
    let media: &[EventKind] = &[EventKind::MediaChecked];
    for _ in 0..500 {
        let taken = inbox::take(&app.state, media, app.clock.now(), 10).await.unwrap();
        if let Some(WechatEvent::MediaChecked { trace_id, verdict }) = taken.first().map(|one| &one.event) {
            assert_eq!((trace_id, verdict.suggestion), (&accepted, Suggestion::Pass));
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the result never came");
}

async fn two_replicas_share_the_events_between_them(app: TestApp) {
    push_popups(&app, (0..12).map(|number| format!("o{number}"))).await;
    let takes = futures_util::future::join_all((0..4).map(|_| take(&app, 5))).await;
    let openids: Vec<String> = takes.iter().flatten().map(openid).collect();
    let different: BTreeSet<&String> = openids.iter().collect();
    assert_eq!(openids.len(), different.len(), "two took the same event");
    let rest: Vec<String> = take(&app, 20).await.iter().map(openid).collect();
    assert_eq!(openids.len() + rest.len(), 12);
}

async fn an_abandoned_claim_passes_on_and_its_late_holder_changes_nothing(app: TestApp) {
    push_popups(&app, ["oLi".to_owned()]).await;
    let late = take(&app, 1).await;
    app.clock.advance(TimeDelta::seconds(119));
    assert!(take(&app, 1).await.is_empty());
    app.clock.advance(TimeDelta::seconds(1));
    let next = take(&app, 1).await;
    assert_eq!(next.len(), 1);
    let before = beats(&app).await;
    assert!(act_on(&app, &late[0]).await.is_err());
    assert_eq!(beats(&app).await, before, "the effect of a lost claim was kept");
    inbox::give_back(&app.state, &late[0], app.clock.now()).await.unwrap();
    act_on(&app, &next[0]).await.unwrap();
    assert_eq!(beats(&app).await, before + 1);
}

async fn an_event_given_back_comes_again_later_and_is_set_aside_in_the_end(app: TestApp) {
    push_popups(&app, ["oLi".to_owned()]).await;
    for attempt in 1..=10 {
        let claimed = take(&app, 1).await;
        assert_eq!(claimed.len(), 1, "attempt {attempt}");
        inbox::give_back(&app.state, &claimed[0], app.clock.now()).await.unwrap();
        assert!(take(&app, 1).await.is_empty());
        let pause = TimeDelta::minutes([1, 2, 4, 8, 16, 32][(attempt - 1).min(5)]);
        app.clock.advance(pause - TimeDelta::milliseconds(1));
        assert!(take(&app, 1).await.is_empty());
        app.clock.advance(TimeDelta::milliseconds(1));
    }
    assert!(take(&app, 1).await.is_empty());
    assert_eq!(rows(&app).await[0].status, "failed");
}

async fn finished_events_are_forgotten_after_a_week(app: TestApp) {
    push_popups(&app, ["oLi".to_owned(), "oWang".to_owned()]).await;
    let claimed = take(&app, 1).await;
    act_on(&app, &claimed[0]).await.unwrap();
    app.clock.advance(TimeDelta::days(7));
    assert_eq!(inbox::forget_finished(&app.state, app.clock.now()).await.unwrap(), 0);
    app.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(inbox::forget_finished(&app.state, app.clock.now()).await.unwrap(), 1);
    assert_eq!(rows(&app).await.len(), 1, "an open event was forgotten");
}
