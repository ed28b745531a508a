//! The phone number that a user agreed to hand over.

use std::fmt;

use serde::Deserialize;
use serde_json::json;

use super::endpoint::Endpoint;
use super::{WechatClient, WechatError};
use crate::wechat::lenient;

/// A phone number that WeChat has verified, though not necessarily today.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    /// Without the country code.
    pub number: String,
    /// Such as `86`.
    pub country_code: String,
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(..)")
    }
}

#[derive(Deserialize)]
struct PhoneReply {
    phone_info: PhoneInfo,
}

#[derive(Deserialize)]
struct PhoneInfo {
    #[serde(rename = "purePhoneNumber", deserialize_with = "lenient::text")]
    pure_phone_number: String,
    #[serde(rename = "countryCode", deserialize_with = "lenient::text")]
    country_code: String,
    watermark: Watermark,
}

#[derive(Deserialize)]
struct Watermark {
    #[serde(deserialize_with = "lenient::text")]
    appid: String,
}

impl WechatClient {
    /// Exchanges the code of a `getPhoneNumber` button (`POST /wxa/business/getuserphonenumber`). WeChat
    /// checks that the code is of the user `openid`; it is not the code of `wx.login`.
    ///
    /// # Errors
    /// [`WechatError::CodeRefused`] and [`WechatError::OutcomeUnknown`]: the user presses the button again.
    pub async fn phone_number(&self, code: &str, openid: &str) -> Result<PhoneNumber, WechatError> {
        let endpoint = Endpoint::PhoneNumber;
        let answer = self.post(endpoint, &json!({"code": code, "openid": openid})).await?;
        let PhoneReply { phone_info } = self.read_json(endpoint, &answer)?;
        if phone_info.watermark.appid != self.appid() {
            return Err(self.unreadable(endpoint, "the watermark of another program"));
        }
        let is_number =
            |text: &str| (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(&phone_info.pure_phone_number) || !is_number(&phone_info.country_code) {
            return Err(self.unreadable(endpoint, "no phone number"));
        }
        Ok(PhoneNumber { number: phone_info.pure_phone_number, country_code: phone_info.country_code })
    }
}
