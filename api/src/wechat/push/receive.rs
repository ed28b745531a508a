//! Whether a push is WeChat's own, and what it says.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::PushKeys;
use super::event::{self, EventKind};
use super::message;
use super::query::{AddressParameters, PushParameters};
use crate::error::{ApiError, ApiResult};
use crate::hex::lower_hex;
use crate::wechat::crypto::signature::{self, SignedParts};

/// How far the push's instant may lie from now; a captured one is worthless afterwards.
const TOLERANCE: TimeDelta = TimeDelta::minutes(5);
/// Real events have less than 4 KiB.
const LARGEST_BYTES: usize = 64 * 1024;

/// A push that is WeChat's own.
pub(super) struct Received {
    pub(super) kind: EventKind,
    /// The message as it came, after decryption.
    pub(super) message: Zeroizing<Vec<u8>>,
    /// Equal for two pushes with the same signature.
    pub(super) delivery_key: String,
    /// Equal for two pushes of the same event, however often it is sent.
    pub(super) message_key: String,
}

/// What to answer to the question whether this address is ours.
pub(super) fn echo<'p>(
    keys: &PushKeys,
    parameters: &'p AddressParameters,
    now: DateTime<Utc>,
) -> ApiResult<&'p str> {
    let signed = signed(parameters.timestamp.as_deref(), parameters.nonce.as_deref(), None, now)?;
    let signature = parameters.signature.as_deref().ok_or_else(refused)?;
    if !signature::verify(&keys.token, signed, signature) {
        return Err(refused());
    }
    parameters.echostr.as_deref().ok_or_else(refused)
}

/// Verifies a push and opens it.
pub(super) fn receive(
    keys: &PushKeys,
    parameters: &PushParameters,
    body: &[u8],
    now: DateTime<Utc>,
) -> ApiResult<Received> {
    if body.len() > LARGEST_BYTES {
        return Err(ApiError::PayloadTooLarge { limit_bytes: LARGEST_BYTES });
    }
    let safe_mode = parameters.encrypt_type.as_deref() == Some("aes");
    let (text, signature) = match (&keys.cipher, safe_mode) {
        (Some(_), true) => open(keys, parameters, body, now)?,
        (None, false) => plain(keys, parameters, body, now)?,
        (Some(_), false) => return Err(refused()),
        (None, true) => {
            tracing::error!("WeChat pushes encrypted messages, but KANGTU_WECHAT_AES_KEY is not set");
            return Err(refused());
        }
    };
    let message = message::read(&text).ok_or_else(unreadable)?;
    let (kind, _) = event::read(&message);
    Ok(Received {
        kind,
        delivery_key: keyed_hash(keys, &[b"delivery", signature.as_bytes(), nonce_bytes(parameters)]),
        message_key: message_key(keys, kind, &message, &text),
        message: text,
    })
}

fn plain<'p>(
    keys: &PushKeys,
    parameters: &'p PushParameters,
    body: &[u8],
    now: DateTime<Utc>,
) -> ApiResult<(Zeroizing<Vec<u8>>, &'p str)> {
    let signed = signed(parameters.timestamp.as_deref(), parameters.nonce.as_deref(), None, now)?;
    let signature = parameters.signature.as_deref().ok_or_else(refused)?;
    if !signature::verify(&keys.token, signed, signature) {
        return Err(refused());
    }
    Ok((Zeroizing::new(body.to_vec()), signature))
}

/// In safe mode only what was encrypted counts, whatever else the body holds.
fn open<'p>(
    keys: &PushKeys,
    parameters: &'p PushParameters,
    body: &[u8],
    now: DateTime<Utc>,
) -> ApiResult<(Zeroizing<Vec<u8>>, &'p str)> {
    let envelope = message::read(body).ok_or_else(refused)?;
    let encrypt = envelope.get("Encrypt").and_then(Value::as_str).ok_or_else(refused)?;
    let signed = signed(parameters.timestamp.as_deref(), parameters.nonce.as_deref(), Some(encrypt), now)?;
    let signature = parameters.msg_signature.as_deref().ok_or_else(refused)?;
    if !signature::verify(&keys.token, signed, signature) {
        return Err(refused());
    }
    let cipher = keys.cipher.as_ref().ok_or_else(refused)?;
    let text = cipher.open(encrypt).map_err(|_unreadable| refused())?;
    Ok((text, signature))
}

fn signed<'p>(
    timestamp: Option<&'p str>,
    nonce: Option<&'p str>,
    encrypt: Option<&'p str>,
    now: DateTime<Utc>,
) -> ApiResult<SignedParts<'p>> {
    let timestamp = timestamp.ok_or_else(refused)?;
    let nonce = nonce.filter(|nonce| !nonce.is_empty()).ok_or_else(refused)?;
    let at = timestamp.parse().ok().and_then(DateTime::from_timestamp_secs).ok_or_else(refused)?;
    if now.signed_duration_since(at).abs() > TOLERANCE {
        return Err(refused());
    }
    Ok(SignedParts { timestamp, nonce, encrypt })
}

fn nonce_bytes(parameters: &PushParameters) -> &[u8] {
    parameters.nonce.as_deref().unwrap_or_default().as_bytes()
}

/// A checked file has a name of its own. Other events have none; WeChat repeats them to the byte, with
/// sender and second in them.
fn message_key(keys: &PushKeys, kind: EventKind, message: &Value, text: &[u8]) -> String {
    match (kind, message.get("trace_id").and_then(Value::as_str)) {
        (EventKind::MediaChecked, Some(trace_id)) => keyed_hash(keys, &[b"media", trace_id.as_bytes()]),
        _ => keyed_hash(keys, &[b"message", text]),
    }
}

/// Keyed, because the bare hash of a message could be searched for by guessing the openid in it.
fn keyed_hash(keys: &PushKeys, parts: &[&[u8]]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(keys.token.expose().as_bytes()) else {
        // HMAC takes a key of any length.
        return String::new();
    };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    lower_hex(&mac.finalize().into_bytes())
}

/// One answer for whatever does not fit, so that nobody learns which part did.
fn refused() -> ApiError {
    ApiError::Forbidden {
        code: "push_refused",
        detail: "签名不正确或已经过期，没有接收。请核对微信后台的消息推送配置。".into(),
    }
}

fn unreadable() -> ApiError {
    ApiError::BadRequest {
        code: "bad_body",
        detail: "消息不是可以读懂的 JSON 或 XML，没有接收。".into(),
        parameter: None,
    }
}
