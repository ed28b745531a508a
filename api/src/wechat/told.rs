//! What a resident is told when WeChat does not do what was asked.

use super::client::WechatError;
use crate::error::ApiError;

impl From<WechatError> for ApiError {
    /// As for a log-in; whoever spends another kind of code tells its refusal in other words first.
    fn from(error: WechatError) -> Self {
        match error {
            // An unknown outcome may have used the code up: only a new one helps.
            WechatError::CodeRefused | WechatError::OutcomeUnknown => Self::Unauthorized {
                code: "wx_code_invalid",
                detail: "微信登录没有成功，请重新登录。".into(),
            },
            WechatError::TooManyCalls { retry_after_s } => Self::TooManyRequests {
                code: "wx_too_many_calls",
                detail: "操作太频繁，请一分钟后再试。".into(),
                retry_after_s,
            },
            WechatError::UserBlocked => Self::Forbidden {
                code: "wx_user_blocked",
                detail: "微信提示这个账号有风险，不能登录。请到社区服务中心办理，或拨打社区电话。".into(),
            },
            WechatError::Unavailable | WechatError::QuotaSpent { .. } => Self::Unavailable {
                code: "wx_unavailable",
                detail: "微信暂时没有响应，请过一会儿再试。".into(),
                retry_after_s: 5,
            },
            WechatError::TokenRefused => {
                Self::BadGateway { code: "wx_token_refused", detail: GATEWAY.into() }
            }
            WechatError::Unreadable => Self::BadGateway { code: "wx_unreadable", detail: GATEWAY.into() },
            error @ (WechatError::Misconfigured { .. } | WechatError::Refused { .. }) => {
                Self::Internal(error.into())
            }
        }
    }
}

const GATEWAY: &str = "微信的回复有问题，请过一会儿再试；如果一直这样，请联系工作人员。";

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use chrono::DateTime;

    use super::*;

    #[test]
    fn every_fault_has_its_status_and_code() {
        let spent = WechatError::QuotaSpent { until: DateTime::UNIX_EPOCH };
        for (error, status, code) in [
            (WechatError::CodeRefused, 401, "wx_code_invalid"),
            (WechatError::OutcomeUnknown, 401, "wx_code_invalid"),
            (WechatError::TooManyCalls { retry_after_s: 60 }, 429, "wx_too_many_calls"),
            (WechatError::UserBlocked, 403, "wx_user_blocked"),
            (WechatError::Unavailable, 503, "wx_unavailable"),
            (spent, 503, "wx_unavailable"),
            (WechatError::TokenRefused, 502, "wx_token_refused"),
            (WechatError::Unreadable, 502, "wx_unreadable"),
            (WechatError::Misconfigured { errcode: 40125 }, 500, "internal"),
            (WechatError::Refused { errcode: 1, field: None }, 500, "internal"),
        ] {
            let told = ApiError::from(error);
            assert_eq!((told.status_code().as_u16(), told.code()), (status, code));
        }
    }
}
