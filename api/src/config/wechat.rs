//! Settings of the mini-program.

use std::path::PathBuf;

use clap::Args;
use reqwest::Url;

use super::SettingError;
use crate::secret::Secret;
use crate::wechat::client::Credentials;
use crate::wechat::crypto::push_cipher::PushCipher;
use crate::wechat::push::PushKeys;

/// What an operator sets to connect the mini-program.
#[derive(Clone, Debug, Args)]
pub struct WechatSettings {
    /// Id of the mini-program. Without it and its secret a WeChat played by this server logs anybody in
    /// by name, for development
    #[arg(long, env = "KANGTU_WECHAT_APPID", value_name = "ID", global = true)]
    pub wechat_appid: Option<String>,

    /// Secret of the mini-program; better given as a variable, since flags are seen by others
    #[arg(long, env = "KANGTU_WECHAT_SECRET", hide_env_values = true, value_name = "SECRET", global = true)]
    pub wechat_secret: Option<Secret>,

    /// Token of the message push, as entered in the mini-program's console
    #[arg(long, env = "KANGTU_WECHAT_TOKEN", hide_env_values = true, value_name = "TOKEN", global = true)]
    pub wechat_token: Option<Secret>,

    /// `EncodingAESKey` of the message push; with it only encrypted messages are accepted
    #[arg(long, env = "KANGTU_WECHAT_AES_KEY", hide_env_values = true, value_name = "KEY", global = true)]
    pub wechat_aes_key: Option<Secret>,

    /// Address of WeChat
    #[arg(
        long,
        env = "KANGTU_WECHAT_BASE_URL",
        default_value = "https://api.weixin.qq.com",
        value_name = "URL",
        global = true
    )]
    pub wechat_base_url: String,

    /// Domain-verification files served at `/`: a folder, or `NAME.txt=BODY` separated by commas
    #[arg(long, env = "KANGTU_WECHAT_VERIFY_FILES", value_name = "FOLDER OR LIST", global = true)]
    pub wechat_verify_files: Option<String>,
}

/// The WeChat that was configured.
#[derive(Clone, Debug)]
pub struct WechatConnection {
    /// Where it is.
    pub base_url: Url,
    /// Who we are to it.
    pub credentials: Credentials,
    /// What its pushes are signed and encrypted with; without them it does not push.
    pub push: Option<PushKeys>,
}

/// Where the domain-verification files come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerificationSource {
    /// None are served.
    Nowhere,
    /// Every `*.txt` in a folder.
    Folder(PathBuf),
    /// Names with their bodies.
    List(Vec<(String, String)>),
}

const APPID: &str = "KANGTU_WECHAT_APPID";
const SECRET: &str = "KANGTU_WECHAT_SECRET";
const TOKEN: &str = "KANGTU_WECHAT_TOKEN";
const AES_KEY: &str = "KANGTU_WECHAT_AES_KEY";
const BASE_URL: &str = "KANGTU_WECHAT_BASE_URL";
const VERIFY_FILES: &str = "KANGTU_WECHAT_VERIFY_FILES";

impl WechatSettings {
    /// Which WeChat the server talks to; `None` for one that it plays itself, for development.
    ///
    /// # Errors
    /// When the settings are halfway made or, in production, would let anybody in: no credentials, or an
    /// address without TLS.
    pub fn connection(&self, production: bool) -> Result<Option<WechatConnection>, SettingError> {
        let appid = self.wechat_appid.as_deref().filter(|appid| !appid.is_empty());
        let secret = given(self.wechat_secret.as_ref());
        let (Some(appid), Some(secret)) = (appid, secret) else {
            return self.unconnected(production);
        };
        if !appid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(SettingError::new(APPID, "must be the AppID shown in the mini-program's console"));
        }
        let credentials = Credentials { appid: appid.to_owned(), secret: secret.clone() };
        let push = self.push_keys(appid)?;
        Ok(Some(WechatConnection { base_url: self.base_url(production)?, credentials, push }))
    }

    fn unconnected(&self, production: bool) -> Result<Option<WechatConnection>, SettingError> {
        let given = [
            (APPID, self.wechat_appid.as_deref().is_some_and(|appid| !appid.is_empty())),
            (SECRET, given(self.wechat_secret.as_ref()).is_some()),
            (TOKEN, given(self.wechat_token.as_ref()).is_some()),
            (AES_KEY, given(self.wechat_aes_key.as_ref()).is_some()),
        ];
        if let Some((present, _)) = given.iter().find(|(_, is_given)| *is_given) {
            let missing = if given[0].1 { SECRET } else { APPID };
            return Err(SettingError::new(missing, format!("is missing, though {present} is given")));
        }
        if production {
            return Err(SettingError::new(
                APPID,
                "is missing: in production the server does not play WeChat itself, which lets anybody log in \
                 as anybody",
            ));
        }
        Ok(None)
    }

    fn push_keys(&self, appid: &str) -> Result<Option<PushKeys>, SettingError> {
        let cipher = given(self.wechat_aes_key.as_ref())
            .map(|key| PushCipher::new(key, appid))
            .transpose()
            .map_err(|error| SettingError::new(AES_KEY, error.to_string()))?;
        match (given(self.wechat_token.as_ref()), cipher) {
            (Some(token), cipher) => Ok(Some(PushKeys { token: token.clone(), cipher })),
            (None, None) => Ok(None),
            (None, Some(_)) => {
                Err(SettingError::new(TOKEN, format!("is missing, though {AES_KEY} is given")))
            }
        }
    }

    fn base_url(&self, production: bool) -> Result<Url, SettingError> {
        let url = Url::parse(&self.wechat_base_url)
            .ok()
            .filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"))
            .filter(|url| url.path() == "/" && url.query().is_none() && url.username().is_empty())
            .ok_or_else(|| {
                SettingError::new(BASE_URL, "must be an address such as https://api.weixin.qq.com")
            })?;
        if production && url.scheme() != "https" {
            return Err(SettingError::new(BASE_URL, "must begin with https:// in production"));
        }
        Ok(url)
    }

    /// Where the domain-verification files come from.
    ///
    /// # Errors
    /// When an entry of a list is not `NAME.txt=BODY`.
    pub fn verification_source(&self) -> Result<VerificationSource, SettingError> {
        match self.wechat_verify_files.as_deref() {
            None | Some("") => Ok(VerificationSource::Nowhere),
            Some(list) if list.contains('=') => {
                let entries = list.split(',').map(|entry| {
                    let (name, body) = entry.split_once('=')?;
                    Some((name.trim().to_owned(), body.to_owned()))
                });
                entries
                    .collect::<Option<_>>()
                    .map(VerificationSource::List)
                    .ok_or_else(|| SettingError::new(VERIFY_FILES, "must be a folder, or NAME.txt=BODY,…"))
            }
            Some(folder) => Ok(VerificationSource::Folder(PathBuf::from(folder))),
        }
    }
}

