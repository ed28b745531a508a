use serde::Deserialize;
use utoipa::IntoParams;

/// How WeChat proves that it asks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AddressParameters {
    /// SHA-1 of the sorted token, timestamp and nonce.
    pub(super) signature: Option<String>,
    /// Seconds since 1970.
    pub(super) timestamp: Option<String>,
    /// A number chosen by WeChat.
    pub(super) nonce: Option<String>,
    /// What to answer.
    pub(super) echostr: Option<String>,
}

/// How WeChat proves that a push is its own.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PushParameters {
    /// SHA-1 of the sorted token, timestamp and nonce; proves a push in plain mode.
    pub(super) signature: Option<String>,
    /// Seconds since 1970.
    pub(super) timestamp: Option<String>,
    /// A number chosen by WeChat.
    pub(super) nonce: Option<String>,
    /// `aes` in safe mode.
    pub(super) encrypt_type: Option<String>,
    /// SHA-1 of the sorted token, timestamp, nonce and encrypted message; proves a push in safe mode.
    pub(super) msg_signature: Option<String>,
}
