//! Each call, its refusals, and what is never sent twice.

use std::net::TcpListener;

use chrono::TimeDelta;
use kangtu::metrics::WechatCalls;
use kangtu::wechat::client::{
    CodeScene, Endpoint, EnvVersion, MediaCheck, MediaKind, MiniCodeRequest, Patience, Scene, Suggestion,
};
use kangtu::wechat::crypto::user_data::{self, Expected};
use kangtu::wechat::fake::Answer;
use kangtu::wechat::{WechatClient, WechatError};
use serde_json::{Value, json};

use super::{Line, remark};

#[actix_web::test]
async fn a_code_logs_in_once_within_five_minutes() {
    let line = Line::new();
    let code = line.fake.login_code("oLi");
    assert_eq!(line.client.login(&code).await.unwrap().openid, "oLi");
    assert_eq!(line.client.login(&code).await.unwrap_err(), WechatError::CodeRefused);
    let late = line.fake.login_code("oLi");
    line.clock.advance(TimeDelta::minutes(5));
    assert_eq!(line.client.login(&late).await.unwrap_err(), WechatError::CodeRefused);
    assert_eq!(line.client.login("invented").await.unwrap_err(), WechatError::CodeRefused);
    assert_eq!(line.count(Endpoint::Login), 4, "a refused code is not sent again");
    let sent = &line.fake.calls(Endpoint::Login)[0].query;
    assert_eq!(
        (sent["js_code"].as_str(), sent["grant_type"].as_str()),
        (code.as_str(), "authorization_code")
    );
}

#[actix_web::test]
async fn in_development_a_name_logs_in() {
    let line = Line::new();
    for _ in 0..2 {
        assert_eq!(line.client.login("dev-li").await.unwrap().openid, "dev-li");
    }
    for code in ["dev-", "dev-李", "dev-a/b", &format!("dev-{}", "a".repeat(33))] {
        assert_eq!(line.client.login(code).await.unwrap_err(), WechatError::CodeRefused, "{code}");
    }
}

#[actix_web::test]
async fn a_unionid_is_kept_where_there_is_one() {
    let line = Line::new();
    let key = "tiihtNczf5v6AKRyjwEUhQ==";
    line.fake.answer_next(
        Endpoint::Login,
        [
            Answer::Json(json!({"openid": "oLi", "session_key": key, "unionid": "uLi"})),
            Answer::Json(json!({"openid": "oLi", "session_key": key, "unionid": "", "errcode": "0"})),
        ],
    );
    assert_eq!(line.client.login("a").await.unwrap().unionid.as_deref(), Some("uLi"));
    assert_eq!(line.client.login("b").await.unwrap().unionid, None);
}

#[actix_web::test]
async fn a_busy_wechat_is_asked_twice_more_and_then_left_alone() {
    let line = Line::new();
    let busy = || Answer::Errcode(-1, "system error");
    line.fake.answer_next(Endpoint::Login, [busy(), busy()]);
    assert_eq!(line.client.login("dev-li").await.unwrap().openid, "dev-li");
    assert_eq!(line.count(Endpoint::Login), 3);
    line.fake.answer_next(Endpoint::Login, [busy(), busy(), busy()]);
    assert_eq!(line.client.login("dev-li").await.unwrap_err(), WechatError::Unavailable);
    assert_eq!(line.count(Endpoint::Login), 6);
}

#[actix_web::test]
async fn what_may_have_been_carried_out_is_not_sent_again() {
    let line = Line::hasty();
    line.fake.answer_next(Endpoint::Login, [Answer::Silence]);
    let code = line.fake.login_code("oLi");
    assert_eq!(line.client.login(&code).await.unwrap_err(), WechatError::OutcomeUnknown);
    line.fake.answer_next(Endpoint::Login, [Answer::Status(500), Answer::Status(503)]);
    assert_eq!(line.client.login("dev-li").await.unwrap_err(), WechatError::Unavailable);
    assert_eq!(line.count(Endpoint::Login), 2);
}

