//! What members of staff change about their own log-in: the authenticator and the password.

use chrono::{DateTime, Utc};
use entity::{session, staff};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

use super::caller::SignedIn;
use super::origin::Origin;
use super::password::rules;
use super::second_factor::{self, Enrolment};
use super::session::{EndReason, SessionOwner, end_all};
use super::{refusal, throttle};
use crate::audit::{self, Action, Actor, Outcome};
use crate::error::{ApiError, ApiResult};
use crate::secret::Secret;
use crate::state::AppState;

/// Begins to bind an authenticator. The password is asked again, so that a screen left open is not enough.
///
/// # Errors
/// 403 for a wrong password, 409 where an authenticator is bound already.
pub(super) async fn begin_enrolment(
    state: &AppState,
    caller: &SignedIn,
    password: &Secret,
    origin: &Origin,
) -> ApiResult<Enrolment> {
    let staff_id = caller.staff_id()?;
    ask_password_again(state, staff_id, password, origin).await?;
    let shared = (state.clone(), origin.event(Action::CredentialsChanged, Actor::Staff(staff_id)));
    let now = state.clock.now();
    let enrolled = state.database.write(move |transaction| {
        let (state, event) = shared.clone();
        Box::pin(async move {
            let member = locked(transaction, staff_id).await?;
            if member.totp_confirmed_at.is_some() {
                return Err(already_bound());
            }
            let (enrolment, _) =
                second_factor::enrol(transaction, &state.vault, &state.random, member, None).await?;
            let event = event.on("staff", staff_id).with(json!({"change": "totp_begun"}));
            audit::append(transaction, &event, now).await?;
            Ok(enrolment)
        })
    });
    enrolled.await
}

/// Binds the authenticator once it shows a right code. This session has the second factor from then on.
/// Returns the recovery codes.
///
/// # Errors
/// 422 for a wrong code, 409 where nothing waits to be confirmed.
pub(super) async fn confirm_enrolment(
    state: &AppState,
    caller: &SignedIn,
    code: &Secret,
    origin: &Origin,
) -> ApiResult<Vec<String>> {
    let staff_id = caller.staff_id()?;
    let now = state.clock.now();
    let username = find(state, staff_id).await?.username;
    let counted = throttle::admit(state, &username, Some(staff_id), origin.address, now).await?;
    let event = origin.event(Action::CredentialsChanged, Actor::Staff(staff_id));
    let shared = (state.clone(), event, code.clone(), counted);
    let session_id = caller.session_id;
    let confirmed = state.database.write(move |transaction| {
        let (state, event, code, counted) = shared.clone();
        Box::pin(async move {
            let member = locked(transaction, staff_id).await?;
            if member.totp_confirmed_at.is_some() || member.totp_cell.is_none() {
                return Err(already_bound());
            }
            if code.expose().len() != 6
                || !second_factor::spend(transaction, &state.vault, &member, code.expose(), now).await?
            {
                return Err(wrong_code());
            }
            staff::Entity::update_many()
                .col_expr(staff::Column::TotpConfirmedAt, Expr::value(now.timestamp_millis()))
                .filter(staff::Column::Id.eq(staff_id))
                .exec(transaction)
                .await?;
            session::Entity::update_many()
                .col_expr(session::Column::SecondFactorAt, Expr::value(now.timestamp_millis()))
                .filter(session::Column::Id.eq(session_id))
                .exec(transaction)
                .await?;
            let codes =
                second_factor::give_recovery_codes(transaction, &state.vault, &state.random, staff_id, now)
                    .await?;
            throttle::succeeded(transaction, &counted, staff_id, now).await?;
            let event = event.on("staff", staff_id).with(json!({"change": "totp_confirmed"}));
            audit::append(transaction, &event, now).await?;
            Ok(codes)
        })
    });
    confirmed.await
}

/// Changes the caller's password and ends the caller's other sessions.
///
/// # Errors
/// 403 for a wrong password, 422 for a new one that is easily guessed.
pub(super) async fn change_password(
    state: &AppState,
    caller: &SignedIn,
    current: &Secret,
    new: &Secret,
    origin: &Origin,
) -> ApiResult<()> {
    let staff_id = caller.staff_id()?;
    let member = ask_password_again(state, staff_id, current, origin).await?;
    rules::check(state.settings.password_rules, &member.username, new, "/new_password")?;
    let hash = state.passwords.hash(new).await?;
    let event = origin.event(Action::CredentialsChanged, Actor::Staff(staff_id));
    let (shared, session_id, now) = (state.clone(), caller.session_id, state.clock.now());
    let changed = state.database.write(move |transaction| {
        let (state, hash, event) = (shared.clone(), hash.clone(), event.clone());
        Box::pin(async move {
            let member = locked(transaction, staff_id).await?;
            set_password(transaction, member, hash, now).await?;
            let reason = EndReason::PasswordChanged;
            let owner = SessionOwner::Staff(staff_id);
            end_all(transaction, &state.random, owner, Some(session_id), reason, now).await?;
            let event = event.on("staff", staff_id).with(json!({"change": "password"}));
            audit::append(transaction, &event, now).await
        })
    });
    changed.await
}

/// Writes a new password into the row of a member.
///
/// # Errors
/// When the database fails.
pub async fn set_password(
    transaction: &DatabaseTransaction,
    member: staff::Model,
    hash: String,
    now: DateTime<Utc>,
) -> ApiResult<staff::Model> {
    let version = member.version;
    let mut row = member.into_active_model();
    row.password_hash = ActiveValue::Set(hash);
    row.password_changed_at = ActiveValue::Set(now.into());
    row.version = ActiveValue::Set(version + 1);
    row.updated_at = ActiveValue::Set(now.into());
    Ok(row.update(transaction).await?)
}

async fn ask_password_again(
    state: &AppState,
    staff_id: Uuid,
    password: &Secret,
    origin: &Origin,
) -> ApiResult<staff::Model> {
    let now = state.clock.now();
    let member = find(state, staff_id).await?;
    let counted = throttle::admit(state, &member.username, Some(staff_id), origin.address, now).await?;
    if !state.passwords.verify(password, Some(&member.password_hash)).await? {
        let event = origin.event(Action::LoginFailed, Actor::Staff(staff_id));
        let event = event.ended(Outcome::Refused).with(json!({"by": "password_again"}));
        audit::record(state, event).await?;
        return Err(ApiError::Forbidden {
            code: "wrong_password",
            detail: "当前密码不正确，请重新输入。".into(),
        });
    }
    throttle::take_back(state, &counted).await?;
    Ok(member)
}

async fn find(state: &AppState, staff_id: Uuid) -> ApiResult<staff::Model> {
    let member = staff::Entity::find_by_id(staff_id).one(state.database.reader()).await?;
    member.ok_or_else(refusal::session_ended)
}

async fn locked(transaction: &DatabaseTransaction, staff_id: Uuid) -> ApiResult<staff::Model> {
    let member = staff::Entity::find_by_id(staff_id).lock_exclusive().one(transaction).await?;
    member.ok_or_else(refusal::session_ended)
}

fn already_bound() -> ApiError {
    ApiError::Conflict {
        code: "totp_already_bound",
        detail: "这个账号已经绑定验证器，或还没有开始绑定；要换验证器请联系管理员重置。".into(),
    }
}

fn wrong_code() -> ApiError {
    let error = crate::error::FieldError {
        pointer: "/code".to_owned(),
        code: "wrong_code".to_owned(),
        message: "验证码不正确或已过期，请输入验证器上最新的 6 位数字。".to_owned(),
    };
    ApiError::Invalid { errors: vec![error] }
}
