//! Changes of accounts, whoever makes them: the API or the command line.
//!
//! What must hold in every case is kept here: an installation never loses its last administrator, and
//! whoever reads the audit log manages no accounts (GB/T 22239: separable duties).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::anyhow;
use chrono::{DateTime, Utc};
use entity::{role, role_permission, staff, staff_role};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, SqlErr,
};
use uuid::Uuid;

use crate::error::{ApiError, ApiResult, FieldError};
use crate::identity::permission::{AssignRoles, ManageStaff, Permission, ReadAudit};
use crate::random::Random;

/// The role whose last holder stays.
pub const ADMIN: &str = "admin";
const SHORTEST_NAME: usize = 2;
const LONGEST_NAME: usize = 64;

/// A role held for a region and all below it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleHeld {
    /// Id of the role.
    pub role_id: String,
    /// Code of the region.
    pub region_code: String,
}

/// A new account.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// Log-in name in lower case.
    pub username: String,
    /// What colleagues call them.
    pub display_name: String,
    /// The password, hashed.
    pub password_hash: String,
}

/// All roles with what they permit.
#[derive(Clone, Debug)]
pub struct RoleCatalogue(BTreeMap<String, (role::Model, BTreeSet<String>)>);

impl RoleCatalogue {
    /// Reads all roles.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(connection: &impl ConnectionTrait) -> ApiResult<Self> {
        let mut roles: BTreeMap<String, (role::Model, BTreeSet<String>)> = BTreeMap::new();
        for role in role::Entity::find().all(connection).await? {
            roles.insert(role.id.clone(), (role, BTreeSet::new()));
        }
        for row in role_permission::Entity::find().all(connection).await? {
            if let Some((_, permissions)) = roles.get_mut(&row.role_id) {
                permissions.insert(row.permission);
            }
        }
        Ok(Self(roles))
    }

    /// The roles with their permissions, in the order of lists.
    pub fn in_order(&self) -> Vec<(&role::Model, &BTreeSet<String>)> {
        let mut roles: Vec<_> = self.0.values().map(|(role, permissions)| (role, permissions)).collect();
        roles.sort_by_key(|(role, _)| (role.position, &role.id));
        roles
    }

    /// What a role permits.
    ///
    /// # Errors
    /// 422 where there is no such role.
    pub fn permissions(&self, role_id: &str) -> ApiResult<&BTreeSet<String>> {
        self.0
            .get(role_id)
            .map(|(_, permissions)| permissions)
            .ok_or_else(|| invalid("/roles", "unknown_role", "没有这个岗位，请从岗位列表中选择。"))
    }

    /// Whether one of the roles demands a second factor.
    pub fn need_second_factor(&self, roles: &[RoleHeld]) -> bool {
        roles.iter().any(|held| self.0.get(&held.role_id).is_some_and(|(role, _)| role.needs_second_factor))
    }

    /// Refuses roles that one person may not hold together.
    fn require_separate_duties(&self, roles: &[RoleHeld]) -> ApiResult<()> {
        let holds = |permission: &str| {
            roles.iter().any(|held| {
                self.0.get(&held.role_id).is_some_and(|(_, permissions)| permissions.contains(permission))
            })
        };
        if holds(ReadAudit::NAME) && (holds(ManageStaff::NAME) || holds(AssignRoles::NAME)) {
            return Err(ApiError::Conflict {
                code: "duties_not_separate",
                detail: "审计岗位不能和管理账号、分配岗位的岗位由同一个人担任，请分给两个人。".into(),
            });
        }
        Ok(())
    }
}

