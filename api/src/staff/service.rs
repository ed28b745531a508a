//! What the routes of staff do, within the authority of the caller.

use std::collections::BTreeMap;
use std::sync::Arc;

use entity::staff;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};
use serde_json::json;
use uuid::Uuid;

use super::dto::{
    ChangedStaffMember, NewStaffMember, Role, StaffChange, StaffList, StaffMember, StaffRole, StaffStatus,
};
use super::policy::{self, Authority};
use super::write::{self, NewStaff, RoleCatalogue, RoleHeld};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult, FieldError};
use crate::http::if_match::IfMatch;
use crate::identity::caller::Permitted;
use crate::identity::grants::Grants;
use crate::identity::origin::Origin;
use crate::identity::password::rules;
use crate::identity::permission::Permission;
use crate::identity::session::{EndReason, SessionOwner, end_all};
use crate::identity::{credentials, second_factor};
use crate::regions::{RegionScope, RegionTree};
use crate::secret::Secret;
use crate::state::AppState;

/// Roles that one account may hold.
const MOST_ROLES: usize = 50;

/// Who changes something, kept while the transaction runs.
#[derive(Clone)]
pub(super) struct InCharge {
    staff_id: Uuid,
    scope: RegionScope,
    grants: Grants,
    tree: Arc<RegionTree>,
    origin: Origin,
}

impl InCharge {
    pub(super) fn new<P: Permission>(state: &AppState, caller: &Permitted<P>, origin: Origin) -> Self {
        Self {
            staff_id: caller.staff_id,
            scope: caller.scope().clone(),
            grants: caller.grants().clone(),
            tree: state.regions.current(),
            origin,
        }
    }

    fn authority(&self) -> Authority<'_> {
        Authority {
            staff_id: self.staff_id,
            scope: &self.scope,
            grants: &self.grants,
            tree: Arc::clone(&self.tree),
        }
    }

    fn event(&self, action: Action, staff_id: Uuid) -> AuditEvent {
        self.origin.event(action, Actor::Staff(self.staff_id)).on("staff", staff_id)
    }
}

/// One page of the accounts that the caller may see, by id.
pub(super) async fn list(
    state: &AppState,
    caller: &InCharge,
    after: Option<Uuid>,
    limit: usize,
) -> ApiResult<StaffList> {
    let reader = state.database.reader();
    let mut query = staff::Entity::find().order_by_asc(staff::Column::Id);
    if let Some(after) = after {
        query = query.filter(staff::Column::Id.gt(after));
    }
    // An office has some hundred accounts at most, so those outside the region are left out here.
    let members = query.all(reader).await?;
    let ids: Vec<Uuid> = members.iter().map(|member| member.id).collect();
    let mut grants: BTreeMap<Uuid, Grants> = Grants::of_all(reader, &ids).await?;
    let authority = caller.authority();
    let mut items = Vec::new();
    for member in members {
        let roles = grants.remove(&member.id).unwrap_or_default();
        if authority.may_see(&roles) {
            items.push(shown(member, &roles));
        }
    }
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(StaffList { items, next })
}

/// One account.
pub(super) async fn get(state: &AppState, caller: &InCharge, id: Uuid) -> ApiResult<StaffMember> {
    let reader = state.database.reader();
    let member = staff::Entity::find_by_id(id).one(reader).await?.ok_or_else(policy::not_found)?;
    let roles = Grants::of(reader, id).await?;
    if !caller.authority().may_see(&roles) {
        return Err(policy::not_found());
    }
    Ok(shown(member, &roles))
}

/// Makes an account with its first roles.
pub(super) async fn create(
    state: &AppState,
    caller: InCharge,
    new: NewStaffMember,
) -> ApiResult<ChangedStaffMember> {
    let username = write::username(&new.username)?;
    let display_name = write::display_name(&new.display_name)?;
    let roles = held(new.roles)?;
    let password = Secret::new(new.password);
    rules::check(state.settings.password_rules, &username, &password, "/password")?;
    let catalogue = RoleCatalogue::load(state.database.reader()).await?;
    caller.authority().require_grants(&roles, &catalogue)?;
    let password_hash = state.passwords.hash(&password).await?;
    let new = NewStaff { username, display_name, password_hash };
    let (shared, now) = (state.clone(), state.clock.now());
    let needs_totp = catalogue.need_second_factor(&roles);
    let created = state.database.write(move |transaction| {
        let (state, caller, new, roles) = (shared.clone(), caller.clone(), new.clone(), roles.clone());
        Box::pin(async move {
            let mut member = write::create(transaction, &state.random, new, now).await?;
            write::replace_roles(transaction, &member, &roles, Some(caller.staff_id), now).await?;
            let mut totp_uri = None;
            if needs_totp {
                let enrolled =
                    second_factor::enrol(transaction, &state.vault, &state.random, member, Some(now));
                let (enrolment, bound) = enrolled.await?;
                (member, totp_uri) = (bound, Some(enrolment.uri));
            }
            let event = caller.event(Action::StaffCreated, member.id).with(json!({"roles": told(&roles)}));
            let answer = changed(transaction, member, totp_uri).await?;
            audit::append(transaction, &event, now).await?;
            Ok(answer)
        })
    });
    created.await
}