#[actix_web::test]
async fn nobody_at_the_address_is_unavailable() {
    let line = Line::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let patience = Patience::without_delays();
    let client = WechatClient::new(
        nobody.parse().unwrap(),
        line.fake.credentials(),
        patience,
        line.clock.clone(),
        WechatCalls::default(),
    );
    assert_eq!(client.unwrap().login("dev-li").await.unwrap_err(), WechatError::Unavailable);
}

#[actix_web::test]
async fn every_refusal_of_a_log_in_has_its_meaning() {
    let line = Line::new();
    let misconfigured = |errcode| WechatError::Misconfigured { errcode };
    let refusals = [
        (40029, WechatError::CodeRefused),
        (40163, WechatError::CodeRefused),
        (45011, WechatError::TooManyCalls { retry_after_s: 60 }),
        (40226, WechatError::UserBlocked),
        (40013, misconfigured(40013)),
        (40125, misconfigured(40125)),
        (40164, misconfigured(40164)),
        (41002, misconfigured(41002)),
        (41004, misconfigured(41004)),
        (41008, misconfigured(41008)),
        (48001, misconfigured(48001)),
        (50002, misconfigured(50002)),
        (99999, WechatError::Refused { errcode: 99999, field: None }),
    ];
    for (calls, (errcode, expected)) in refusals.into_iter().enumerate() {
        line.fake.answer_next(Endpoint::Login, [Answer::Errcode(errcode, "no")]);
        assert_eq!(line.client.login("dev-li").await.unwrap_err(), expected);
        assert_eq!(line.count(Endpoint::Login), calls + 1, "{errcode} was sent again");
    }
}

#[actix_web::test]
async fn a_broken_answer_is_refused_and_not_followed() {
    let line = Line::new();
    let raw = |media_type, body: &[u8]| Answer::Raw { media_type, body: body.to_vec() };
    let broken = [
        Answer::Html,
        Answer::Huge { bytes: 10 * 1024 * 1024 },
        Answer::Redirect,
        Answer::Status(404),
        Answer::Json(json!([])),
        Answer::Json(json!(7)),
        Answer::Json(json!({})),
        Answer::Json(json!({"openid": "", "session_key": "tiihtNczf5v6AKRyjwEUhQ=="})),
        Answer::Json(json!({"openid": "oLi", "session_key": "short"})),
        Answer::Json(json!({"openid": ["oLi"], "session_key": "tiihtNczf5v6AKRyjwEUhQ=="})),
        Answer::Json(json!({"errcode": "many"})),
        raw("application/json", b"\xFF\xFE"),
        raw("application/json", b"[[[[".repeat(10_000).as_slice()),
        raw("text/plain", b""),
        raw("image/png", b"\x89PNG"),
    ];
    for (calls, answer) in broken.into_iter().enumerate() {
        line.fake.answer_next(Endpoint::Login, [answer.clone()]);
        let seen = line.client.login("dev-li").await.unwrap_err();
        assert_eq!(seen, WechatError::Unreadable, "{:.200}", format!("{answer:?}"));
        assert_eq!(line.count(Endpoint::Login), calls + 1);
    }
    assert_eq!(line.client.login("dev-li").await.unwrap().openid, "dev-li");
}

#[actix_web::test]
async fn the_wrong_secret_names_the_configuration() {
    let line = Line::new();
    let mut credentials = line.fake.credentials();
    credentials.secret = "another".to_owned().into();
    let patience = Patience::without_delays();
    let client = WechatClient::new(
        line.fake.base_url(),
        credentials,
        patience,
        line.clock.clone(),
        WechatCalls::default(),
    )
    .unwrap();
    let wrong = WechatError::Misconfigured { errcode: 40125 };
    assert_eq!(client.login("dev-li").await.unwrap_err(), wrong);
    assert_eq!(client.check_text(&remark("好")).await.unwrap_err(), wrong);
}

