//! Proxies: invited with a code, accepted once, ended by either side.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{account, person, proxy};
use sea_orm::ExprTrait;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::access::PersonAccess;
use super::dto::{NewProxy, Proxy, ProxyInvitation, ProxyList, ProxyState};
use super::profile;
use super::scope::{ProxyScope, Scope};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::FieldErrors;
use crate::identity::caller::Resident;
use crate::state::AppState;

/// Proxies of one person at a time.
const MOST_PROXIES: u64 = 5;
/// How long an invitation waits.
const INVITATION: TimeDelta = TimeDelta::hours(24);
/// Longest proxy.
const LONGEST: TimeDelta = TimeDelta::days(365);

/// The hash under which a code is kept.
pub(super) fn code_hash(code: &str) -> Vec<u8> {
    Sha256::digest(code.as_bytes()).to_vec()
}

/// Checks whom to let act, in what, until when.
pub(super) fn checked(mut given: NewProxy, now: DateTime<Utc>) -> ApiResult<NewProxy> {
    let mut errors = FieldErrors::default();
    if given.scopes.is_empty() {
        errors.add("/scopes", "scopes_required", "请至少选择一项可以代办的事情。");
    }
    if given.expires_at <= now || given.expires_at > now + LONGEST {
        errors.add("/expires_at", "bad_expiry", "请选择到期时间，最长一年。");
    }
    errors.finish()?;
    let mut once: Vec<ProxyScope> = Vec::new();
    for scope in given.scopes {
        if !once.contains(&scope) {
            once.push(scope);
        }
    }
    given.scopes = once;
    Ok(given)
}

/// Waiting and accepted proxies that have not run out.
fn current(person_id: Uuid, now: DateTime<Utc>) -> Select<proxy::Entity> {
    let waiting = proxy::Column::InviteExpiresAt.gt(now.timestamp_millis());
    proxy::Entity::find()
        .filter(proxy::Column::PersonId.eq(person_id))
        .filter(proxy::Column::EndedAt.is_null())
        .filter(proxy::Column::ExpiresAt.gt(now.timestamp_millis()))
        .filter(proxy::Column::AcceptedAt.is_not_null().or(waiting))
}

/// Invites somebody to act.
pub(super) async fn invite(
    transaction: &DatabaseTransaction,
    state: &AppState,
    access: &PersonAccess,
    given: &NewProxy,
    now: DateTime<Utc>,
) -> ApiResult<ProxyInvitation> {
    // The person stays locked, so that two invitations at once cannot both be the last.
    person::Entity::find_by_id(access.person_id()).lock_exclusive().one(transaction).await?;
    if current(access.person_id(), now).count(transaction).await? >= MOST_PROXIES {
        return Err(ApiError::Conflict {
            code: "too_many_proxies",
            detail: format!("代办人最多 {MOST_PROXIES} 位，请先取消不再需要的代办人。"),
        });
    }
    let code = state.random.token();
    let row = proxy::Model {
        id: state.random.id(now),
        person_id: access.person_id(),
        granted_by: access.account_id(),
        granted_as: access.capacity()?,
        holder_account_id: None,
        invite_hash: code_hash(&code),
        invite_expires_at: std::cmp::min(now + INVITATION, given.expires_at).into(),
        scopes: json!(given.scopes),
        created_at: now.into(),
        expires_at: given.expires_at.into(),
        accepted_at: None,
        ended_at: None,
        end_reason: None,
    };
    proxy::Entity::insert(row.clone().into_active_model()).exec_without_returning(transaction).await?;
    tell(transaction, Action::ProxyInvited, access.account_id(), &row, now).await?;
    let code_expires_at = *row.invite_expires_at;
    Ok(ProxyInvitation { proxy: shown(transaction, state, row).await?, code, code_expires_at })
}

/// The proxies of a person.
pub(super) async fn list(
    connection: &impl ConnectionTrait,
    state: &AppState,
    access: &PersonAccess,
    now: DateTime<Utc>,
) -> ApiResult<ProxyList> {
    let rows = current(access.person_id(), now).order_by_asc(proxy::Column::Id).all(connection).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(shown(connection, state, row).await?);
    }
    Ok(ProxyList { items, next: None })
}

async fn shown(connection: &impl ConnectionTrait, state: &AppState, row: proxy::Model) -> ApiResult<Proxy> {
    let holder_name = match row.holder_account_id {
        Some(holder) => account_name(connection, state, holder).await?,
        None => None,
    };
    Ok(Proxy {
        id: row.id,
        person_id: row.person_id,
        state: if row.accepted_at.is_some() { ProxyState::Accepted } else { ProxyState::Invited },
        scopes: ProxyScope::list(&row.scopes),
        holder_name,
        created_at: *row.created_at,
        expires_at: *row.expires_at,
    })
}

