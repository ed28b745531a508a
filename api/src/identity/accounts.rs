//! Accounts of residents: found by their WeChat identity, made at the first log-in.

use chrono::{DateTime, Utc};
use entity::{account, person};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, SqlErr,
};
use serde_json::json;
use uuid::Uuid;

use super::columns::{OPENID, SESSION_KEY, UNIONID};
use super::origin::Origin;
use super::session::{self, NewSession, SessionOwner, Started};
use crate::audit::{self, Action, Actor};
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;
use crate::vault::{CellAddress, Column, KeyOwner};
use crate::wechat::client::WechatSession;

/// Two phones that log in at once with one new openid: the second finds the account at its next attempt.
const ATTEMPTS: u32 = 3;

/// A resident who has just logged in.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// The account.
    pub account: account::Model,
    /// The session.
    pub started: Started,
    /// Whether this was the first log-in.
    pub is_new: bool,
}

/// Logs in the resident whom WeChat named, and makes the account if there is none.
///
/// The identity is the pair of WeChat and its name for the user (ASVS 6.8.1): an openid means nothing outside
/// its mini-program.
///
/// # Errors
/// When the database fails.
pub async fn log_in(
    state: &AppState,
    identity: &WechatSession,
    origin: &Origin,
    now: DateTime<Utc>,
) -> ApiResult<LoggedIn> {
    let mut attempt = 1;
    loop {
        match log_in_once(state, identity, origin, now).await {
            Err(ApiError::Database(error)) if attempt < ATTEMPTS && is_taken(&error) => attempt += 1,
            outcome => return outcome,
        }
    }
}

fn is_taken(error: &sea_orm::DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

async fn log_in_once(
    state: &AppState,
    identity: &WechatSession,
    origin: &Origin,
    now: DateTime<Utc>,
) -> ApiResult<LoggedIn> {
    let (shared, identity, origin) = (state.clone(), identity.clone(), origin.clone());
    let database = &state.database;
    database
        .write(move |transaction| {
            let (state, identity, origin) = (shared.clone(), identity.clone(), origin.clone());
            Box::pin(async move {
                let mut known = find(transaction, &state, &identity).await?;
                if known.is_none() && state.vault.take_turns_while_index_keys_change(transaction).await? {
                    known = find(transaction, &state, &identity).await?;
                }
                let is_new = known.is_none();
                let account = match known {
                    Some(account) => account,
                    None => create(transaction, &state, &identity, now).await?,
                };
                let account = remember(transaction, &state, account, &identity, now).await?;
                let new = NewSession {
                    owner: SessionOwner::Account(account.id),
                    security_stamp: account.security_stamp,
                    client: origin.device.clone(),
                    second_factor_at: None,
                };
                let started = session::start(transaction, &state.random, new, now).await?;
                let event = origin
                    .event(Action::LoginSucceeded, Actor::Resident(account.id))
                    .on("session", started.session.id)
                    .with(json!({"by": "wechat", "is_new": is_new}));
                audit::append(transaction, &event, now).await?;
                Ok(LoggedIn { account, started, is_new })
            })
        })
        .await
}

async fn find(
    transaction: &DatabaseTransaction,
    state: &AppState,
    identity: &WechatSession,
) -> ApiResult<Option<account::Model>> {
    let indexes = state.vault.indexes(OPENID, &identity.openid)?;
    Ok(account::Entity::find().filter(account::Column::OpenidIndex.is_in(indexes)).one(transaction).await?)
}

async fn create(
    transaction: &DatabaseTransaction,
    state: &AppState,
    identity: &WechatSession,
    now: DateTime<Utc>,
) -> ApiResult<account::Model> {
    let (account_id, person_id) = (state.random.id(now), state.random.id(now));
    let person = person::Model {
        id: person_id,
        name_cell: None,
        birth_date_cell: None,
        sex: person::Sex::Unknown,
        region_code: None,
        status: person::Status::Active,
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    person::Entity::insert(person.into_active_model()).exec_without_returning(transaction).await?;
    state.vault.create_person_key(transaction, person_id, now).await?;
    let index_key = state.vault.indexing_key(now)?;
    let account = account::Model {
        id: account_id,
        person_id,
        index_key,
        openid_index: Some(state.vault.index_by(index_key, OPENID, &identity.openid)?),
        openid_cell: Some(seal(transaction, state, person_id, account_id, OPENID, &identity.openid).await?),
        unionid_index: None,
        unionid_cell: None,
        session_key_cell: None,
        session_key_at: None,
        phone_index: None,
        phone_cell: None,
        phone_verified_at: None,
        elder_mode: false,
        security_stamp: state.random.stamp(),
        status: account::Status::Active,
        erase_at: None,
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    account::Entity::insert(account.clone().into_active_model()).exec_without_returning(transaction).await?;
    Ok(account)
}

/// Keeps what WeChat told anew: the session key of this log-in, and the unionid once it is known.
async fn remember(
    transaction: &DatabaseTransaction,
    state: &AppState,
    account: account::Model,
    identity: &WechatSession,
    now: DateTime<Utc>,
) -> ApiResult<account::Model> {
    let (account_id, person_id) = (account.id, account.person_id);
    let (lacks_unionid, index_key) = (account.unionid_index.is_none(), account.index_key);
    let mut row = account.into_active_model();
    let key =
        seal(transaction, state, person_id, account_id, SESSION_KEY, identity.session_key.expose_base64())
            .await?;
    row.session_key_cell = ActiveValue::Set(Some(key));
    row.session_key_at = ActiveValue::Set(Some(now.into()));
    if let Some(unionid) = identity.unionid.as_deref().filter(|_| lacks_unionid) {
        let cell = seal(transaction, state, person_id, account_id, UNIONID, unionid).await?;
        row.unionid_index = ActiveValue::Set(Some(state.vault.index_by(index_key, UNIONID, unionid)?));
        row.unionid_cell = ActiveValue::Set(Some(cell));
    }
    Ok(row.update(transaction).await?)
}

async fn seal(
    transaction: &DatabaseTransaction,
    state: &AppState,
    person_id: Uuid,
    account_id: Uuid,
    column: Column,
    plain: &str,
) -> ApiResult<Vec<u8>> {
    let address = CellAddress { column, row: account_id.as_bytes() };
    state.vault.seal(transaction, KeyOwner::Person(person_id), address, plain.as_bytes()).await
}
