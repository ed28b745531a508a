//! What the fake knows: codes, keys, the token, and what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::answers::Answer;
use crate::clock::Clock;
use crate::random::Random;
use crate::secret::Secret;
use crate::wechat::client::{Credentials, Endpoint};
use crate::wechat::crypto::push_cipher::PushCipher;
use crate::wechat::crypto::session_key::SessionKey;
use crate::wechat::push::PushKeys;

const CODE_LIFE: TimeDelta = TimeDelta::minutes(5);
const TOKEN_LIFE: TimeDelta = TimeDelta::hours(2);
/// In the last five minutes of a token the next one is given out, and both work.
const HAND_OVER: TimeDelta = TimeDelta::minutes(5);

/// A server under development runs for days.
const CALLS_KEPT: usize = 1_000;

/// One call as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedCall {
    /// The parameters in the address.
    pub query: BTreeMap<String, String>,
    /// The JSON body; null for GET.
    pub body: Value,
}

#[derive(Debug)]
pub(super) struct FakeState {
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) credentials: Credentials,
    pub(super) push_keys: PushKeys,
    /// Where media are reported as checked; set when the server under development listens.
    pub(super) report_to: OnceLock<SocketAddr>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    login_codes: BTreeMap<String, Code>,
    phone_codes: BTreeMap<String, Code>,
    session_keys: BTreeMap<String, SessionKey>,
    tokens: Vec<Token>,
    scripts: BTreeMap<Endpoint, VecDeque<Answer>>,
    calls: VecDeque<(Endpoint, RecordedCall)>,
}

#[derive(Debug)]
struct Code {
    openid: String,
    number: String,
    expires_at: DateTime<Utc>,
    used: bool,
}

#[derive(Debug)]
struct Token {
    text: String,
    expires_at: DateTime<Utc>,
}

/// Why a code is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadCode {
    Invalid,
    Used,
}

impl FakeState {
    pub(super) fn new(clock: Clock, random: Random) -> anyhow::Result<Self> {
        let appid = "wxdevelopment0000".to_owned();
        let aes_key = Secret::new(STANDARD_NO_PAD.encode(random.bytes::<32>()));
        let cipher = PushCipher::new(&aes_key, appid.as_str())?;
        let push_keys = PushKeys { token: Secret::new(random.token()), cipher: Some(cipher) };
        let credentials = Credentials { appid, secret: Secret::new(random.token()) };
        Ok(Self {
            clock,
            random,
            credentials,
            push_keys,
            report_to: OnceLock::new(),
            known: Mutex::default(),
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn issue_login_code(&self, openid: &str) -> String {
        let (name, code) = self.code(openid, "");
        self.known().login_codes.insert(name.clone(), code);
        name
    }

    pub(super) fn issue_phone_code(&self, openid: &str, number: &str) -> String {
        let (name, code) = self.code(openid, number);
        self.known().phone_codes.insert(name.clone(), code);
        name
    }

    fn code(&self, openid: &str, number: &str) -> (String, Code) {
        let expires_at = self.clock.now() + CODE_LIFE;
        let code = Code { openid: openid.to_owned(), number: number.to_owned(), expires_at, used: false };
        (self.random.token(), code)
    }

    /// Whose log-in code this is. The code is used up, and the user gets a new session key.
    pub(super) fn log_in(&self, code: &str) -> Result<(String, SessionKey), BadCode> {
        let openid = match code.strip_prefix("dev-") {
            Some(name) if is_name(name) => code.to_owned(),
            _ => self.known().login_codes.spend(code, self.clock.now())?.openid.clone(),
        };
        let key = SessionKey::generate(&self.random);
        self.known().session_keys.insert(openid.clone(), key.clone());
        Ok((openid, key))
    }

    /// The number that a phone code of this user gives. The code is used up.
    pub(super) fn phone_number(&self, code: &str, openid: Option<&str>) -> Result<String, BadCode> {
        if let Some(number) = code.strip_prefix("dev-").filter(|number| is_phone_number(number)) {
            return Ok(number.to_owned());
        }
        let mut known = self.known();
        let spent = known.phone_codes.spend(code, self.clock.now())?;
        if openid.is_some_and(|openid| openid != spent.openid) {
            return Err(BadCode::Invalid);
        }
        Ok(spent.number.clone())
    }

    /// The user's key; a user who never logged in gets one.
    pub(super) fn session_key(&self, openid: &str) -> SessionKey {
        let fresh = SessionKey::generate(&self.random);
        self.known().session_keys.entry(openid.to_owned()).or_insert(fresh).clone()
    }

    pub(super) fn watermarked(&self, mut data: Value) -> (String, String) {
        if let Some(fields) = data.as_object_mut() {
            let watermark =
                json!({"timestamp": self.clock.now().timestamp(), "appid": self.credentials.appid});
            fields.insert("watermark".to_owned(), watermark);
        }
        (data.to_string(), STANDARD.encode(self.random.bytes::<16>()))
    }

    /// The token of this moment and for how many seconds it is good.
    pub(super) fn token(&self) -> (String, i64) {
        let now = self.clock.now();
        let mut known = self.known();
        known.tokens.retain(|token| now < token.expires_at);
        let current = known.tokens.last().filter(|token| now < token.expires_at - HAND_OVER);
        if let Some(token) = current {
            return (token.text.clone(), (token.expires_at - now).num_seconds());
        }
        let text = self.random.token();
        known.tokens.push(Token { text: text.clone(), expires_at: now + TOKEN_LIFE });
        (text, TOKEN_LIFE.num_seconds())
    }

    pub(super) fn accepts_token(&self, text: &str) -> bool {
        let now = self.clock.now();
        self.known().tokens.iter().any(|token| token.text == text && now < token.expires_at)
    }

    pub(super) fn revoke_token(&self) {
        self.known().tokens.clear();
    }

    pub(super) fn script(&self, endpoint: Endpoint, answers: impl IntoIterator<Item = Answer>) {
        self.known().scripts.entry(endpoint).or_default().extend(answers);
    }

    pub(super) fn scripted(&self, endpoint: Endpoint) -> Option<Answer> {
        self.known().scripts.get_mut(&endpoint)?.pop_front()
    }

    pub(super) fn record(&self, endpoint: Endpoint, call: RecordedCall) {
        let mut known = self.known();
        if known.calls.len() == CALLS_KEPT {
            known.calls.pop_front();
        }
        known.calls.push_back((endpoint, call));
    }

    pub(super) fn calls(&self, endpoint: Endpoint) -> Vec<RecordedCall> {
        let known = self.known();
        known.calls.iter().filter(|(called, _)| *called == endpoint).map(|(_, call)| call.clone()).collect()
    }
}

trait Spend {
    fn spend(&mut self, code: &str, now: DateTime<Utc>) -> Result<&Code, BadCode>;
}

impl Spend for BTreeMap<String, Code> {
    fn spend(&mut self, code: &str, now: DateTime<Utc>) -> Result<&Code, BadCode> {
        let code = self.get_mut(code).ok_or(BadCode::Invalid)?;
        if code.used {
            return Err(BadCode::Used);
        }
        code.used = true;
        if now < code.expires_at { Ok(code) } else { Err(BadCode::Invalid) }
    }
}

fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn is_phone_number(number: &str) -> bool {
    number.len() == 11 && number.bytes().all(|byte| byte.is_ascii_digit())
}
