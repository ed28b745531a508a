//! How callers are refused. Words that clients switch on stand here once.

use super::tokens::BadToken;
use crate::error::ApiError;

/// 401: no token came.
pub(super) fn not_logged_in() -> ApiError {
    unauthorized("login_required", "请先登录。")
}

/// 401: the token does not pass. An expired one is worth a refresh, any other is not.
pub(super) fn bad_token(bad: BadToken) -> ApiError {
    match bad {
        BadToken::Expired => unauthorized("token_expired", "登录凭证已过期，请刷新后重试。"),
        BadToken::Invalid => unauthorized("token_invalid", "登录凭证无效，请重新登录。"),
    }
}

/// 401: the session is over.
pub(super) fn session_ended() -> ApiError {
    unauthorized("session_ended", "登录已失效，请重新登录。")
}

/// 403: a token of the other kind of account.
pub(super) fn wrong_kind(detail: &str) -> ApiError {
    ApiError::Forbidden { code: "wrong_account_kind", detail: detail.into() }
}

/// 403: the role demands a second factor that this session did not give.
pub(super) fn second_factor_required() -> ApiError {
    ApiError::Forbidden {
        code: "second_factor_required",
        detail: "您的岗位需要动态验证码：请先在“账号安全”里绑定验证器，再重新登录。".into(),
    }
}

/// 403: none of the caller's roles permits it.
pub(super) fn not_permitted() -> ApiError {
    ApiError::Forbidden {
        code: "not_permitted",
        detail: "您的岗位没有这项权限；如果工作需要，请联系管理员。".into(),
    }
}

fn unauthorized(code: &'static str, detail: &str) -> ApiError {
    ApiError::Unauthorized { code, detail: detail.into() }
}
