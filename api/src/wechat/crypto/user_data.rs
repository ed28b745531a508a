//! Encrypted data that a phone hands over, such as the steps of `wx.getWeRunData`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::session_key::{SessionKey, sixteen_bytes};
use super::{UnreadableData, block_mode};
use crate::wechat::lenient;

/// How far the watermark's instant may lie from now.
const WATERMARK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);
/// The largest real data, 31 days of steps, has 2 KiB.
const LARGEST_BASE64_BYTES: usize = 64 * 1024;

/// Whose data is expected, and when.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'e> {
    /// Our mini-program.
    pub appid: &'e str,
    /// The user of the session; checked where the data names one.
    pub openid: &'e str,
    /// The current instant.
    pub now: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Envelope {
    watermark: Watermark,
    #[serde(rename = "openId", default, deserialize_with = "lenient::optional_text")]
    openid: Option<String>,
}

#[derive(Deserialize)]
struct Watermark {
    #[serde(deserialize_with = "lenient::text")]
    appid: String,
    #[serde(deserialize_with = "lenient::integer")]
    timestamp: i64,
}

/// Decrypts `encrypted_data` with AES-128-CBC and checks the watermark: our appid, within five
/// minutes of now, and the session's user where one is named.
///
/// # Errors
/// The one error, whatever is wrong.
pub fn open<T: DeserializeOwned>(
    session_key: &SessionKey,
    encrypted_data: &str,
    iv: &str,
    expected: Expected<'_>,
) -> Result<T, UnreadableData> {
    if encrypted_data.len() > LARGEST_BASE64_BYTES {
        return Err(UnreadableData);
    }
    let ciphertext = STANDARD.decode(encrypted_data).map_err(|_undecodable| UnreadableData)?;
    let text = block_mode::open_128(&*session_key.bytes()?, &sixteen_bytes(iv)?, &ciphertext)?;
    let envelope: Envelope = serde_json::from_slice(&text).map_err(|_not_ours| UnreadableData)?;
    check(&envelope, expected)?;
    serde_json::from_slice(&text).map_err(|_other_shape| UnreadableData)
}

fn check(envelope: &Envelope, expected: Expected<'_>) -> Result<(), UnreadableData> {
    let at = DateTime::from_timestamp_secs(envelope.watermark.timestamp).ok_or(UnreadableData)?;
    let age = expected.now.signed_duration_since(at);
    let ours = envelope.watermark.appid == expected.appid
        && age.abs() <= WATERMARK_TOLERANCE
        && envelope.openid.as_deref().is_none_or(|openid| openid == expected.openid);
    if ours { Ok(()) } else { Err(UnreadableData) }
}

/// Encrypts as a phone does; the fake WeChat hands it out.
///
/// # Errors
/// When `iv` is not 16 bytes in base64.
pub fn seal(session_key: &SessionKey, plaintext: &[u8], iv: &str) -> Result<String, UnreadableData> {
    let sealed = block_mode::seal_128(&*session_key.bytes()?, &sixteen_bytes(iv)?, plaintext);
    Ok(STANDARD.encode(sealed))
}

#[cfg(test)]
mod tests;
