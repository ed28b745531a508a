//! What the routes of log-ins do.

use entity::staff;
use sea_orm::EntityTrait;
use serde_json::json;
use uuid::Uuid;

use super::caller::SignedIn;
use super::dto::{SessionEntry, SessionTokens, StaffSession};
use super::grants::Grants;
use super::origin::Origin;
use super::password::rules;
use super::refusal;
use super::session::{self, EndReason, SessionOwner, Started};
use super::tokens::ACCESS_LIFETIME;
use crate::audit::{self, Action};
use crate::error::ApiResult;
use crate::state::AppState;
use crate::wechat::WechatError;
use crate::wechat::client::WechatSession;

/// Several times the length of a real code.
const LONGEST_CODE: usize = 256;

/// Asks WeChat who sent the code.
pub(super) async fn wechat_session(state: &AppState, code: &str) -> ApiResult<WechatSession> {
    if !(1..=LONGEST_CODE).contains(&code.len()) {
        return Err(WechatError::CodeRefused.into());
    }
    Ok(state.wechat.client.login(code).await?)
}

/// Ends one session of its owner. Tells whether there was one to end.
pub(super) async fn end_one(
    state: &AppState,
    caller: &SignedIn,
    id: Uuid,
    origin: Origin,
) -> ApiResult<bool> {
    let (owner, now) = (caller.owner(), state.clock.now());
    let event = origin.event(Action::SessionEnded, owner.actor()).on("session", id);
    state
        .database
        .write(move |transaction| {
            let event = event.clone();
            Box::pin(async move {
                let ended = session::end(transaction, owner, id, EndReason::LoggedOut, now).await?;
                if ended {
                    audit::append(transaction, &event, now).await?;
                }
                Ok(ended)
            })
        })
        .await
}

/// Ends every session of the caller.
pub(super) async fn end_everywhere(state: &AppState, caller: &SignedIn, origin: Origin) -> ApiResult<()> {
    let (owner, now, random) = (caller.owner(), state.clock.now(), state.random.clone());
    let reason = EndReason::LoggedOutEverywhere;
    let event = origin.event(Action::SessionEnded, owner.actor());
    state
        .database
        .write(move |transaction| {
            let (event, random) = (event.clone(), random.clone());
            Box::pin(async move {
                let count = session::end_all(transaction, &random, owner, None, reason, now).await?;
                let event = event.with(json!({"sessions": count, "reason": reason.as_str()}));
                audit::append(transaction, &event, now).await
            })
        })
        .await
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

/// The session of a member of staff that began.
pub(super) async fn staff_session(state: &AppState, started: Started) -> ApiResult<StaffSession> {
    let staff_id = started.session.staff_id.ok_or_else(refusal::session_ended)?;
    let has_second_factor = started.session.second_factor_at.is_some();
    let reader = state.database.reader();
    let grants = Grants::of(reader, staff_id).await?;
    let member = staff::Entity::find_by_id(staff_id).one(reader).await?.ok_or_else(refusal::session_ended)?;
    let (rules, now) = (state.settings.password_rules, state.clock.now());
    Ok(StaffSession {
        must_change_password: rules::has_expired(rules, *member.password_changed_at, now),
        must_bind_totp: grants.need_second_factor() && !has_second_factor,
        staff_id,
        tokens: tokens(state, started)?,
    })
}

/// A session as its owner sees it.
pub(super) fn entry(session: entity::session::Model, current: Uuid) -> SessionEntry {
    SessionEntry {
        is_current: session.id == current,
        id: session.id,
        client: session.client,
        created_at: *session.created_at,
        last_used_at: *session.last_used_at,
        expires_at: *session.expires_at,
    }
}
