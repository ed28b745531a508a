//! The client: typed calls, with WeChat's rules for trying again and for never trying again.
//!
//! WeChat answers 200 even for failures, with `errcode` in the body; a missing `errcode` means success.
//! A call is sent again only when nothing can have happened: no connection, or errcode -1. A call that
//! may have been carried out is never repeated, because codes are used up and messages delivered by the
//! first one. A refused token is replaced once.
//!
//! WeChat's optional API signing (encrypted bodies) would have its place in `transport.rs`.

mod content_check;
mod endpoint;
mod error;
mod login;
mod mini_code;
mod phone;
mod quota;
mod subscribe;
mod templates;
mod token;
mod transport;

use std::fmt;
use std::sync::Arc;

use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(super) use content_check::suggestion;
pub use content_check::{CheckVerdict, MediaCheck, MediaKind, Scene, Suggestion, TextCheck};
pub use endpoint::Endpoint;
pub use error::WechatError;
pub use login::WechatSession;
pub use mini_code::{CodeScene, EnvVersion, MiniCode, MiniCodeRequest, UnusableMiniCode};
pub use phone::PhoneNumber;
pub use subscribe::{MiniProgramState, SendOutcome, SubscribeMessage};
pub use templates::{GrantedTemplate, TemplateKind};
pub use transport::{NoHttpClient, Patience};

use self::quota::QuotaPauses;
use self::token::{FreshToken, TokenCache};
use self::transport::{Answer, Call, Failure, Transport};
use crate::clock::Clock;
use crate::metrics::WechatCalls;
use crate::secret::Secret;
use crate::wechat::lenient;

/// Who we are to WeChat.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The mini-program's id, which is public.
    pub appid: String,
    /// The mini-program's secret.
    pub secret: Secret,
}

/// Calls WeChat. Cheap to clone; clones share the access token.
#[derive(Clone)]
pub struct WechatClient(Arc<Inner>);

struct Inner {
    credentials: Credentials,
    transport: Transport,
    patience: Patience,
    tokens: TokenCache,
    quotas: QuotaPauses,
    clock: Clock,
    calls: WechatCalls,
}

/// The part that every JSON answer has.
#[derive(Deserialize)]
struct Verdict {
    #[serde(default, deserialize_with = "lenient::optional_integer")]
    errcode: Option<i64>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    errmsg: Option<String>,
}

/// Why an exchange brought nothing, before it is told to the caller.
#[derive(Debug)]
enum Fault {
    Transport(Failure),
    Errcode { errcode: i64, field: Option<String> },
}

impl WechatClient {
    /// A client of the WeChat at `base_url`.
    ///
    /// # Errors
    /// When the machine has no root certificates to verify WeChat's with.
    pub fn new(
        base_url: Url,
        credentials: Credentials,
        patience: Patience,
        clock: Clock,
        calls: WechatCalls,
    ) -> Result<Self, NoHttpClient> {
        Ok(Self(Arc::new(Inner {
            credentials,
            transport: Transport::new(base_url, patience)?,
            patience,
            tokens: TokenCache::new(clock.clone()),
            quotas: QuotaPauses::default(),
            clock,
            calls,
        })))
    }

    /// The mini-program's id.
    pub fn appid(&self) -> &str {
        &self.0.credentials.appid
    }

    /// Calls an endpoint that needs no token.
    async fn call(&self, call: &Call<'_>) -> Result<Answer, WechatError> {
        self.counted(
            call.endpoint,
            self.exchange(call).await.map_err(|fault| self.told(call.endpoint, fault)),
        )
    }

    /// Posts `body` with the access token, and once more with a fresh token when it was refused.
    async fn post(&self, endpoint: Endpoint, body: &Value) -> Result<Answer, WechatError> {
        self.with_token(endpoint, &[], Some(body)).await
    }

