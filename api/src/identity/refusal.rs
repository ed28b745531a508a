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

/// 403: the resident asked for erasure and may still change their mind.
pub(super) fn account_closing() -> ApiError {
    ApiError::Forbidden {
        code: "account_closing",
        detail: "您的账号正在注销。如果想继续使用，请先点“撤销注销”。".into(),
    }
}

/// 403: what is asked for needs a log-in of a few minutes ago.
pub(super) fn login_too_old() -> ApiError {
    ApiError::Forbidden {
        code: "login_too_old",
        detail: "为了您的资料安全，这一步需要重新登录：请退出小程序再打开，十分钟内完成。".into(),
    }
}

/// 403: the password has to be changed first.
pub(super) fn password_expired() -> ApiError {
    ApiError::Forbidden {
        code: "password_expired",
        detail: "密码已经使用超过 90 天，请先在“账号安全”里修改密码。".into(),
    }
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

/// 401: the name, the password or the code is wrong; which one is not told.
pub(super) fn login_failed() -> ApiError {
    unauthorized("login_failed", "用户名、密码或动态验证码不正确，请检查后重试。")
}

/// 401: the password is right and the second factor is missing.
pub(super) fn totp_required() -> ApiError {
    unauthorized("totp_required", "请输入验证器上的 6 位动态验证码；验证器丢了可以用恢复码。")
}