/// Changes an account: its name, whether it may log in, its password, its authenticator.
pub(super) async fn change(
    state: &AppState,
    caller: InCharge,
    id: Uuid,
    version: IfMatch,
    change: StaffChange,
) -> ApiResult<ChangedStaffMember> {
    let display_name = change.display_name.as_deref().map(write::display_name).transpose()?;
    if change.status.is_some() || change.password.is_some() || change.reset_totp {
        caller.authority().require_other(id)?;
    }
    let password_hash = match change.password.map(Secret::new) {
        Some(password) => {
            let username = get(state, &caller, id).await?.username;
            rules::check(state.settings.password_rules, &username, &password, "/password")?;
            Some(state.passwords.hash(&password).await?)
        }
        None => None,
    };
    let wanted = Wanted { display_name, status: change.status, password_hash, reset_totp: change.reset_totp };
    let (shared, now) = (state.clone(), state.clock.now());
    let done = state.database.write(move |transaction| {
        let (state, caller, wanted) = (shared.clone(), caller.clone(), wanted.clone());
        Box::pin(async move {
            let member = write::locked(transaction, id).await?.ok_or_else(policy::not_found)?;
            caller.authority().require_over(&Grants::of(transaction, id).await?)?;
            version.require(member.version)?;
            let event = wanted.event(&caller, id);
            let (member, totp_uri) = wanted.apply(transaction, &state, member, now).await?;
            let answer = changed(transaction, member, totp_uri).await?;
            audit::append(transaction, &event, now).await?;
            Ok(answer)
        })
    });
    done.await
}

/// A change that was checked.
#[derive(Clone)]
struct Wanted {
    display_name: Option<String>,
    status: Option<StaffStatus>,
    password_hash: Option<String>,
    reset_totp: bool,
}

impl Wanted {
    fn event(&self, caller: &InCharge, id: Uuid) -> AuditEvent {
        let credentials = self.password_hash.is_some() || self.reset_totp;
        let action = if credentials { Action::CredentialsChanged } else { Action::StaffChanged };
        caller.event(action, id).with(json!({
            "display_name": self.display_name.is_some(),
            "status": self.status.map(|status| status_of(status.into())),
            "password": self.password_hash.is_some(),
            "totp": self.reset_totp,
        }))
    }

    async fn apply(
        self,
        transaction: &DatabaseTransaction,
        state: &AppState,
        mut member: staff::Model,
        now: chrono::DateTime<chrono::Utc>,
    ) -> ApiResult<(staff::Model, Option<String>)> {
        let id = member.id;
        if let Some(display_name) = self.display_name {
            let mut row = member.into_active_model();
            row.display_name = ActiveValue::Set(display_name);
            write::touch(&mut row, now)?;
            member = row.update(transaction).await?;
        }
        if let Some(status) = self.status {
            member = write::set_status(transaction, member, status.into(), now).await?;
        }
        let mut reason = matches!(self.status, Some(StaffStatus::Disabled)).then_some(EndReason::Disabled);
        if let Some(hash) = self.password_hash {
            member = credentials::set_password(transaction, member, hash, now).await?;
            reason = reason.or(Some(EndReason::PasswordChanged));
        }
        let mut totp_uri = None;
        if self.reset_totp {
            let enrolled =
                second_factor::enrol(transaction, &state.vault, &state.random, member, Some(now)).await?;
            (member, totp_uri) = (enrolled.1, Some(enrolled.0.uri));
            reason = reason.or(Some(EndReason::PasswordChanged));
        }
        if let Some(reason) = reason {
            end_all(transaction, &state.random, SessionOwner::Staff(id), None, reason, now).await?;
        }
        Ok((member, totp_uri))
    }
}