#[actix_web::test]
async fn a_session_key_is_known_to_be_the_users() {
    let line = Line::new();
    let first = line.client.login("dev-li").await.unwrap();
    assert!(line.client.check_session("dev-li", &first.session_key).await.unwrap());
    let second = line.client.login("dev-li").await.unwrap();
    assert!(!line.client.check_session("dev-li", &first.session_key).await.unwrap());
    assert!(line.client.check_session("dev-li", &second.session_key).await.unwrap());
}

#[actix_web::test]
async fn steps_arrive_encrypted_and_open_with_the_key_of_the_last_log_in() {
    let line = Line::new();
    let session = line.client.login("dev-li").await.unwrap();
    let steps = json!({"stepInfoList": [{"timestamp": 1_795_536_000, "step": 6_120}]});
    let (data, iv) = line.fake.encrypt_user_data("dev-li", steps).unwrap();
    let expected =
        Expected { appid: line.client.appid(), openid: "dev-li", now: line.now() + TimeDelta::minutes(5) };
    let opened: Value = user_data::open(&session.session_key, &data, &iv, expected).unwrap();
    assert_eq!(opened["stepInfoList"][0]["step"], 6_120);
    let late = Expected { now: line.now() + TimeDelta::minutes(6), ..expected };
    assert!(user_data::open::<Value>(&session.session_key, &data, &iv, late).is_err());
    let other = line.client.login("dev-li").await.unwrap();
    assert!(user_data::open::<Value>(&other.session_key, &data, &iv, expected).is_err());
}

#[actix_web::test]
async fn a_phone_number_is_given_to_its_owner_once() {
    let line = Line::new();
    let code = line.fake.phone_code("oLi", "13800000001");
    let phone = line.client.phone_number(&code, "oLi").await.unwrap();
    assert_eq!((phone.number.as_str(), phone.country_code.as_str()), ("13800000001", "86"));
    assert_eq!(line.fake.calls(Endpoint::PhoneNumber)[0].body, json!({"code": code, "openid": "oLi"}));
    assert_eq!(line.client.phone_number(&code, "oLi").await.unwrap_err(), WechatError::CodeRefused);
    let of_li = line.fake.phone_code("oLi", "13800000001");
    assert_eq!(line.client.phone_number(&of_li, "oWang").await.unwrap_err(), WechatError::CodeRefused);
    let log_in = line.fake.login_code("oLi");
    assert_eq!(line.client.phone_number(&log_in, "oLi").await.unwrap_err(), WechatError::CodeRefused);
    let phone = line.client.phone_number("dev-13800000000", "oLi").await.unwrap();
    assert_eq!(phone.number, "13800000000");
}

#[actix_web::test]
async fn a_phone_number_of_another_program_or_of_letters_is_refused() {
    let line = Line::new();
    let appid = line.client.appid().to_owned();
    for (number, appid) in
        [("13800000001", "wxother"), ("1380000000a", &appid), ("", &appid), ("+86138", &appid)]
    {
        line.fake.answer_next(
            Endpoint::PhoneNumber,
            [Answer::Json(json!({"errcode": 0, "phone_info": {
                "phoneNumber": number, "purePhoneNumber": number, "countryCode": "86",
                "watermark": {"timestamp": 1, "appid": appid},
            }}))],
        );
        let refused = line.client.phone_number("dev-13800000000", "oLi").await.unwrap_err();
        assert_eq!(refused, WechatError::Unreadable, "{number} {appid}");
    }
}

#[actix_web::test]
async fn a_text_is_clean_only_if_wechat_says_so() {
    let line = Line::new();
    let clean = line.client.check_text(&remark("讲座很好")).await.unwrap();
    assert_eq!((clean.suggestion, clean.label), (Suggestion::Pass, 100));
    let risky = line.client.check_text(&remark("违规测试")).await.unwrap();
    assert_eq!((risky.suggestion, risky.label), (Suggestion::Risky, 20_006));
    let sent = &line.fake.calls(Endpoint::TextCheck)[0].body;
    assert_eq!(*sent, json!({"version": 2, "openid": "oLi", "scene": 2, "content": "讲座很好"}));
    for answer in
        [Answer::Json(json!({"errcode": 0, "errmsg": "ok"})), Answer::Errcode(61010, "code is expired")]
    {
        line.fake.answer_next(Endpoint::TextCheck, [answer]);
        assert!(line.client.check_text(&remark("讲座很好")).await.is_err());
    }
}

