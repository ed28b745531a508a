//! Sessions: how a log-in begins, lives on and ends.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{account, refresh_token, session, staff};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::caller::is_open;
use super::tokens::Audience;
use crate::audit::Actor;
use crate::error::ApiResult;
use crate::random::Random;

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionOwner {
    /// An account of a resident.
    Account(Uuid),
    /// A member of staff.
    Staff(Uuid),
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Its owner ended it.
    LoggedOut,
    /// Its owner ended all.
    LoggedOutEverywhere,
    /// A refresh token came a second time: somebody holds a copy.
    TokenReused,
    /// The password changed.
    PasswordChanged,
    /// Roles changed.
    RolesChanged,
    /// The account was disabled.
    Disabled,
    /// Somebody in charge ended it.
    EndedByStaff,
    /// The resident closed the account.
    AccountClosed,
}

/// A session that has just begun.
#[derive(Clone, Debug)]
pub struct Started {
    /// The session.
    pub session: session::Model,
    /// Its first refresh token, in clear; only its hash is kept.
    pub refresh_token: String,
    /// Until when the refresh token can be exchanged.
    pub refresh_expires_at: DateTime<Utc>,
}

/// What a log-in brings to its session.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Whose it is.
    pub owner: SessionOwner,
    /// The owner's security stamp.
    pub security_stamp: Uuid,
    /// Kind of device in words the owner recognises.
    pub client: String,
    /// When the second factor was given.
    pub second_factor_at: Option<DateTime<Utc>>,
}

impl SessionOwner {
    /// Whom tokens of the session are made for.
    pub fn audience(self) -> Audience {
        match self {
            Self::Account(_) => Audience::Resident,
            Self::Staff(_) => Audience::Staff,
        }
    }

    /// Id of the account or of the member of staff.
    pub fn id(self) -> Uuid {
        match self {
            Self::Account(id) | Self::Staff(id) => id,
        }
    }

    /// The owner as the audit log names it.
    pub fn actor(self) -> Actor {
        match self {
            Self::Account(id) => Actor::Resident(id),
            Self::Staff(id) => Actor::Staff(id),
        }
    }

    /// How long a refresh token waits for its use. For staff this is the idle time after which they have
    /// to log in again (GB/T 22239: at most 30 minutes).
    fn idle_lifetime(self) -> TimeDelta {
        match self {
            Self::Account(_) => TimeDelta::days(90),
            Self::Staff(_) => TimeDelta::minutes(30),
        }
    }

    /// How long a session lives however much it is used.
    fn lifetime(self) -> TimeDelta {
        match self {
            Self::Account(_) => TimeDelta::days(365),
            Self::Staff(_) => TimeDelta::hours(12),
        }
    }

    /// The owner of a session.
    pub(super) fn of(session: &session::Model) -> Option<Self> {
        session.account_id.map(Self::Account).or(session.staff_id.map(Self::Staff))
    }

    fn filter(self) -> sea_orm::sea_query::SimpleExpr {
        match self {
            Self::Account(id) => session::Column::AccountId.eq(id),
            Self::Staff(id) => session::Column::StaffId.eq(id),
        }
    }
}

impl EndReason {
    /// As the database names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged_out",
            Self::LoggedOutEverywhere => "logged_out_everywhere",
            Self::TokenReused => "token_reused",
            Self::PasswordChanged => "password_changed",
            Self::RolesChanged => "roles_changed",
            Self::Disabled => "disabled",
            Self::EndedByStaff => "ended_by_staff",
            Self::AccountClosed => "account_closed",
        }
    }
}

/// Begins a session.
///
/// # Errors
/// When the database fails.
pub async fn start(
    transaction: &DatabaseTransaction,
    random: &Random,
    new: NewSession,
    now: DateTime<Utc>,
) -> ApiResult<Started> {
    let (account_id, staff_id) = match new.owner {
        SessionOwner::Account(id) => (Some(id), None),
        SessionOwner::Staff(id) => (None, Some(id)),
    };
    let session = session::Model {
        id: random.id(now),
        account_id,
        staff_id,
        security_stamp: new.security_stamp,
        client: new.client,
        second_factor_at: new.second_factor_at.map(Into::into),
        created_at: now.into(),
        last_used_at: now.into(),
        expires_at: (now + new.owner.lifetime()).into(),
        ended_at: None,
        end_reason: None,
    };
    session::Entity::insert(session.clone().into_active_model()).exec_without_returning(transaction).await?;
    let (refresh_token, refresh_expires_at) =
        give_refresh_token(transaction, random, new.owner, &session, now).await?;
    Ok(Started { session, refresh_token, refresh_expires_at })
}

