//! Who is calling: the only way a handler learns it.
//!
//! Each of these extractors checks the token and then asks the database whether the session still lives,
//! with nothing in between that could be stale: whoever is logged out or disabled is so at once, on every
//! replica.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, TimeDelta, Utc};
use entity::{account, session, staff};
use futures_util::future::LocalBoxFuture;
use sea_orm::{DatabaseConnection, EntityTrait, JoinType, QuerySelect};
use serde_json::{Value, json};
use uuid::Uuid;

use super::grants::Grants;
use super::origin::Origin;
use super::password::rules;
use super::permission::Permission;
use super::refusal;
use super::session::SessionOwner;
use super::tokens::{Audience, BadToken, Claims};
use crate::audit::{self, Action, Actor, Outcome};
use crate::error::{ApiError, ApiResult};
use crate::http::client_address::ClientAddress;
use crate::idempotency::Principal;
use crate::regions::RegionScope;
use crate::state::AppState;

/// A resident who is logged in. 401 without a living session, 403 for staff and while the account is closing.
#[derive(Clone, Copy, Debug)]
pub struct Resident {
    /// The account.
    pub account_id: Uuid,
    /// The resident as a person.
    pub person_id: Uuid,
    /// The log-in.
    pub session_id: Uuid,
}

impl Resident {
    /// Whose keys a request repeats under (`idempotency`).
    pub fn principal(&self) -> Principal {
        Principal::Account { account_id: self.account_id, person_id: self.person_id }
    }
}

/// A resident who is logged in, also one whose account waits to be erased: for looking, taking one's data along
/// and changing one's mind. Everything else asks for [`Resident`].
#[derive(Clone, Copy, Debug)]
pub struct EvenClosing(pub Resident);

/// A resident who logged in a few minutes ago, also one whose account waits to be erased: for what must not be
/// done with a phone that was left lying or a token that was stolen. Logging in again with a new code of
/// WeChat is enough.
#[derive(Clone, Copy, Debug)]
pub struct JustLoggedIn(pub Resident);

/// How long a log-in counts as fresh.
const FRESH_FOR: TimeDelta = TimeDelta::minutes(10);

/// Anybody who is logged in, for what concerns the log-in itself. Members of staff pass without the second
/// factor that their roles demand.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who it is.
    pub who: Who,
    /// The log-in.
    pub session_id: Uuid,
}

/// A resident or a member of staff.
#[derive(Clone, Debug)]
pub enum Who {
    /// A resident.
    Resident {
        /// The account.
        account_id: Uuid,
        /// The resident as a person.
        person_id: Uuid,
    },
    /// A member of staff.
    Staff {
        /// The member of staff.
        staff_id: Uuid,
    },
}

/// A member of staff who may do `P`. 401 without a living session; 403 for residents, for whom no role
/// permits it, and while a second factor that a role demands is missing.
#[derive(Debug)]
pub struct Permitted<P: Permission> {
    /// The member of staff.
    pub staff_id: Uuid,
    /// The log-in.
    pub session_id: Uuid,
    /// What colleagues call them.
    pub display_name: String,
    scope: RegionScope,
    grants: Grants,
    permission: PhantomData<fn() -> P>,
}

impl<P: Permission> Permitted<P> {
    /// Where they may do it.
    pub fn scope(&self) -> &RegionScope {
        &self.scope
    }

    /// Everything else they may do.
    pub fn grants(&self) -> &Grants {
        &self.grants
    }
}

impl SignedIn {
    /// Whose sessions are meant.
    pub fn owner(&self) -> SessionOwner {
        match self.who {
            Who::Resident { account_id, .. } => SessionOwner::Account(account_id),
            Who::Staff { staff_id } => SessionOwner::Staff(staff_id),
        }
    }

    /// The member of staff.
    ///
    /// # Errors
    /// 403 for a resident.
    pub fn staff_id(&self) -> ApiResult<Uuid> {
        match self.who {
            Who::Staff { staff_id } => Ok(staff_id),
            Who::Resident { .. } => Err(refusal::wrong_kind("这里只有工作人员账号可以使用。")),
        }
    }
}

/// A session that lives, and whose it is.
struct Living {
    session: session::Model,
    owner: Owner,
}

