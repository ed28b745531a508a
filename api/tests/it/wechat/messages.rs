//! Subscribe messages: sent once, whatever comes back.

use chrono::TimeDelta;
use kangtu::wechat::WechatError;
use kangtu::wechat::client::{Endpoint, MiniProgramState, SendOutcome, SubscribeMessage};
use kangtu::wechat::fake::Answer;
use kangtu::wechat::message_values::MessageValues;
use serde_json::json;

use super::Line;

impl Line {
    async fn send(&self) -> SendOutcome {
        let values = MessageValues::fit([("thing1", "健康讲座"), ("time2", "2026年11月28日 15:00")]).unwrap();
        let message = SubscribeMessage {
            openid: "oLi",
            template_id: "tReminder",
            page: Some("pages/activity/show?id=7"),
            values: &values,
            state: MiniProgramState::Formal,
        };
        self.client.send_subscribe_message(&message).await
    }
}

#[actix_web::test]
async fn a_message_goes_out_as_documented() {
    let line = Line::new();
    let SendOutcome::Accepted { message_id: Some(id) } = line.send().await else {
        panic!("the message was not accepted");
    };
    assert!(id.parse::<u64>().is_ok());
    let call = &line.fake.calls(Endpoint::SubscribeSend)[0];
    assert_eq!(
        call.body,
        json!({
            "touser": "oLi",
            "template_id": "tReminder",
            "page": "pages/activity/show?id=7",
            "miniprogram_state": "formal",
            "lang": "zh_CN",
            "data": {"thing1": {"value": "健康讲座"}, "time2": {"value": "2026年11月28日 15:00"}},
        })
    );
    line.fake.answer_next(Endpoint::SubscribeSend, [Answer::Json(json!({"errcode": 0, "msgid": "77"}))]);
    assert_eq!(line.send().await, SendOutcome::Accepted { message_id: Some("77".into()) });
    line.fake.answer_next(Endpoint::SubscribeSend, [Answer::Json(json!({"errcode": 0, "msgid": []}))]);
    assert_eq!(line.send().await, SendOutcome::Accepted { message_id: None });
}

#[actix_web::test]
async fn every_refusal_has_its_outcome_and_nothing_is_repeated() {
    let line = Line::hasty();
    let field = |field: &str| SendOutcome::BadValue { field: Some(field.into()) };
    let cases = [
        (Answer::Errcode(40003, "invalid openid"), SendOutcome::UnknownRecipient),
        (Answer::Errcode(40037, "invalid template_id"), SendOutcome::UnknownTemplate),
        (Answer::Errcode(43101, "user refuse to accept the msg"), SendOutcome::NoCredit),
        (Answer::Errcode(47003, "argument invalid! data.thing3.value is emtpy"), field("thing3")),
        (Answer::Errcode(47003, "argument invalid!"), SendOutcome::BadValue { field: None }),
        (Answer::Errcode(41030, "invalid page"), SendOutcome::BadPage),
        (Answer::Errcode(-1, "system error"), SendOutcome::Later(WechatError::Unavailable)),
        (Answer::Status(502), SendOutcome::Later(WechatError::Unavailable)),
        (
            Answer::Errcode(48001, "api unauthorized"),
            SendOutcome::Later(WechatError::Misconfigured { errcode: 48001 }),
        ),
        (Answer::Errcode(99999, "?"), SendOutcome::Refused { errcode: 99999 }),
        (Answer::Silence, SendOutcome::Unknown),
        (Answer::Html, SendOutcome::Unknown),
        (Answer::Huge { bytes: 2 << 20 }, SendOutcome::Unknown),
    ];
    for (calls, (answer, expected)) in cases.into_iter().enumerate() {
        line.fake.answer_next(Endpoint::SubscribeSend, [answer]);
        assert_eq!(line.send().await, expected);
        assert_eq!(line.count(Endpoint::SubscribeSend), calls + 1);
    }
}

#[actix_web::test]
async fn a_message_without_a_token_was_never_sent() {
    let line = Line::hasty();
    for answer in [Answer::Silence, Answer::Html, Answer::Status(500)] {
        line.fake.answer_next(Endpoint::StableToken, [answer]);
        assert_eq!(line.send().await, SendOutcome::Later(WechatError::Unavailable));
    }
    assert_eq!(line.count(Endpoint::SubscribeSend), 0);
}

#[actix_web::test]
async fn a_spent_quota_rests_messages_until_midnight_in_beijing() {
    let line = Line::new();
    line.fake
        .answer_next(Endpoint::SubscribeSend, [Answer::Errcode(45009, "reach max api daily quota limit")]);
    let until = "2026-11-25T16:00:00Z".parse().unwrap();
    assert_eq!(line.send().await, SendOutcome::QuotaSpent { until });
    line.clock.advance(until - line.now() - TimeDelta::milliseconds(1));
    assert_eq!(line.send().await, SendOutcome::QuotaSpent { until });
    assert_eq!(line.count(Endpoint::SubscribeSend), 1);
    line.clock.advance(TimeDelta::milliseconds(1));
    assert!(matches!(line.send().await, SendOutcome::Accepted { .. }));
}