async fn account_name(
    connection: &impl ConnectionTrait,
    state: &AppState,
    account_id: Uuid,
) -> ApiResult<Option<String>> {
    let account = account::Entity::find_by_id(account_id).one(connection).await?;
    let Some(account) = account else {
        return Ok(None);
    };
    match person::Entity::find_by_id(account.person_id).one(connection).await? {
        Some(person) => profile::name(connection, &state.vault, &person).await,
        None => Ok(None),
    }
}

/// Takes up an invitation. The same account may repeat it, as a phone does that lost the answer.
pub(super) async fn accept(
    transaction: &DatabaseTransaction,
    state: &AppState,
    viewer: &Resident,
    code: &str,
    now: DateTime<Utc>,
) -> ApiResult<Proxy> {
    let row = proxy::Entity::find()
        .filter(proxy::Column::InviteHash.eq(code_hash(code)))
        .filter(proxy::Column::EndedAt.is_null())
        .lock_exclusive()
        .one(transaction)
        .await?
        .filter(|row| now < *row.expires_at)
        .ok_or_else(no_such_code)?;
    if row.holder_account_id == Some(viewer.account_id) {
        return shown(transaction, state, row).await;
    }
    if row.holder_account_id.is_some() || now >= *row.invite_expires_at {
        return Err(no_such_code());
    }
    if row.person_id == viewer.person_id || row.granted_by == viewer.account_id {
        return Err(ApiError::Conflict {
            code: "own_invitation",
            detail: "这是您自己发出的邀请，请转发给要帮您代办的家人。".into(),
        });
    }
    let mut accepted = row.clone().into_active_model();
    accepted.holder_account_id = ActiveValue::Set(Some(viewer.account_id));
    accepted.accepted_at = ActiveValue::Set(Some(now.into()));
    let row = proxy::Entity::update(accepted).exec(transaction).await?;
    // Whoever granted it may have lost the right to, for example on a child's 18th birthday.
    PersonAccess::open(transaction, &state.vault, viewer, row.person_id, Scope::Profile, now)
        .await
        .or(Err(no_such_code()))?;
    tell(transaction, Action::ProxyAccepted, viewer.account_id, &row, now).await?;
    shown(transaction, state, row).await
}

/// Ends a proxy: the holder gives it up, whoever decides for the person revokes it.
pub(super) async fn end(
    transaction: &DatabaseTransaction,
    state: &AppState,
    viewer: &Resident,
    person_id: Uuid,
    proxy_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let row = proxy::Entity::find_by_id(proxy_id)
        .filter(proxy::Column::PersonId.eq(person_id))
        .filter(proxy::Column::EndedAt.is_null())
        .lock_exclusive()
        .one(transaction)
        .await?;
    let is_holder = row.as_ref().is_some_and(|row| row.holder_account_id == Some(viewer.account_id));
    if !is_holder {
        PersonAccess::open(transaction, &state.vault, viewer, person_id, Scope::Manage, now).await?;
    }
    let row = row.ok_or_else(no_such_proxy)?;
    let reason = if is_holder { "given_up" } else { "revoked" };
    end_where(transaction, proxy::Column::Id.eq(proxy_id), reason, now).await?;
    tell(transaction, Action::ProxyRevoked, viewer.account_id, &row, now).await
}

/// Ends every proxy that fits.
pub(super) async fn end_where(
    transaction: &DatabaseTransaction,
    which: sea_orm::sea_query::SimpleExpr,
    reason: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    proxy::Entity::update_many()
        .col_expr(proxy::Column::EndedAt, Expr::value(now.timestamp_millis()))
        .col_expr(proxy::Column::EndReason, Expr::value(reason))
        .filter(which)
        .filter(proxy::Column::EndedAt.is_null())
        .exec(transaction)
        .await?;
    Ok(())
}

async fn tell(
    transaction: &DatabaseTransaction,
    action: Action,
    account_id: Uuid,
    row: &proxy::Model,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let event = AuditEvent::new(action, Actor::Resident(account_id))
        .on("proxy", row.id)
        .with(json!({"person_id": row.person_id, "scopes": row.scopes}));
    audit::append(transaction, &event, now).await
}

pub(super) fn no_such_code() -> ApiError {
    ApiError::NotFound {
        code: "no_such_code",
        detail: "这个邀请已经失效或用过了，请让家人重新发一个。".into(),
    }
}

fn no_such_proxy() -> ApiError {
    ApiError::NotFound {
        code: "no_such_proxy", detail: "没有这位代办人，或者已经取消。".into()
    }
}
