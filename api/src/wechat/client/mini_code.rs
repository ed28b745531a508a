//! Mini-program codes: round pictures that open a page.

use serde_json::json;

use super::endpoint::Endpoint;
use super::{WechatClient, WechatError};

/// What the opened page is told: 1 to 32 of the characters that WeChat allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeScene(String);

/// A code that WeChat would refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableMiniCode {
    /// The scene is empty, longer than 32 characters, or has others than letters, digits and
    /// `!#$&'()*+,/:;=?@-._~`.
    #[error("the scene must be 1 to 32 letters, digits or !#$&'()*+,/:;=?@-._~")]
    Scene,
    /// The page begins with `/` or has a query.
    #[error("the page must neither begin with / nor have a query")]
    Page,
    /// The width is not within 280 to 1280 pixels.
    #[error("the width must be 280 to 1280 pixels")]
    Width,
}

impl CodeScene {
    /// Takes the text.
    ///
    /// # Errors
    /// When WeChat would refuse it.
    pub fn new(text: impl Into<String>) -> Result<Self, UnusableMiniCode> {
        let text = text.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&'()*+,/:;=?@-._~".contains(&byte);
        let usable = (1..=32).contains(&text.len()) && text.bytes().all(allowed);
        // WeChat keeps this name for itself.
        if usable && !text.contains("scancode_time") { Ok(Self(text)) } else { Err(UnusableMiniCode::Scene) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which edition of the mini-program a code opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnvVersion {
    /// The one that residents have.
    Release,
    /// The one being tried out.
    Trial,
    /// The one being developed.
    Develop,
}

/// Which code is wanted.
#[derive(Clone, Debug)]
pub struct MiniCodeRequest<'r> {
    /// What the page is told.
    pub scene: &'r CodeScene,
    /// The page, without leading `/` and query; the first page when absent.
    pub page: Option<&'r str>,
    /// Which edition is opened. A page that does not exist is refused for the released one only.
    pub env_version: EnvVersion,
    /// Side of the picture in pixels, 280 to 1280.
    pub width_px: u16,
}

/// A picture that never expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MiniCode {
    /// `image/jpeg` or `image/png`.
    pub media_type: &'static str,
    /// The picture.
    pub bytes: Vec<u8>,
}

impl MiniCodeRequest<'_> {
    /// Whether WeChat would take the request.
    ///
    /// # Errors
    /// With what it would find fault with.
    pub fn check(&self) -> Result<(), UnusableMiniCode> {
        if self.page.is_some_and(|page| page.is_empty() || page.starts_with('/') || page.contains('?')) {
            return Err(UnusableMiniCode::Page);
        }
        if !(280..=1280).contains(&self.width_px) {
            return Err(UnusableMiniCode::Width);
        }
        Ok(())
    }
}

const BAD_ARGUMENTS: i64 = 40097;

impl WechatClient {
    /// Draws a mini-program code (`POST /wxa/getwxacodeunlimit`). The picture is worth keeping: it never
    /// changes, and 5,000 calls a minute are allowed.
    ///
    /// # Errors
    /// `Refused` with 41030 for a page that the released mini-program does not have, with 40097 for a
    /// request that [`MiniCodeRequest::check`] refuses.
    pub async fn mini_code(&self, request: &MiniCodeRequest<'_>) -> Result<MiniCode, WechatError> {
        let endpoint = Endpoint::MiniCode;
        if request.check().is_err() {
            return Err(WechatError::Refused { errcode: BAD_ARGUMENTS, field: None });
        }
        let mut body = json!({
            "scene": request.scene.as_str(),
            "check_path": request.env_version == EnvVersion::Release,
            "env_version": match request.env_version {
                EnvVersion::Release => "release",
                EnvVersion::Trial => "trial",
                EnvVersion::Develop => "develop",
            },
            "width": request.width_px,
        });
        if let (Some(page), Some(fields)) = (request.page, body.as_object_mut()) {
            fields.insert("page".to_owned(), page.into());
        }
        let answer = self.post(endpoint, &body).await?;
        match media_type(&answer.body) {
            Some(media_type) => Ok(MiniCode { media_type, bytes: answer.body }),
            None => Err(self.unreadable(endpoint, "no picture")),
        }
    }
}

/// By the bytes themselves: the header is whatever WeChat's cache says.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Some("image/jpeg");
    }
    bytes.starts_with(b"\x89PNG\r\n\x1a\n").then_some("image/png")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_wechat_takes_is_sent() {
        assert_eq!(CodeScene::new("a=7K2M").unwrap().as_str(), "a=7K2M");
        for text in ["", "报名", "a b", "50%", "scancode_time=1", &"a".repeat(33)] {
            assert_eq!(CodeScene::new(text), Err(UnusableMiniCode::Scene), "{text}");
        }
        let scene = CodeScene::new("a=1").unwrap();
        let request = |page, width_px| {
            MiniCodeRequest { scene: &scene, page, env_version: EnvVersion::Release, width_px }.check()
        };
        assert_eq!(request(Some("pages/activity/show"), 430), Ok(()));
        assert_eq!(request(Some("/pages/activity/show"), 430), Err(UnusableMiniCode::Page));
        assert_eq!(request(Some("pages/show?id=1"), 430), Err(UnusableMiniCode::Page));
        assert_eq!(request(None, 279), Err(UnusableMiniCode::Width));
        assert_eq!(request(None, 1281), Err(UnusableMiniCode::Width));
    }
}