/// Gives a session its next refresh token, in clear, with the end of its life.
pub(super) async fn give_refresh_token(
    transaction: &DatabaseTransaction,
    random: &Random,
    owner: SessionOwner,
    session: &session::Model,
    now: DateTime<Utc>,
) -> ApiResult<(String, DateTime<Utc>)> {
    let token = random.token();
    let expires_at = (now + owner.idle_lifetime()).min(*session.expires_at);
    let row = refresh_token::ActiveModel {
        token_hash: ActiveValue::Set(token_hash(&token)),
        session_id: ActiveValue::Set(session.id),
        issued_at: ActiveValue::Set(now.into()),
        expires_at: ActiveValue::Set(expires_at.into()),
        used_at: ActiveValue::Set(None),
        successor_cell: ActiveValue::Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(transaction).await?;
    Ok((token, expires_at))
}

/// What the database keeps of a refresh token. Its 256 random bits need no slow hash.
pub(super) fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The sessions of an owner that live, the last used first.
///
/// # Errors
/// When the database fails.
pub async fn open_sessions(
    connection: &impl ConnectionTrait,
    owner: SessionOwner,
    now: DateTime<Utc>,
) -> ApiResult<Vec<session::Model>> {
    let stamp = current_stamp(connection, owner).await?;
    let sessions = session::Entity::find()
        .filter(owner.filter())
        .filter(session::Column::EndedAt.is_null())
        .order_by_desc(session::Column::LastUsedAt)
        .order_by_desc(session::Column::Id)
        .all(connection)
        .await?;
    Ok(sessions
        .into_iter()
        .filter(|session| is_open(session, now) && Some(session.security_stamp) == stamp)
        .collect())
}

async fn current_stamp(connection: &impl ConnectionTrait, owner: SessionOwner) -> ApiResult<Option<Uuid>> {
    Ok(match owner {
        SessionOwner::Account(id) => {
            account::Entity::find_by_id(id).one(connection).await?.map(|account| account.security_stamp)
        }
        SessionOwner::Staff(id) => {
            staff::Entity::find_by_id(id).one(connection).await?.map(|staff| staff.security_stamp)
        }
    })
}

/// Ends one session of an owner. Tells whether there was one to end.
///
/// # Errors
/// When the database fails.
pub async fn end(
    transaction: &DatabaseTransaction,
    owner: SessionOwner,
    session_id: Uuid,
    reason: EndReason,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    let ended = ending(owner, reason, now).filter(session::Column::Id.eq(session_id)).exec(transaction);
    Ok(ended.await?.rows_affected > 0)
}

/// Ends every session of an owner but `kept`, and gives the owner another security stamp, so that no access
/// token that is still on its way passes either. Returns how many ended.
///
/// The kept session takes the new stamp over; its access token has to be made anew.
///
/// # Errors
/// When the database fails.
pub async fn end_all(
    transaction: &DatabaseTransaction,
    random: &Random,
    owner: SessionOwner,
    kept: Option<Uuid>,
    reason: EndReason,
    now: DateTime<Utc>,
) -> ApiResult<u64> {
    let stamp = random.stamp();
    set_stamp(transaction, owner, stamp).await?;
    let mut ending = ending(owner, reason, now);
    if let Some(kept) = kept {
        ending = ending.filter(session::Column::Id.ne(kept));
        session::Entity::update_many()
            .col_expr(session::Column::SecurityStamp, Expr::value(stamp))
            .filter(session::Column::Id.eq(kept))
            .filter(owner.filter())
            .exec(transaction)
            .await?;
    }
    Ok(ending.exec(transaction).await?.rows_affected)
}

async fn set_stamp(transaction: &DatabaseTransaction, owner: SessionOwner, stamp: Uuid) -> ApiResult<()> {
    match owner {
        SessionOwner::Account(id) => {
            account::Entity::update_many()
                .col_expr(account::Column::SecurityStamp, Expr::value(stamp))
                .filter(account::Column::Id.eq(id))
                .exec(transaction)
                .await?;
        }
        SessionOwner::Staff(id) => {
            staff::Entity::update_many()
                .col_expr(staff::Column::SecurityStamp, Expr::value(stamp))
                .filter(staff::Column::Id.eq(id))
                .exec(transaction)
                .await?;
        }
    }
    Ok(())
}

fn ending(
    owner: SessionOwner,
    reason: EndReason,
    now: DateTime<Utc>,
) -> sea_orm::UpdateMany<session::Entity> {
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now.timestamp_millis()))
        .col_expr(session::Column::EndReason, Expr::value(reason.as_str()))
        .filter(owner.filter())
        .filter(session::Column::EndedAt.is_null())
}