fn given(secret: Option<&Secret>) -> Option<&Secret> {
    secret.filter(|secret| !secret.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(appid: &str, secret: &str, token: &str, aes_key: &str, base_url: &str) -> WechatSettings {
        WechatSettings {
            wechat_appid: Some(appid.to_owned()),
            wechat_secret: Some(Secret::new(secret)),
            wechat_token: Some(Secret::new(token)),
            wechat_aes_key: Some(Secret::new(aes_key)),
            wechat_base_url: base_url.to_owned(),
            wechat_verify_files: None,
        }
    }

    const HTTPS: &str = "https://api.weixin.qq.com";

    #[test]
    fn production_refuses_what_would_let_anybody_in() {
        let key = "A".repeat(43);
        for (given, in_development, in_production) in [
            (settings("", "", "", "", HTTPS), Ok("played"), Err(APPID)),
            (settings("wx1", "s", "", "", HTTPS), Ok("configured"), Ok("configured")),
            (settings("wx1", "s", "t", &key, HTTPS), Ok("configured"), Ok("configured")),
            (settings("wx1", "s", "", "", "http://127.0.0.1:1"), Ok("configured"), Err(BASE_URL)),
            (settings("wx1", "", "", "", HTTPS), Err(SECRET), Err(SECRET)),
            (settings("", "s", "", "", HTTPS), Err(APPID), Err(APPID)),
            (settings("", "", "t", "", HTTPS), Err(APPID), Err(APPID)),
            (settings("wx1", "s", "", &key, HTTPS), Err(TOKEN), Err(TOKEN)),
            (settings("wx1", "s", "t", "short", HTTPS), Err(AES_KEY), Err(AES_KEY)),
            (settings("wx 1", "s", "", "", HTTPS), Err(APPID), Err(APPID)),
            (settings("wx1", "s", "", "", "ftp://x"), Err(BASE_URL), Err(BASE_URL)),
            (settings("wx1", "s", "", "", "https://x/y?z"), Err(BASE_URL), Err(BASE_URL)),
        ] {
            let seen = |production| match given.connection(production) {
                Ok(None) => Ok("played"),
                Ok(Some(_)) => Ok("configured"),
                Err(error) => Err(error.variable),
            };
            assert_eq!((seen(false), seen(true)), (in_development, in_production), "{given:?}");
        }
    }

    #[test]
    fn settings_show_no_secret() {
        let shown = format!("{:?}", settings("wx1", "mantis", "mantis", "mantis", HTTPS));
        assert!(!shown.contains("mantis"), "{shown}");
    }

    #[test]
    fn verification_files_come_from_a_folder_or_a_list() {
        let source = |text: &str| {
            let settings = WechatSettings {
                wechat_verify_files: Some(text.to_owned()),
                ..settings("", "", "", "", HTTPS)
            };
            settings.verification_source()
        };
        assert_eq!(source("").unwrap(), VerificationSource::Nowhere);
        assert_eq!(source("data/verify").unwrap(), VerificationSource::Folder("data/verify".into()));
        let list = vec![("a.txt".to_owned(), "x=1".to_owned()), ("b.txt".to_owned(), String::new())];
        assert_eq!(source("a.txt=x=1, b.txt=").unwrap(), VerificationSource::List(list));
        assert!(source("a.txt=1,b.txt").is_err());
    }
}