#[actix_web::test]
async fn the_worst_piece_of_a_long_text_counts() {
    let line = Line::new();
    let text = format!("{}违规测试。{}", "好。".repeat(2_000), "好。".repeat(2_000));
    let verdict = line.client.check_text(&remark(&text)).await.unwrap();
    assert_eq!(verdict.suggestion, Suggestion::Risky);
    let pieces = line.fake.calls(Endpoint::TextCheck);
    assert_eq!(pieces.len(), 2, "nothing is asked once a piece is risky");
    assert!(pieces.iter().all(|call| call.body["content"].as_str().unwrap().chars().count() <= 2_500));
    let endless = line.client.check_text(&remark(&"好".repeat(60_000))).await.unwrap();
    assert_eq!(endless.suggestion, Suggestion::Review);
    assert_eq!(line.count(Endpoint::TextCheck), 2);
}

#[actix_web::test]
async fn a_picture_is_accepted_for_checking_under_a_name() {
    let line = Line::new();
    let check = MediaCheck {
        openid: "oLi",
        scene: Scene::SocialLog,
        media_url: "https://health.example.cn/media/7",
        kind: MediaKind::Image,
    };
    let first = line.client.check_media(&check).await.unwrap();
    assert_ne!(first, line.client.check_media(&check).await.unwrap());
    assert_eq!(
        line.fake.calls(Endpoint::MediaCheck)[0].body,
        json!({
            "media_url": "https://health.example.cn/media/7", "media_type": 2, "version": 2, "scene": 4,
            "openid": "oLi",
        })
    );
    line.fake.answer_next(Endpoint::MediaCheck, [Answer::Json(json!({"errcode": 0, "trace_id": ""}))]);
    assert_eq!(line.client.check_media(&check).await.unwrap_err(), WechatError::Unreadable);
}

#[actix_web::test]
async fn a_code_is_a_picture_or_a_refusal() {
    let line = Line::new();
    let scene = CodeScene::new("a=7K2M").unwrap();
    let page = Some("pages/activity/show");
    let request = MiniCodeRequest { scene: &scene, page, env_version: EnvVersion::Release, width_px: 430 };
    let code = line.client.mini_code(&request).await.unwrap();
    assert_eq!(code.media_type, "image/png");
    assert!(code.bytes.starts_with(b"\x89PNG"));
    assert_eq!(
        line.fake.calls(Endpoint::MiniCode)[0].body,
        json!({
            "scene": "a=7K2M", "page": "pages/activity/show", "check_path": true, "env_version": "release",
            "width": 430,
        })
    );
    let jpeg = Answer::Raw { media_type: "image/jpeg", body: vec![0xFF, 0xD8, 0xFF, 0xE0] };
    line.fake.answer_next(Endpoint::MiniCode, [jpeg]);
    assert_eq!(line.client.mini_code(&request).await.unwrap().media_type, "image/jpeg");
    for (answer, expected) in [
        (Answer::Errcode(41030, "invalid page"), WechatError::Refused { errcode: 41030, field: None }),
        (Answer::Html, WechatError::Unreadable),
        (Answer::Json(json!({"errcode": 0})), WechatError::Unreadable),
        (Answer::Raw { media_type: "image/jpeg", body: b"<html>".to_vec() }, WechatError::Unreadable),
        (Answer::Raw { media_type: "image/jpeg", body: vec![0xFF; 5 << 20] }, WechatError::Unreadable),
    ] {
        line.fake.answer_next(Endpoint::MiniCode, [answer]);
        assert_eq!(line.client.mini_code(&request).await.unwrap_err(), expected);
    }
    let too_wide = MiniCodeRequest { width_px: 2_000, ..request };
    let before = line.count(Endpoint::MiniCode);
    assert!(line.client.mini_code(&too_wide).await.is_err());
    assert_eq!(line.count(Endpoint::MiniCode), before);
}
