//! The fake's side of the wire.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes, Data, Query};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use anyhow::Context;
use reqwest::Url;
use serde_json::{Value, json};

use super::answers::refusal;
use super::push::{self, PushForm, PushMode};
use super::state::{BadCode, FakeState, RecordedCall};
use crate::wechat::client::Endpoint;

/// The smallest PNG: one transparent pixel.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

/// Starts serving on a free port of loopback.
pub(super) fn start(state: &Arc<FakeState>) -> anyhow::Result<(ServerHandle, Url)> {
    let shared = Data::from(Arc::clone(state));
    let server =
        HttpServer::new(move || App::new().app_data(shared.clone()).default_service(web::to(answer)))
            .workers(1)
            .disable_signals()
            .bind((Ipv4Addr::LOCALHOST, 0))
            .context("the WeChat for development finds no free port on 127.0.0.1")?;
    let address = server.addrs().first().copied().context("the listener has no address")?;
    let base_url = Url::parse(&format!("http://{address}/"))?;
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok((handle, base_url))
}

async fn answer(
    request: HttpRequest,
    query: Query<BTreeMap<String, String>>,
    body: Bytes,
    state: Data<FakeState>,
) -> HttpResponse {
    let Some(endpoint) = Endpoint::ALL.into_iter().find(|endpoint| endpoint.path() == request.path()) else {
        return HttpResponse::NotFound().finish();
    };
    let call =
        RecordedCall { query: query.into_inner(), body: serde_json::from_slice(&body).unwrap_or_default() };
    state.record(endpoint, call.clone());
    match state.scripted(endpoint) {
        Some(scripted) => scripted.give().await,
        None => by_the_rules(&state, endpoint, &call),
    }
}

fn by_the_rules(state: &FakeState, endpoint: Endpoint, call: &RecordedCall) -> HttpResponse {
    match endpoint {
        Endpoint::Login => log_in(state, call),
        Endpoint::StableToken => token(state, call),
        _ if !call.query.get("access_token").is_some_and(|token| state.accepts_token(token)) => {
            refusal(40001, "invalid credential, access_token is invalid or not latest")
        }
        Endpoint::CheckSession => check_session(state, call),
        Endpoint::PhoneNumber => phone_number(state, call),
        Endpoint::SubscribeSend => send(state, call),
        Endpoint::TextCheck => check_text(state, call),
        Endpoint::MediaCheck => check_media(state, call),
        Endpoint::MiniCode => HttpResponse::Ok().content_type("image/png").body(PICTURE),
        Endpoint::Templates => HttpResponse::Ok().json(json!({"errcode": 0, "errmsg": "ok", "data": []})),
    }
}

fn field<'c>(call: &'c RecordedCall, name: &str) -> Option<&'c str> {
    call.body.get(name).and_then(Value::as_str)
}

/// WeChat's number for wrong credentials.
fn credential_fault(state: &FakeState, appid: Option<&str>, secret: Option<&str>) -> Option<HttpResponse> {
    if appid != Some(state.credentials.appid.as_str()) {
        return Some(refusal(40013, "invalid appid"));
    }
    if !secret.is_some_and(|secret| state.credentials.secret.equals(secret)) {
        return Some(refusal(40125, "invalid appsecret"));
    }
    None
}

fn bad_code(fault: BadCode) -> HttpResponse {
    match fault {
        BadCode::Invalid => refusal(40029, "invalid code"),
        BadCode::Used => refusal(40163, "code been used"),
    }
}

fn log_in(state: &FakeState, call: &RecordedCall) -> HttpResponse {
    let parameter = |name: &str| call.query.get(name).map(String::as_str);
    if let Some(fault) = credential_fault(state, parameter("appid"), parameter("secret")) {
        return fault;
    }
    match state.log_in(parameter("js_code").unwrap_or_default()) {
        // The real one says errcode only on failure.
        Ok((openid, key)) => {
            HttpResponse::Ok().json(json!({"openid": openid, "session_key": key.expose_base64()}))
        }
        Err(fault) => bad_code(fault),
    }
}

fn token(state: &FakeState, call: &RecordedCall) -> HttpResponse {
    if let Some(fault) = credential_fault(state, field(call, "appid"), field(call, "secret")) {
        return fault;
    }
    let (token, expires_in) = state.token();
    HttpResponse::Ok().json(json!({"access_token": token, "expires_in": expires_in}))
}

fn check_session(state: &FakeState, call: &RecordedCall) -> HttpResponse {
    let parameter = |name: &str| call.query.get(name).map(String::as_str).unwrap_or_default();
    if parameter("signature") == state.session_key(parameter("openid")).proof() {
        HttpResponse::Ok().json(json!({"errcode": 0, "errmsg": "ok"}))
    } else {
        refusal(87009, "invalid signature")
    }
}

fn phone_number(state: &FakeState, call: &RecordedCall) -> HttpResponse {
    match state.phone_number(field(call, "code").unwrap_or_default(), field(call, "openid")) {
        Ok(number) => HttpResponse::Ok().json(json!({
            "errcode": 0,
            "errmsg": "ok",
            "phone_info": {
                "phoneNumber": number,
                "purePhoneNumber": number,
                "countryCode": 86,
                "watermark": {"timestamp": state.clock.now().timestamp(), "appid": state.credentials.appid},
            },
        })),
        Err(fault) => bad_code(fault),
    }
}

fn send(state: &FakeState, call: &RecordedCall) -> HttpResponse {
    if field(call, "touser").is_none_or(str::is_empty) {
        return refusal(40003, "invalid openid");
    }
    let id = u64::from_be_bytes(state.random.bytes()) >> 1;
    HttpResponse::Ok().json(json!({"errcode": 0, "errmsg": "ok", "msgid": id}))
}

fn check_media(state: &FakeState, call: &RecordedCall) -> HttpResponse {
    let trace_id = state.random.token();
    if let Some(server) = state.report_to.get() {
        let result = json!({
            "ToUserName": "gh_development",
            "FromUserName": call.body.get("openid"),
            "CreateTime": state.clock.now().timestamp(),
            "MsgType": "event",
            "Event": "wxa_media_check",
            "appid": state.credentials.appid,
            "trace_id": trace_id,
            "version": 2,
            "result": {"suggest": "pass", "label": "100"},
            "detail": [],
        });
        let push = push::signed(state, &result, PushMode::Safe, PushForm::Json);
        actix_web::rt::spawn(push::deliver(*server, push));
    }
    HttpResponse::Ok().json(json!({"errcode": 0, "errmsg": "ok", "trace_id": trace_id}))
}

/// Finds fault with one word, so that both outcomes can be tried.
fn check_text(state: &FakeState, call: &RecordedCall) -> HttpResponse {
    let risky = field(call, "content").is_some_and(|content| content.contains("违规测试"));
    let (suggest, label) = if risky { ("risky", 20_006) } else { ("pass", 100) };
    HttpResponse::Ok().json(json!({
        "errcode": 0,
        "errmsg": "ok",
        "trace_id": state.random.token(),
        "result": {"suggest": suggest, "label": label},
        "detail": [{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}],
    }))
}
