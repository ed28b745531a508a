//! Log-in: a code from the phone becomes an openid and a session key.

use std::fmt;

use serde::Deserialize;

use super::endpoint::Endpoint;
use super::transport::Call;
use super::{WechatClient, WechatError};
use crate::secret::Secret;
use crate::wechat::crypto::session_key::SessionKey;
use crate::wechat::lenient;

const STALE_SIGNATURE: i64 = 87009;

/// Whom WeChat says the code belongs to.
#[derive(Clone)]
pub struct WechatSession {
    /// The user within our mini-program.
    pub openid: String,
    /// The key for data that the user's phone hands over encrypted. A later log-in may replace it.
    pub session_key: SessionKey,
    /// The user within all programs of the same owner; only where the mini-program is bound to an Open
    /// Platform account.
    pub unionid: Option<String>,
}

impl fmt::Debug for WechatSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WechatSession(..)")
    }
}

#[derive(Deserialize)]
struct LoginReply {
    #[serde(deserialize_with = "lenient::text")]
    openid: String,
    #[serde(deserialize_with = "lenient::text")]
    session_key: String,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    unionid: Option<String>,
}

impl WechatClient {
    /// Exchanges the code of `wx.login` (`GET /sns/jscode2session`).
    ///
    /// # Errors
    /// [`WechatError::CodeRefused`] for a code that is used, old or of another program, and
    /// [`WechatError::OutcomeUnknown`] when no answer came: in both cases the phone gets a new code, since
    /// this one may be used up.
    pub async fn login(&self, code: &str) -> Result<WechatSession, WechatError> {
        let endpoint = Endpoint::Login;
        let query = vec![
            ("appid", self.0.credentials.appid.as_str()),
            ("secret", self.0.credentials.secret.expose()),
            ("js_code", code),
            ("grant_type", "authorization_code"),
        ];
        let answer = self.call(&Call { endpoint, query, body: None }).await?;
        let reply: LoginReply = self.read_json(endpoint, &answer)?;
        let session_key = SessionKey::from_base64(Secret::new(reply.session_key))
            .map_err(|_no_key| self.unreadable(endpoint, "no session key"))?;
        if reply.openid.is_empty() {
            return Err(self.unreadable(endpoint, "an empty openid"));
        }
        let unionid = reply.unionid.filter(|unionid| !unionid.is_empty());
        Ok(WechatSession { openid: reply.openid, session_key, unionid })
    }

    /// Asks whether a session key is still the user's (`GET /wxa/checksession`).
    ///
    /// # Errors
    /// When WeChat does not answer that.
    pub async fn check_session(&self, openid: &str, session_key: &SessionKey) -> Result<bool, WechatError> {
        let signature = session_key.proof();
        let query = [("openid", openid), ("signature", signature.as_str()), ("sig_method", "hmac_sha256")];
        match self.with_token(Endpoint::CheckSession, &query, None).await {
            Ok(_) => Ok(true),
            Err(WechatError::Refused { errcode: STALE_SIGNATURE, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
