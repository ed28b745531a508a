//! Pushes as the real WeChat signs them.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::state::FakeState;
use crate::wechat::crypto::signature::{SignedParts, sign};

/// How a push is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushMode {
    /// Signed, but readable; the signature does not cover the message.
    Plain,
    /// Encrypted, and signed as a whole.
    Safe,
}

/// How a push is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushForm {
    /// As JSON.
    Json,
    /// As XML.
    Xml,
}

/// A push, ready to be sent with POST.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedPush {
    /// Path and query.
    pub address: String,
    /// `application/json` or `text/xml`.
    pub media_type: &'static str,
    /// The body.
    pub body: String,
}

const PATH: &str = "/wechat/push";
/// As long as the real one waits.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn address_check(state: &FakeState) -> (String, String) {
    let (timestamp, nonce) = moment(state);
    let parts = SignedParts { timestamp: &timestamp, nonce: &nonce, encrypt: None };
    let signature = sign(&state.push_keys.token, parts);
    let echo = u64::from_be_bytes(state.random.bytes()).to_string();
    let address = format!("{PATH}?signature={signature}&timestamp={timestamp}&nonce={nonce}&echostr={echo}");
    (address, echo)
}

pub(super) fn signed(state: &FakeState, event: &Value, mode: PushMode, form: PushForm) -> SignedPush {
    let (timestamp, nonce) = moment(state);
    let token = &state.push_keys.token;
    let signature = sign(token, SignedParts { timestamp: &timestamp, nonce: &nonce, encrypt: None });
    let openid = event.get("FromUserName").and_then(Value::as_str).unwrap_or_default();
    let mut address =
        format!("{PATH}?signature={signature}&timestamp={timestamp}&nonce={nonce}&openid={openid}");
    let mut message = event.clone();
    if let (PushMode::Safe, Some(cipher)) = (mode, &state.push_keys.cipher) {
        let encrypt = cipher.seal(written(event, form).as_bytes(), state.random.bytes());
        let parts = SignedParts { timestamp: &timestamp, nonce: &nonce, encrypt: Some(&encrypt) };
        address.push_str("&encrypt_type=aes&msg_signature=");
        address.push_str(&sign(token, parts));
        message = json!({"ToUserName": "gh_development", "Encrypt": encrypt});
    }
    let media_type = if form == PushForm::Json { "application/json" } else { "text/xml" };
    SignedPush { address, media_type, body: written(&message, form) }
}

/// Sends a push to the server under development.
pub(super) async fn deliver(server: SocketAddr, push: SignedPush) {
    match send(server, push).await {
        Ok(status) if status.is_success() => {}
        Ok(status) => tracing::warn!(status = status.as_u16(), "the server refused a push"),
        Err(error) => tracing::warn!(error = %error.without_url(), "a push did not reach the server"),
    }
}

async fn send(server: SocketAddr, push: SignedPush) -> Result<StatusCode, reqwest::Error> {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(PATIENCE).build()?;
    let request = client.post(format!("http://{server}{}", push.address));
    Ok(request.header(CONTENT_TYPE, push.media_type).body(push.body).send().await?.status())
}

fn moment(state: &FakeState) -> (String, String) {
    let nonce = u32::from_be_bytes(state.random.bytes());
    (state.clock.now().timestamp().to_string(), nonce.to_string())
}

fn written(message: &Value, form: PushForm) -> String {
    match form {
        PushForm::Json => message.to_string(),
        PushForm::Xml => {
            let nested = nested(message);
            format!("<xml>{}</xml>", nested.as_object().map(xml).unwrap_or_default())
        }
    }
}

/// XML has the list inside an element that is named like the event.
fn nested(message: &Value) -> Value {
    let mut message = message.clone();
    let element = match message.get("Event").and_then(Value::as_str) {
        Some("subscribe_msg_popup_event") => "SubscribeMsgPopupEvent",
        Some("subscribe_msg_change_event") => "SubscribeMsgChangeEvent",
        Some("subscribe_msg_sent_event") => "SubscribeMsgSentEvent",
        _ => return message,
    };
    if let Some(fields) = message.as_object_mut()
        && let Some(list) = fields.remove("List")
    {
        fields.insert(element.to_owned(), json!({"List": list}));
    }
    message
}

fn xml(fields: &Map<String, Value>) -> String {
    fields.iter().map(|(name, value)| element(name, value)).collect()
}

fn element(name: &str, value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(|item| element(name, item)).collect(),
        Value::Object(fields) => format!("<{name}>{}</{name}>", xml(fields)),
        Value::String(text) => format!("<{name}><![CDATA[{text}]]></{name}>"),
        other => format!("<{name}>{other}</{name}>"),
    }
}