    async fn with_token(
        &self,
        endpoint: Endpoint,
        query: &[(&'static str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, WechatError> {
        let token = self.token().await?;
        match self.send_with(endpoint, query, body, &token).await {
            Err(Fault::Errcode { errcode, .. }) if error::is_about_the_token(errcode) => {
                self.0.tokens.forget(&token).await;
                let fresh = self.token().await?;
                let second = self.send_with(endpoint, query, body, &fresh).await;
                self.counted(endpoint, second.map_err(|fault| self.told(endpoint, fault)))
            }
            first => self.counted(endpoint, first.map_err(|fault| self.told(endpoint, fault))),
        }
    }

    /// Counts a call that ended, for operators.
    fn counted<T>(&self, endpoint: Endpoint, ended: Result<T, WechatError>) -> Result<T, WechatError> {
        let outcome = ended.as_ref().err().map_or("ok", WechatError::class);
        self.0.calls.ended(endpoint.path(), outcome);
        ended
    }

    async fn send_with(
        &self,
        endpoint: Endpoint,
        query: &[(&'static str, &str)],
        body: Option<&Value>,
        token: &Secret,
    ) -> Result<Answer, Fault> {
        let mut query = query.to_vec();
        query.push(("access_token", token.expose()));
        self.exchange(&Call { endpoint, query, body }).await
    }

    async fn token(&self) -> Result<Secret, WechatError> {
        self.0.tokens.get(async || self.fetch_token().await.map_err(without_token)).await
    }

    async fn fetch_token(&self) -> Result<FreshToken, WechatError> {
        #[derive(Deserialize)]
        struct Granted {
            #[serde(deserialize_with = "lenient::text")]
            access_token: String,
            #[serde(deserialize_with = "lenient::integer")]
            expires_in: i64,
        }
        let body = json!({
            "grant_type": "client_credential",
            "appid": self.0.credentials.appid,
            "secret": self.0.credentials.secret.expose(),
            "force_refresh": false,
        });
        let endpoint = Endpoint::StableToken;
        let answer = self.call(&Call { endpoint, query: Vec::new(), body: Some(&body) }).await?;
        let granted: Granted = self.read_json(endpoint, &answer)?;
        if granted.access_token.is_empty() {
            return Err(self.unreadable(endpoint, "an empty token"));
        }
        Ok(FreshToken { token: Secret::new(granted.access_token), expires_in_s: granted.expires_in })
    }

    /// Sends, and sends again where nothing happened.
    async fn exchange(&self, call: &Call<'_>) -> Result<Answer, Fault> {
        let mut delays = self.0.patience.retry_delays.iter();
        loop {
            let outcome = self.exchange_once(call).await;
            let nothing_happened = matches!(
                outcome,
                Err(Fault::Transport(Failure::NotSent) | Fault::Errcode { errcode: -1, .. })
            );
            match delays.next() {
                Some(delay) if nothing_happened && call.endpoint.is_tried_again() => {
                    tokio::time::sleep(*delay).await;
                }
                _ => return outcome,
            }
        }
    }

    async fn exchange_once(&self, call: &Call<'_>) -> Result<Answer, Fault> {
        if self.0.quotas.paused(call.endpoint, self.0.clock.now()).is_some() {
            return Err(Fault::Errcode { errcode: QUOTA_SPENT, field: None });
        }
        let answer = self.0.transport.send(call).await.map_err(Fault::Transport)?;
        if answer.media_type.starts_with("image/") {
            return Ok(answer);
        }
        let Ok(verdict) = serde_json::from_slice::<Verdict>(&answer.body) else {
            tracing::warn!(endpoint = call.endpoint.path(), "WeChat's answer is not the JSON it should be");
            return Err(Fault::Transport(Failure::Unreadable));
        };
        match verdict.errcode.unwrap_or_default() {
            0 => Ok(answer),
            errcode => {
                let message = verdict.errmsg.as_deref().unwrap_or_default();
                report(call.endpoint, errcode, message);
                if errcode == QUOTA_SPENT {
                    self.0.quotas.pause(call.endpoint, self.0.clock.now());
                }
                Err(Fault::Errcode { errcode, field: wrong_field(message) })
            }
        }
    }

    fn read_json<T: DeserializeOwned>(&self, endpoint: Endpoint, answer: &Answer) -> Result<T, WechatError> {
        // The error of serde would quote what it found, which may be a key or somebody's number.
        serde_json::from_slice(&answer.body)
            .map_err(|_quotes_the_answer| self.unreadable(endpoint, "other fields"))
    }

    /// An answer that came and says something else than it should.
    fn unreadable(&self, endpoint: Endpoint, what: &'static str) -> WechatError {
        tracing::warn!(endpoint = endpoint.path(), what, "WeChat's answer is not what it should be");
        self.0.calls.ended(endpoint.path(), WechatError::Unreadable.class());
        WechatError::Unreadable
    }

    /// What the caller is told.
    fn told(&self, endpoint: Endpoint, fault: Fault) -> WechatError {
        match fault {
            Fault::Transport(Failure::NotSent | Failure::ServerError) => WechatError::Unavailable,
            Fault::Transport(Failure::NoAnswer) => WechatError::OutcomeUnknown,
            Fault::Transport(Failure::Unreadable) => WechatError::Unreadable,
            Fault::Errcode { errcode: QUOTA_SPENT, .. } => {
                let now = self.0.clock.now();
                let until = self.0.quotas.paused(endpoint, now).unwrap_or(now);
                WechatError::QuotaSpent { until }
            }
            Fault::Errcode { errcode, .. } if error::is_about_the_token(errcode) => {
                if endpoint == Endpoint::StableToken {
                    return WechatError::Misconfigured { errcode };
                }
                tracing::error!(
                    endpoint = endpoint.path(),
                    errcode,
                    "WeChat refuses a fresh access token: is the secret right, does somebody refresh by force?"
                );
                WechatError::TokenRefused
            }
            Fault::Errcode { errcode, field } => error::of_errcode(errcode, field),
        }
    }
}

impl fmt::Debug for WechatClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WechatClient").field("appid", &self.appid()).finish_non_exhaustive()
    }
}

/// A call for which no token could be had was never sent, and asking for one changes nothing: however
/// that failed, nothing has happened.
fn without_token(error: WechatError) -> WechatError {
    match error {
        WechatError::OutcomeUnknown | WechatError::Unreadable => WechatError::Unavailable,
        other => other,
    }
}

const QUOTA_SPENT: i64 = 45009;
const NO_CREDIT: i64 = 43101;

/// Logs a refusal with the `rid` that WeChat's support asks for; its message itself may quote what was
/// sent.
fn report(endpoint: Endpoint, errcode: i64, message: &str) {
    let (endpoint_path, rid) = (endpoint.path(), rid(message).unwrap_or_default());
    match error::of_errcode(errcode, None) {
        // Every resident who does not want messages would fill the log.
        WechatError::Refused { errcode: NO_CREDIT, .. } => {
            tracing::debug!(endpoint = endpoint_path, errcode, rid, "WeChat refused");
        }
        WechatError::Misconfigured { .. } => tracing::error!(
            endpoint = endpoint_path,
            errcode,
            rid,
            "WeChat refused the configuration: check KANGTU_WECHAT_APPID, KANGTU_WECHAT_SECRET and the \
             server's address in the mini-program's console"
        ),
        _ => tracing::warn!(endpoint = endpoint_path, errcode, rid, "WeChat refused"),
    }
}

fn rid(message: &str) -> Option<&str> {
    let after = message.split_once("rid:")?.1.trim_start();
    let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(after.len());
    after.get(..end).filter(|rid| !rid.is_empty() && rid.len() <= 64)
}

/// The template key in `argument invalid! data.thing3.value …`.
fn wrong_field(message: &str) -> Option<String> {
    let after = message.split_once("data.")?.1;
    let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
    after.get(..end).filter(|key| !key.is_empty() && key.len() <= 40).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_gives_the_request_id_and_the_field_and_nothing_else() {
        let message = "argument invalid! data.thing3.value invalid 张三 rid: 6a1f-22-33 hint: [x]";
        assert_eq!(rid(message), Some("6a1f-22-33"));
        assert_eq!(wrong_field(message).as_deref(), Some("thing3"));
        assert_eq!((rid("ok"), wrong_field("ok")), (None, None));
        assert_eq!((rid("rid: 张三"), wrong_field("data.张三")), (None, None));
        assert_eq!(rid(&format!("rid: {}", "a".repeat(65))), None);
    }
}
