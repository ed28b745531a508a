//! A WeChat of our own on loopback.
//!
//! Development runs on it, and the tests of everything that talks to WeChat: the client under test is the
//! one that talks to the real one. It keeps WeChat's rules (codes are used once and expire, tokens rotate,
//! the watermark names the appid) and can be told to break them: errcodes, quotas, broken and slow answers.
//!
//! For development two kinds of codes always work: `dev-li` logs in as the user `dev-li`, and as a phone
//! code `dev-13800000000` gives that number.

mod answers;
mod push;
mod server;
mod state;

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use reqwest::Url;
use serde_json::Value;

pub use answers::Answer;
pub use push::{PushForm, PushMode, SignedPush};
pub use state::RecordedCall;

use self::state::FakeState;
use super::client::{Credentials, Endpoint};
use super::crypto::UnreadableData;
use super::crypto::session_key::SessionKey;
use super::crypto::user_data;
use super::push::PushKeys;
use crate::clock::Clock;
use crate::random::Random;

/// A running fake. Cheap to clone; it stops with its last clone.
#[derive(Clone, Debug)]
pub struct FakeWechat {
    state: Arc<FakeState>,
    base_url: Url,
    _running: Arc<Running>,
}

#[derive(Debug)]
struct Running(ServerHandle);

impl Drop for Running {
    fn drop(&mut self) {
        // The order is given by the call; nobody can wait for its end here.
        drop(self.0.stop(false));
    }
}

impl FakeWechat {
    /// Starts on a free port of loopback, with a token, a key and a secret of its own.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(clock: Clock, random: Random) -> anyhow::Result<Self> {
        let state = Arc::new(FakeState::new(clock, random)?);
        let (handle, base_url) = server::start(&state)?;
        Ok(Self { state, base_url, _running: Arc::new(Running(handle)) })
    }

    /// Where it listens.
    pub fn base_url(&self) -> Url {
        self.base_url.clone()
    }

    /// Its only mini-program.
    pub fn credentials(&self) -> Credentials {
        self.state.credentials.clone()
    }

    /// What it signs and encrypts pushes with.
    pub fn push_keys(&self) -> PushKeys {
        self.state.push_keys.clone()
    }

    /// A log-in code of a user, good once within five minutes, as `wx.login` gives it.
    pub fn login_code(&self, openid: &str) -> String {
        self.state.issue_login_code(openid)
    }

    /// A phone code of a user, good once within five minutes, as a `getPhoneNumber` button gives it.
    pub fn phone_code(&self, openid: &str, number: &str) -> String {
        self.state.issue_phone_code(openid, number)
    }

    /// The key that a user's data is encrypted with since the last log-in.
    pub fn session_key(&self, openid: &str) -> SessionKey {
        self.state.session_key(openid)
    }

    /// Encrypts data of a user as the phone gets it from `wx.getWeRunData`, with a watermark of this
    /// moment: the data and its initial vector.
    ///
    /// # Errors
    /// Never for the keys that it makes itself.
    pub fn encrypt_user_data(&self, openid: &str, data: Value) -> Result<(String, String), UnreadableData> {
        let (text, iv) = self.state.watermarked(data);
        let sealed = user_data::seal(&self.session_key(openid), text.as_bytes(), &iv)?;
        Ok((sealed, iv))
    }

    /// Ends the access token, as somebody's forced refresh does.
    pub fn revoke_token(&self) {
        self.state.revoke_token();
    }

    /// Gives these answers to the next calls of an endpoint, one each, before answering by the rules again.
    pub fn answer_next(&self, endpoint: Endpoint, answers: impl IntoIterator<Item = Answer>) {
        self.state.script(endpoint, answers);
    }

    /// What it was called with since it started.
    pub fn calls(&self, endpoint: Endpoint) -> Vec<RecordedCall> {
        self.state.calls(endpoint)
    }

    /// A push of an event as the real one signs it, to be sent to `/wechat/push`.
    pub fn push(&self, event: &Value, mode: PushMode, form: PushForm) -> SignedPush {
        push::signed(&self.state, event, mode, form)
    }

    /// From now on every accepted media check is followed by the push of its result, as the real one
    /// does within half an hour. Tests push results themselves.
    pub fn report_media_checks_to(&self, server: SocketAddr) {
        self.state.report_to.get_or_init(|| server);
    }

    /// The address that the console asks for when a push is configured, with the text it must give back.
    pub fn push_address_check(&self) -> (String, String) {
        push::address_check(&self.state)
    }
}
