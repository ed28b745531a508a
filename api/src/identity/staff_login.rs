//! Staff log in with a name, a password and the second factor.

use chrono::{DateTime, Utc};
use entity::staff;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;

use super::origin::Origin;
use super::password::rules::LONGEST_CHARS;
use super::session::{self, NewSession, SessionOwner, Started};
use super::throttle::{self, Counted};
use super::{refusal, second_factor};
use crate::audit::{self, Action, Actor, Outcome};
use crate::error::ApiResult;
use crate::secret::Secret;
use crate::state::AppState;

const LONGEST_NAME: usize = 64;
const LONGEST_CODE: usize = 32;

/// What somebody claims to know.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    /// Log-in name as it was typed.
    pub(super) username: String,
    /// The password.
    pub(super) password: Secret,
    /// A code of the authenticator, or a recovery code.
    pub(super) code: Option<Secret>,
}

/// Logs a member of staff in.
///
/// Who does not exist, who is disabled and who mistyped are told the same after the same time.
///
/// # Errors
/// 401 where something is wrong or the second factor is missing, 429 after too many failures.
pub(super) async fn log_in(state: &AppState, given: Credentials, origin: &Origin) -> ApiResult<Started> {
    let now = state.clock.now();
    let username = given.username.trim().to_lowercase();
    let too_long = username.len() > LONGEST_NAME
        || given.password.expose().chars().count() > LONGEST_CHARS
        || given.code.as_ref().is_some_and(|code| code.expose().len() > LONGEST_CODE);
    if too_long {
        return Err(refusal::login_failed());
    }
    let member = staff::Entity::find()
        .filter(staff::Column::Username.eq(&username))
        .one(state.database.reader())
        .await?;
    let staff_id = member.as_ref().map(|member| member.id);
    let counted = throttle::admit(state, &username, staff_id, origin.address, now).await?;
    let hash = member.as_ref().map(|member| member.password_hash.as_str());
    let right = state.passwords.verify(&given.password, hash).await?;
    let Some(member) = member.filter(|member| right && member.status == staff::Status::Active) else {
        return refuse(state, staff_id.map_or(Actor::Anonymous, Actor::Staff), origin, &counted).await;
    };
    if member.totp_confirmed_at.is_some() && given.code.is_none() {
        throttle::take_back(state, &counted).await?;
        return Err(refusal::totp_required());
    }
    match begin(state, &member, given.code, origin, &counted, now).await? {
        Some(started) => Ok(started),
        None => refuse(state, Actor::Staff(member.id), origin, &counted).await,
    }
}

/// Begins the session in one transaction with using up the code; `None` where the code is not good or the
/// account changed meanwhile.
async fn begin(
    state: &AppState,
    member: &staff::Model,
    code: Option<Secret>,
    origin: &Origin,
    counted: &Counted,
    now: DateTime<Utc>,
) -> ApiResult<Option<Started>> {
    let shared = (state.clone(), member.clone(), code, origin.clone(), counted.clone());
    let begun = state.database.write(move |transaction| {
        let (state, seen, code, origin, counted) = shared.clone();
        Box::pin(async move {
            let member = staff::Entity::find_by_id(seen.id).lock_exclusive().one(transaction).await?;
            let same = |member: &staff::Model| {
                member.status == staff::Status::Active
                    && member.password_hash == seen.password_hash
                    && member.totp_confirmed_at == seen.totp_confirmed_at
            };
            let Some(member) = member.filter(same) else {
                return Ok(None);
            };
            let mut second_factor_at = None;
            if member.totp_confirmed_at.is_some() {
                let code = code.as_ref().map_or("", Secret::expose);
                if !second_factor::spend(transaction, &state.vault, &member, code, now).await? {
                    return Ok(None);
                }
                second_factor_at = Some(now);
            }
            throttle::succeeded(transaction, &counted, member.id, now).await?;
            let new = NewSession {
                owner: SessionOwner::Staff(member.id),
                security_stamp: member.security_stamp,
                client: origin.device.clone(),
                second_factor_at,
            };
            let started = session::start(transaction, &state.random, new, now).await?;
            let event = origin
                .event(Action::LoginSucceeded, Actor::Staff(member.id))
                .on("session", started.session.id)
                .with(json!({"by": "password", "second_factor": second_factor_at.is_some()}));
            audit::append(transaction, &event, now).await?;
            Ok(Some(started))
        })
    });
    begun.await
}

async fn refuse<T>(state: &AppState, actor: Actor, origin: &Origin, counted: &Counted) -> ApiResult<T> {
    let action = if counted.is_last { Action::LoginLocked } else { Action::LoginFailed };
    // A name that does not exist is not kept: it may be a password typed into the wrong field.
    audit::record(state, origin.event(action, actor).ended(Outcome::Refused)).await?;
    Err(refusal::login_failed())
}
