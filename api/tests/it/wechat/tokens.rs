//! The access token: fetched once for everybody, replaced once when it is refused.

use chrono::TimeDelta;
use futures_util::future::join_all;
use kangtu::wechat::WechatError;
use kangtu::wechat::client::Endpoint;
use kangtu::wechat::fake::Answer;
use serde_json::json;

use super::{Line, remark};

impl Line {
    async fn ask(&self) -> Result<(), WechatError> {
        self.client.check_text(&remark("好")).await.map(drop)
    }

    async fn ask_together(&self, callers: usize) -> Vec<Result<(), WechatError>> {
        join_all((0..callers).map(|_| self.ask())).await
    }

    fn fetches(&self) -> usize {
        self.count(Endpoint::StableToken)
    }
}

#[actix_web::test]
async fn a_crowd_fetches_one_token() {
    let line = Line::new();
    assert!(line.ask_together(20).await.iter().all(Result::is_ok));
    assert_eq!((line.fetches(), line.count(Endpoint::TextCheck)), (1, 20));
    let body = &line.fake.calls(Endpoint::StableToken)[0].body;
    assert_eq!((&body["grant_type"], &body["force_refresh"]), (&json!("client_credential"), &json!(false)));
}

#[actix_web::test]
async fn a_token_is_kept_until_five_minutes_before_its_end() {
    let line = Line::new();
    line.ask().await.unwrap();
    line.clock.advance(TimeDelta::seconds(7_200 - 300 - 1));
    line.ask().await.unwrap();
    assert_eq!(line.fetches(), 1);
    line.clock.advance(TimeDelta::seconds(1));
    line.ask().await.unwrap();
    assert_eq!((line.fetches(), line.count(Endpoint::TextCheck)), (2, 3));
}

#[actix_web::test]
async fn a_token_near_its_end_is_kept_for_a_minute() {
    let line = Line::new();
    line.ask().await.unwrap();
    let token = line.fake.calls(Endpoint::TextCheck)[0].query["access_token"].clone();
    line.clock.advance(TimeDelta::seconds(6_900));
    let short = Answer::Json(json!({"access_token": token, "expires_in": "300"}));
    line.fake.answer_next(Endpoint::StableToken, [short]);
    line.ask().await.unwrap();
    line.clock.advance(TimeDelta::seconds(59));
    line.ask().await.unwrap();
    assert_eq!(line.fetches(), 2);
    line.clock.advance(TimeDelta::seconds(1));
    line.ask().await.unwrap();
    assert_eq!(line.fetches(), 3);
}

#[actix_web::test]
async fn a_refused_token_is_replaced_once_and_the_call_repeated_once() {
    for errcode in [40001, 40014, 42001] {
        let line = Line::new();
        line.ask().await.unwrap();
        line.fake.answer_next(Endpoint::TextCheck, [Answer::Errcode(errcode, "invalid credential")]);
        line.ask().await.unwrap();
        assert_eq!((line.fetches(), line.count(Endpoint::TextCheck)), (2, 3), "{errcode}");
    }
}

#[actix_web::test]
async fn a_second_refusal_ends_it_without_a_loop() {
    let line = Line::new();
    let refusal = || Answer::Errcode(40001, "invalid credential");
    line.fake.answer_next(Endpoint::TextCheck, [refusal(), refusal(), refusal()]);
    assert_eq!(line.ask().await, Err(WechatError::TokenRefused));
    assert_eq!((line.fetches(), line.count(Endpoint::TextCheck)), (2, 2));
}

#[actix_web::test]
async fn a_crowd_with_a_revoked_token_fetches_one_new_one() {
    let line = Line::new();
    line.ask().await.unwrap();
    line.fake.revoke_token();
    assert!(line.ask_together(10).await.iter().all(Result::is_ok));
    assert_eq!(line.fetches(), 2, "whoever is refused later finds the new token in place");
}

#[actix_web::test]
async fn a_crowd_shares_the_failure_it_waited_for() {
    let line = Line::new();
    line.fake.answer_next(Endpoint::StableToken, [Answer::Errcode(40125, "invalid appsecret")]);
    let expected = Err(WechatError::Misconfigured { errcode: 40125 });
    assert!(line.ask_together(10).await.iter().all(|outcome| *outcome == expected));
    assert_eq!(line.fetches(), 1);
    line.ask().await.unwrap();
    assert_eq!(line.fetches(), 2, "a failure is not remembered for those who come later");
}

#[actix_web::test]
async fn a_token_that_cannot_be_read_is_no_token() {
    let line = Line::new();
    for answer in [
        Answer::Json(json!({"access_token": "", "expires_in": 7200})),
        Answer::Json(json!({"access_token": "abc"})),
        Answer::Json(json!({"expires_in": 7200})),
        Answer::Html,
    ] {
        line.fake.answer_next(Endpoint::StableToken, [answer]);
        assert_eq!(line.ask().await, Err(WechatError::Unavailable));
    }
    for errcode in [40001, 40013, 40164] {
        line.fake.answer_next(Endpoint::StableToken, [Answer::Errcode(errcode, "no")]);
        assert_eq!(line.ask().await, Err(WechatError::Misconfigured { errcode }));
    }
    assert_eq!(line.count(Endpoint::TextCheck), 0);
}

#[actix_web::test]
async fn a_spent_quota_rests_the_endpoint_for_a_minute() {
    let line = Line::new();
    line.fake.answer_next(Endpoint::TextCheck, [Answer::Errcode(45009, "reach max api daily quota limit")]);
    let spent = Err(WechatError::QuotaSpent { until: line.now() + TimeDelta::minutes(1) });
    assert_eq!(line.ask().await, spent);
    assert_eq!(line.ask().await, spent);
    assert_eq!(line.count(Endpoint::TextCheck), 1, "nothing is sent while the quota is used up");
    assert!(line.client.login("dev-li").await.is_ok(), "other endpoints go on");
    line.clock.advance(TimeDelta::minutes(1));
    line.ask().await.unwrap();
}