enum Owner {
    Resident(account::Model),
    Staff(staff::Model),
}

impl Owner {
    fn security_stamp(&self) -> Uuid {
        match self {
            Self::Resident(account) => account.security_stamp,
            Self::Staff(staff) => staff.security_stamp,
        }
    }

    fn actor(&self) -> Actor {
        match self {
            Self::Resident(account) => Actor::Resident(account.id),
            Self::Staff(staff) => Actor::Staff(staff.id),
        }
    }
}

/// What a request brings, taken out of it before anything is awaited.
struct Asked {
    state: Data<AppState>,
    request: HttpRequest,
    token: String,
}

impl Asked {
    fn of(request: &HttpRequest) -> ApiResult<Self> {
        let state = request
            .app_data::<Data<AppState>>()
            .cloned()
            .ok_or_else(|| ApiError::Internal(anyhow::anyhow!("the server has no state")))?;
        let mut given = request.headers().get_all(header::AUTHORIZATION);
        let value = given.next().ok_or_else(refusal::not_logged_in)?;
        let text = value.to_str().unwrap_or_default();
        match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && given.next().is_none() => {
                Ok(Self { state, request: request.clone(), token: token.trim().to_owned() })
            }
            _ => Err(refusal::not_logged_in()),
        }
    }

    async fn living(&self) -> ApiResult<Living> {
        let now = self.state.clock.now();
        let claims = self.state.tokens.check(&self.token, now).map_err(refusal::bad_token)?;
        if let Err(refusal) = self.state.limits.admit_account(&self.request, claims.sub) {
            self.state.refusals.count(ClientAddress::of(&self.request), "account", now);
            return Err(refusal);
        }
        let reader = self.state.database.reader();
        let (session, owner) = match claims.aud {
            Audience::Resident => {
                let living = |account: &account::Model| account.status != account::Status::Erased;
                let columns = (session::Column::AccountId, account::Column::Id);
                let (session, account) = with_owner::<account::Entity>(reader, claims.sid, columns).await?;
                (session, account.filter(living).map(Owner::Resident))
            }
            Audience::Staff => {
                let active = |staff: &staff::Model| staff.status == staff::Status::Active;
                let columns = (session::Column::StaffId, staff::Column::Id);
                let (session, staff) = with_owner::<staff::Entity>(reader, claims.sid, columns).await?;
                (session, staff.filter(active).map(Owner::Staff))
            }
        };
        if !is_of(&session, &claims) || !is_open(&session, now) {
            return Err(refusal::session_ended());
        }
        if session.security_stamp != claims.stamp {
            // The one session that outlived a change of the password: its next token carries the new stamp.
            return Err(refusal::bad_token(BadToken::Expired));
        }
        let owner = owner.filter(|owner| owner.security_stamp() == session.security_stamp);
        Ok(Living { session, owner: owner.ok_or_else(refusal::session_ended)? })
    }
}

/// A log-in and whose it is, in one statement: every request of everybody asks for it.
async fn with_owner<E: EntityTrait>(
    reader: &DatabaseConnection,
    session_id: Uuid,
    (owner_column, key): (session::Column, E::Column),
) -> ApiResult<(session::Model, Option<E::Model>)> {
    let of_owner = session::Entity::belongs_to(E::default()).from(owner_column).to(key).into();
    let found = session::Entity::find_by_id(session_id)
        .join(JoinType::LeftJoin, of_owner)
        .select_also(E::default())
        .one(reader)
        .await?;
    found.ok_or_else(refusal::session_ended)
}

fn is_of(session: &session::Model, claims: &Claims) -> bool {
    let owner = match claims.aud {
        Audience::Resident => session.account_id,
        Audience::Staff => session.staff_id,
    };
    owner == Some(claims.sub)
}

/// Whether a session may still be used.
pub(super) fn is_open(session: &session::Model, now: DateTime<Utc>) -> bool {
    session.ended_at.is_none() && now < *session.expires_at
}

impl FromRequest for Resident {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (asked, origin) = (Asked::of(request), Origin::of(request));
        Box::pin(async move {
            let known = resident(asked, &origin).await?;
            if known.status == account::Status::Closing {
                return Err(refusal::account_closing());
            }
            Ok(known.resident)
        })
    }
}