/// Gives an account exactly these roles; its sessions end at once.
pub(super) async fn replace_roles(
    state: &AppState,
    caller: InCharge,
    id: Uuid,
    version: IfMatch,
    roles: Vec<StaffRole>,
) -> ApiResult<ChangedStaffMember> {
    let roles = held(roles)?;
    caller.authority().require_other(id)?;
    let (shared, now) = (state.clone(), state.clock.now());
    let replaced = state.database.write(move |transaction| {
        let (state, caller, roles) = (shared.clone(), caller.clone(), roles.clone());
        Box::pin(async move {
            let member = write::locked(transaction, id).await?.ok_or_else(policy::not_found)?;
            let authority = caller.authority();
            authority.require_over(&Grants::of(transaction, id).await?)?;
            authority.require_grants(&roles, &RoleCatalogue::load(transaction).await?)?;
            version.require(member.version)?;
            let before = write::roles_of(transaction, id).await?;
            write::replace_roles(transaction, &member, &roles, Some(caller.staff_id), now).await?;
            let mut row = member.into_active_model();
            write::touch(&mut row, now)?;
            let member = row.update(transaction).await?;
            let owner = SessionOwner::Staff(id);
            end_all(transaction, &state.random, owner, None, EndReason::RolesChanged, now).await?;
            let event = caller
                .event(Action::RolesChanged, id)
                .with(json!({"before": told(&before), "after": told(&roles)}));
            let answer = changed(transaction, member, None).await?;
            audit::append(transaction, &event, now).await?;
            Ok(answer)
        })
    });
    replaced.await
}

/// Ends every session of an account.
pub(super) async fn end_sessions(state: &AppState, caller: InCharge, id: Uuid) -> ApiResult<u64> {
    let (shared, now) = (state.clone(), state.clock.now());
    let ended = state.database.write(move |transaction| {
        let (state, caller) = (shared.clone(), caller.clone());
        Box::pin(async move {
            write::locked(transaction, id).await?.ok_or_else(policy::not_found)?;
            if !caller.authority().may_see(&Grants::of(transaction, id).await?) {
                return Err(policy::not_found());
            }
            let owner = SessionOwner::Staff(id);
            let count =
                end_all(transaction, &state.random, owner, None, EndReason::EndedByStaff, now).await?;
            let event = caller.event(Action::SessionEnded, id).with(json!({"sessions": count}));
            audit::append(transaction, &event, now).await?;
            Ok(count)
        })
    });
    ended.await
}

/// The roles there are.
pub(super) async fn roles(state: &AppState) -> ApiResult<Vec<Role>> {
    let catalogue = RoleCatalogue::load(state.database.reader()).await?;
    let shown = |(role, permissions): (&entity::role::Model, &std::collections::BTreeSet<String>)| Role {
        id: role.id.clone(),
        title: role.title.clone(),
        needs_second_factor: role.needs_second_factor,
        permissions: permissions.iter().cloned().collect(),
    };
    Ok(catalogue.in_order().into_iter().map(shown).collect())
}

fn held(roles: Vec<StaffRole>) -> ApiResult<Vec<RoleHeld>> {
    let mut held: Vec<RoleHeld> = roles
        .into_iter()
        .map(|role| RoleHeld { role_id: role.role_id, region_code: role.region_code })
        .collect();
    held.sort();
    held.dedup();
    if (1..=MOST_ROLES).contains(&held.len()) {
        return Ok(held);
    }
    let error = FieldError {
        pointer: "/roles".to_owned(),
        code: "bad_count".to_owned(),
        message: "请选择 1 到 50 个岗位；要收回全部岗位，请停用这个账号。".to_owned(),
    };
    Err(ApiError::Invalid { errors: vec![error] })
}

/// Roles as the audit log tells them.
pub(super) fn told(roles: &[RoleHeld]) -> Vec<String> {
    roles.iter().map(|role| format!("{}@{}", role.role_id, role.region_code)).collect()
}

async fn changed(
    transaction: &DatabaseTransaction,
    member: staff::Model,
    totp_uri: Option<String>,
) -> ApiResult<ChangedStaffMember> {
    let roles = Grants::of(transaction, member.id).await?;
    Ok(ChangedStaffMember { member: shown(member, &roles), totp_uri })
}

fn shown(member: staff::Model, roles: &Grants) -> StaffMember {
    let roles = roles
        .iter()
        .map(|role| StaffRole { role_id: role.role_id.clone(), region_code: role.region_code.clone() });
    StaffMember {
        id: member.id,
        username: member.username,
        display_name: member.display_name,
        status: status_of(member.status),
        has_totp: member.totp_confirmed_at.is_some(),
        roles: roles.collect(),
        version: member.version,
        created_at: *member.created_at,
        updated_at: *member.updated_at,
    }
}

fn status_of(status: staff::Status) -> &'static str {
    match status {
        staff::Status::Active => "active",
        staff::Status::Disabled => "disabled",
    }
}

impl From<StaffStatus> for staff::Status {
    fn from(status: StaffStatus) -> Self {
        match status {
            StaffStatus::Active => Self::Active,
            StaffStatus::Disabled => Self::Disabled,
        }
    }
}
