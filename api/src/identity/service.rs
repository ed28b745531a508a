//! What the routes of log-ins do.

use entity::session;

use super::accounts::WechatIdentity;
use super::dto::{SessionEntry, SessionTokens};
use super::refusal;
use super::session::{SessionOwner, Started};
use super::tokens::ACCESS_LIFETIME;
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// Longest name of a development resident.
const LONGEST_NAME: usize = 32;

/// Asks WeChat who sent the code.
pub(super) fn wechat_identity(code: &str) -> ApiResult<WechatIdentity> {
    let name =
        code.strip_prefix("dev-").filter(|name| is_name(name)).ok_or_else(|| ApiError::Unauthorized {
            code: "wx_code_invalid",
            detail: "微信登录没有成功，请返回后重新登录。".into(),
        })?;
    Ok(WechatIdentity {
        openid: format!("dev-{name}"),
        unionid: None,
        session_key: "AAAAAAAAAAAAAAAAAAAAAA==".to_owned(),
    })
}

fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
}

/// The tokens of a session that began or goes on.
pub(super) fn tokens(state: &AppState, started: Started) -> ApiResult<SessionTokens> {
    let owner = SessionOwner::of(&started.session).ok_or_else(refusal::session_ended)?;
    let access_token = state.tokens.issue(
        owner.audience(),
        owner.id(),
        started.session.id,
        started.session.security_stamp,
        state.clock.now(),
    )?;
    Ok(SessionTokens {
        access_token,
        token_type: "Bearer",
        expires_in_s: ACCESS_LIFETIME.num_seconds(),
        refresh_token: started.refresh_token,
        refresh_expires_at: started.refresh_expires_at,
        session_id: started.session.id,
    })
}

/// A session as its owner sees it.
pub(super) fn entry(session: session::Model, current: uuid::Uuid) -> SessionEntry {
    SessionEntry {
        is_current: session.id == current,
        id: session.id,
        client: session.client,
        created_at: *session.created_at,
        last_used_at: *session.last_used_at,
        expires_at: *session.expires_at,
    }
}