impl FromRequest for EvenClosing {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (asked, origin) = (Asked::of(request), Origin::of(request));
        Box::pin(async move { Ok(Self(resident(asked, &origin).await?.resident)) })
    }
}

impl FromRequest for JustLoggedIn {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (asked, origin) = (Asked::of(request), Origin::of(request));
        Box::pin(async move {
            let asked = asked?;
            let state = asked.state.clone();
            let known = resident(Ok(asked), &origin).await?;
            if known.is_fresh {
                return Ok(Self(known.resident));
            }
            let refusal = refusal::login_too_old();
            let actor = Actor::Resident(known.resident.account_id);
            note_refusal(&state, &origin, actor, json!({"code": refusal.code()})).await?;
            Err(refusal)
        })
    }
}

/// A resident, and what else is known of the log-in.
struct KnownResident {
    resident: Resident,
    status: account::Status,
    is_fresh: bool,
}

async fn resident(asked: ApiResult<Asked>, origin: &Origin) -> ApiResult<KnownResident> {
    let asked = asked?;
    let Living { session, owner } = asked.living().await?;
    match owner {
        Owner::Resident(account) => {
            let account::Model { id: account_id, person_id, status, .. } = account;
            let resident = Resident { account_id, person_id, session_id: session.id };
            let is_fresh = asked.state.clock.now() < *session.created_at + FRESH_FOR;
            Ok(KnownResident { resident, status, is_fresh })
        }
        Owner::Staff(staff) => {
            let refusal = refusal::wrong_kind("这里是居民使用的功能，请用微信登录居民账号。");
            let why = json!({"code": refusal.code()});
            note_refusal(&asked.state, origin, Actor::Staff(staff.id), why).await?;
            Err(refusal)
        }
    }
}

impl FromRequest for SignedIn {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asked = Asked::of(request);
        Box::pin(async move {
            let Living { session, owner } = asked?.living().await?;
            let who = match owner {
                Owner::Resident(account) => {
                    Who::Resident { account_id: account.id, person_id: account.person_id }
                }
                Owner::Staff(staff) => Who::Staff { staff_id: staff.id },
            };
            Ok(Self { who, session_id: session.id })
        })
    }
}

impl<P: Permission> FromRequest for Permitted<P> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (asked, origin) = (Asked::of(request), Origin::of(request));
        Box::pin(async move {
            let asked = asked?;
            let living = asked.living().await?;
            let actor = living.owner.actor();
            match permitted(&asked, living).await {
                Err(refusal @ ApiError::Forbidden { .. }) => {
                    let why = json!({"permission": P::NAME, "code": refusal.code()});
                    note_refusal(&asked.state, &origin, actor, why).await?;
                    Err(refusal)
                }
                answer => answer,
            }
        })
    }
}

/// Keeps in the audit log who tried what they may not.
async fn note_refusal(state: &AppState, origin: &Origin, actor: Actor, why: Value) -> ApiResult<()> {
    audit::record(state, origin.event(Action::AccessRefused, actor).ended(Outcome::Refused).with(why)).await
}

async fn permitted<P: Permission>(asked: &Asked, living: Living) -> ApiResult<Permitted<P>> {
    let Living { session, owner } = living;
    let Owner::Staff(staff) = owner else {
        return Err(refusal::wrong_kind("这里只有工作人员账号可以使用。"));
    };
    if rules::has_expired(
        asked.state.settings.password_rules,
        *staff.password_changed_at,
        asked.state.clock.now(),
    ) {
        return Err(refusal::password_expired());
    }
    let grants = Grants::of(asked.state.database.reader(), staff.id).await?;
    if grants.need_second_factor() && session.second_factor_at.is_none() {
        return Err(refusal::second_factor_required());
    }
    let tree = asked.state.regions.current();
    let scope = grants.scope_of(P::NAME, &tree).ok_or_else(refusal::not_permitted)?;
    Ok(Permitted {
        staff_id: staff.id,
        session_id: session.id,
        display_name: staff.display_name,
        scope,
        grants,
        permission: PhantomData,
    })
}