/// Brings a log-in name into its one spelling.
///
/// # Errors
/// 422 where it cannot be one.
pub fn username(text: &str) -> ApiResult<String> {
    let name = text.trim().to_lowercase();
    let fits = (SHORTEST_NAME..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if fits {
        return Ok(name);
    }
    Err(invalid("/username", "bad_username", "用户名用 2 到 64 个英文字母、数字、点、横线组成。"))
}

/// Checks what colleagues will call somebody.
///
/// # Errors
/// 422 where it is empty or too long.
pub fn display_name(text: &str) -> ApiResult<String> {
    let name = text.trim();
    if (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(invalid("/display_name", "bad_display_name", "姓名要填写 1 到 64 个字。"))
}

/// Makes an account without roles.
///
/// # Errors
/// 409 where the log-in name is taken.
pub async fn create(
    transaction: &DatabaseTransaction,
    random: &Random,
    new: NewStaff,
    now: DateTime<Utc>,
) -> ApiResult<staff::Model> {
    let taken = staff::Entity::find().filter(staff::Column::Username.eq(&new.username));
    if taken.one(transaction).await?.is_some() {
        return Err(name_taken());
    }
    let member = staff::Model {
        id: random.id(now),
        username: new.username,
        display_name: new.display_name,
        password_hash: new.password_hash,
        password_changed_at: now.into(),
        totp_cell: None,
        totp_confirmed_at: None,
        totp_last_step: None,
        security_stamp: random.stamp(),
        status: staff::Status::Active,
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    let inserted = staff::Entity::insert(member.clone().into_active_model());
    match inserted.exec_without_returning(transaction).await {
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            Err(name_taken())
        }
        outcome => Ok(outcome.map(|_| member)?),
    }
}

/// The account, locked until the end of the transaction.
///
/// # Errors
/// When the database fails.
pub async fn locked(transaction: &DatabaseTransaction, staff_id: Uuid) -> ApiResult<Option<staff::Model>> {
    Ok(staff::Entity::find_by_id(staff_id).lock_exclusive().one(transaction).await?)
}

/// Gives an account exactly these roles. What it held already keeps the day it was granted.
///
/// # Errors
/// 409 where nobody would be left to administer, or duties would not be separate; 422 for a role or region
/// that does not exist.
pub async fn replace_roles(
    transaction: &DatabaseTransaction,
    member: &staff::Model,
    roles: &[RoleHeld],
    granted_by: Option<Uuid>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let catalogue = RoleCatalogue::load(transaction).await?;
    catalogue.require_separate_duties(roles)?;
    for held in roles {
        catalogue.permissions(&held.role_id)?;
        let region = entity::region::Entity::find_by_id(&held.region_code).one(transaction).await?;
        if region.is_none() {
            return Err(invalid("/roles", "unknown_region", "没有这个区划代码，请检查后重试。"));
        }
    }
    if !roles.iter().any(|held| held.role_id == ADMIN) {
        require_another_admin(transaction, member).await?;
    }
    let before =
        staff_role::Entity::find().filter(staff_role::Column::StaffId.eq(member.id)).all(transaction).await?;
    let wanted: BTreeSet<(&str, &str)> =
        roles.iter().map(|held| (held.role_id.as_str(), held.region_code.as_str())).collect();
    let held: BTreeSet<(&str, &str)> =
        before.iter().map(|row| (row.role_id.as_str(), row.region_code.as_str())).collect();
    for (role_id, region_code) in held.difference(&wanted) {
        let key = (member.id, (*role_id).to_owned(), (*region_code).to_owned());
        staff_role::Entity::delete_by_id(key).exec(transaction).await?;
    }
    for (role_id, region_code) in wanted.difference(&held) {
        let row = staff_role::Model {
            staff_id: member.id,
            role_id: (*role_id).to_owned(),
            region_code: (*region_code).to_owned(),
            granted_at: now.into(),
            granted_by,
        };
        staff_role::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// The roles an account holds.
///
/// # Errors
/// When the database fails.
pub async fn roles_of(connection: &impl ConnectionTrait, staff_id: Uuid) -> ApiResult<Vec<RoleHeld>> {
    let rows = staff_role::Entity::find()
        .filter(staff_role::Column::StaffId.eq(staff_id))
        .order_by_asc(staff_role::Column::RoleId)
        .order_by_asc(staff_role::Column::RegionCode)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| RoleHeld { role_id: row.role_id, region_code: row.region_code }).collect())
}

/// Lets an account log in or not.
///
/// # Errors
/// 409 where nobody would be left to administer.
pub async fn set_status(
    transaction: &DatabaseTransaction,
    member: staff::Model,
    status: staff::Status,
    now: DateTime<Utc>,
) -> ApiResult<staff::Model> {
    if status == staff::Status::Disabled {
        require_another_admin(transaction, &member).await?;
    }
    let mut row = member.into_active_model();
    row.status = ActiveValue::Set(status);
    touch(&mut row, now)?;
    Ok(row.update(transaction).await?)
}

/// Raises the version of an account that changed.
///
/// # Errors
/// When the row was read without its version.
pub fn touch(row: &mut staff::ActiveModel, now: DateTime<Utc>) -> ApiResult<()> {
    let version = row.version.clone().take().ok_or_else(|| anyhow!("an account came without its version"))?;
    row.version = ActiveValue::Set(version + 1);
    row.updated_at = ActiveValue::Set(now.into());
    Ok(())
}

/// Refuses to take the installation's last administrator away.
async fn require_another_admin(transaction: &DatabaseTransaction, member: &staff::Model) -> ApiResult<()> {
    // Locked, so that two administrators who remove each other at once do not both succeed.
    let holders: BTreeSet<Uuid> = staff_role::Entity::find()
        .filter(staff_role::Column::RoleId.eq(ADMIN))
        .order_by_asc(staff_role::Column::StaffId)
        .lock_exclusive()
        .all(transaction)
        .await?
        .into_iter()
        .map(|row| row.staff_id)
        .collect();
    if !holders.contains(&member.id) {
        return Ok(());
    }
    let others = staff::Entity::find()
        .filter(staff::Column::Id.is_in(holders.into_iter().filter(|id| *id != member.id)))
        .filter(staff::Column::Status.eq(staff::Status::Active))
        .one(transaction)
        .await?;
    if others.is_some() {
        return Ok(());
    }
    Err(ApiError::Conflict {
        code: "last_admin",
        detail: "这是最后一位系统管理员，请先指定另一位系统管理员。".into(),
    })
}

fn name_taken() -> ApiError {
    ApiError::Conflict {
        code: "username_taken", detail: "这个用户名已经有人使用，请换一个。".into()
    }
}

fn invalid(pointer: &str, code: &str, message: &str) -> ApiError {
    let error =
        FieldError { pointer: pointer.to_owned(), code: code.to_owned(), message: message.to_owned() };
    ApiError::Invalid { errors: vec![error] }
}
