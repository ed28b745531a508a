//! Texts: the local list, then WeChat, then a person.

use chrono::TimeDelta;
use entity::moderation_item::State;
use kangtu::moderation::{Purpose, Standing, check_text};
use kangtu::privacy::{erasure, holdings};
use kangtu::wechat::client::Endpoint;
use kangtu::wechat::fake::Answer;
use serde_json::json;

use super::{as_resident, items, save_nickname, standing, states};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_clean_text_passes_and_is_not_kept,
    a_word_of_the_list_needs_no_answer_of_wechat,
    what_wechat_calls_risky_is_refused_in_plain_words,
    a_check_that_cannot_be_made_ends_in_review_never_in_a_pass,
    a_newer_text_takes_the_place_of_one_that_waits,
    an_erased_author_leaves_nothing,
    a_name_that_others_will_see_is_looked_at_before_it_is_kept,
);

async fn a_clean_text_passes_and_is_not_kept(app: TestApp) {
    let li = app.resident("li").await;
    assert_eq!(save_nickname(&app, &li, "葵涌李阿姨").await, Standing::Pass);
    let item = items(&app).await.pop().unwrap();
    assert_eq!((item.state, item.label.as_deref(), item.text_cell), (State::Pass, Some("wechat.100"), None));
    assert_eq!(standing(&app, &li, Purpose::Nickname).await, Some(Standing::Pass));
    assert_eq!(standing(&app, &li, Purpose::Comment).await, None);
    let calls = app.state.wechat.fake.clone().unwrap().calls(Endpoint::TextCheck);
    assert_eq!(
        (calls[0].body["scene"].as_i64(), calls[0].body["openid"].as_str()),
        (Some(1), Some("dev-li"))
    );
}

async fn a_word_of_the_list_needs_no_answer_of_wechat(app: TestApp) {
    let li = app.resident("li").await;
    let check = async |text: &str| {
        check_text(&app.state, &as_resident(&li), Purpose::Comment, text).await.unwrap().standing()
    };
    assert_eq!(check("六 合\u{200B}彩，稳赚").await, Standing::Rejected);
    assert_eq!(check("祖传秘方，包治百病").await, Standing::Pending);
    assert!(app.state.wechat.fake.clone().unwrap().calls(Endpoint::TextCheck).is_empty());
}

async fn what_wechat_calls_risky_is_refused_in_plain_words(app: TestApp) {
    let li = app.resident("li").await;
    let checked = check_text(&app.state, &as_resident(&li), Purpose::Comment, "违规测试").await.unwrap();
    let refusal = checked.accepted("/comment").unwrap_err();
    let problem = serde_json::to_value(refusal.problem("1".to_owned())).unwrap();
    assert_eq!(
        (problem["status"].as_i64(), problem["errors"][0]["pointer"].as_str()),
        (Some(422), Some("/comment"))
    );
    assert!(problem["errors"][0]["message"].as_str().unwrap().contains("请修改"));
    assert!(!problem.to_string().contains("违规测试"));
    assert!(items(&app).await.is_empty());
}

async fn a_check_that_cannot_be_made_ends_in_review_never_in_a_pass(app: TestApp) {
    let li = app.resident("li").await;
    let fake = app.state.wechat.fake.clone().unwrap();
    let review = json!({"errcode": 0, "trace_id": "t", "result": {"suggest": "review", "label": 20_001}});
    for (answers, label) in [
        (vec![Answer::Errcode(61_010, "user not seen within 2h")], "unchecked"),
        (vec![Answer::Errcode(43_104, "appid mismatch")], "unchecked"),
        (vec![Answer::Errcode(-1, "busy"); 3], "unchecked"),
        (vec![Answer::Status(500); 3], "unchecked"),
        (vec![Answer::Html; 3], "unchecked"),
        (vec![Answer::Json(json!({"errcode": 0}))], "unchecked"),
        (vec![Answer::Json(json!({"errcode": 0, "result": {"suggest": "maybe"}}))], "unchecked"),
        (vec![Answer::Json(review)], "wechat.20001"),
        (vec![Answer::Errcode(45_009, "reach max api minute limit")], "unchecked"),
    ] {
        app.clock.advance(TimeDelta::seconds(1));
        fake.answer_next(Endpoint::TextCheck, answers);
        assert_eq!(save_nickname(&app, &li, "李阿姨").await, Standing::Pending, "{label}");
        let item = items(&app).await.pop().unwrap();
        assert_eq!((item.state, item.label.as_deref()), (State::PendingReview, Some(label)));
        // What the fake was told and not asked for must not answer the next text.
        while check_text(&app.state, &as_resident(&li), Purpose::Remark, "你好").await.unwrap().standing()
            != Standing::Pass
        {
            app.clock.advance(TimeDelta::minutes(1));
        }
        assert_eq!(standing(&app, &li, Purpose::Nickname).await, Some(Standing::Pending));
    }
    let cell = items(&app).await.pop().unwrap().text_cell.unwrap();
    let name = "李阿姨".as_bytes();
    assert!(!cell.windows(name.len()).any(|bytes| bytes == name));
}

async fn a_newer_text_takes_the_place_of_one_that_waits(app: TestApp) {
    let li = app.resident("li").await;
    let fake = app.state.wechat.fake.clone().unwrap();
    fake.answer_next(Endpoint::TextCheck, [Answer::Errcode(61_010, "user not seen")]);
    assert_eq!(save_nickname(&app, &li, "李阿姨").await, Standing::Pending);
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(save_nickname(&app, &li, "李大姐").await, Standing::Pass);
    assert_eq!(states(&app).await, [State::Superseded, State::Pass]);
    assert_eq!(items(&app).await[0].text_cell, None);
    assert_eq!(standing(&app, &li, Purpose::Nickname).await, Some(Standing::Pass));
}

async fn an_erased_author_leaves_nothing(app: TestApp) {
    let li = app.resident("li").await;
    let chen = app.resident("chen").await;
    save_nickname(&app, &li, "李阿姨").await;
    save_nickname(&app, &chen, "陈伯").await;
    let (state, now) = (app.state.clone(), app.clock.now());
    let subject = holdings::Subject { person_id: li.person_id.unwrap(), account_id: Some(li.id) };
    app.state
        .database
        .write(move |transaction| {
            let state = state.clone();
            Box::pin(async move { erasure::erase_person(transaction, &state, subject, now).await })
        })
        .await
        .unwrap();
    let left: Vec<_> = items(&app).await.into_iter().map(|item| item.account_id).collect();
    assert_eq!(left, [chen.id]);
}

async fn a_name_that_others_will_see_is_looked_at_before_it_is_kept(app: TestApp) {
    let li = app.resident("li").await;
    li.patch("/api/v1/me", &json!({"name": "葵涌李阿姨"})).await.ok();
    assert_eq!(standing(&app, &li, Purpose::Nickname).await, Some(Standing::Pass));
    li.patch("/api/v1/me", &json!({"name": "违规测试"})).await.problem(422, "invalid");
    assert_eq!(li.get("/api/v1/me").await.ok()["name"], "葵涌李阿姨");
}
