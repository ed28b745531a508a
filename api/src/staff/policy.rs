//! Who may change whose account, and grant which role.

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use super::write::{RoleCatalogue, RoleHeld};
use crate::error::{ApiError, ApiResult};
use crate::identity::grants::Grants;
use crate::identity::permission::{AssignAnyRole, AssignRoles, Permission};
use crate::regions::{RegionScope, RegionTree};

/// What somebody in charge may do to the accounts of others.
pub(super) struct Authority<'c> {
    /// Who it is.
    pub(super) staff_id: Uuid,
    /// Where their permission to do it reaches.
    pub(super) scope: &'c RegionScope,
    /// All their roles.
    pub(super) grants: &'c Grants,
    /// The tree of regions.
    pub(super) tree: Arc<RegionTree>,
}

impl Authority<'_> {
    /// Whether a role reaches no further than what the holder of this authority has, so that nobody can give
    /// a helper, or a second account, more than they have themselves.
    fn may_grant(&self, permissions: &BTreeSet<String>, region_code: &str) -> bool {
        let reaches = |permission: &str| {
            self.grants.scope_of(permission, &self.tree).is_some_and(|scope| scope.covers(region_code))
        };
        reaches(AssignAnyRole::NAME)
            || (reaches(AssignRoles::NAME) && permissions.iter().all(|permission| reaches(permission)))
    }

    /// Whether an account with these roles may be seen: one of them is held in the region of the authority.
    /// An account without roles is seen only by whoever is in charge of everything.
    pub(super) fn may_see(&self, roles: &Grants) -> bool {
        roles.iter().any(|role| self.scope.covers(&role.region_code)) || self.scope.is_everywhere()
    }

    /// Refuses to change an account that reaches further than the authority does.
    ///
    /// # Errors
    /// 403, or 404 where the account may not even be seen.
    pub(super) fn require_over(&self, roles: &Grants) -> ApiResult<()> {
        if !self.may_see(roles) {
            return Err(not_found());
        }
        if roles.iter().all(|role| self.may_grant(&role.permissions, &role.region_code)) {
            return Ok(());
        }
        Err(ApiError::Forbidden {
            code: "beyond_authority",
            detail: "这个账号的岗位超出您的权限范围，请联系上级管理员。".into(),
        })
    }

    /// Refuses to grant a role beyond the authority.
    ///
    /// # Errors
    /// 404 for a region outside, 403 for a role above.
    pub(super) fn require_grants(&self, roles: &[RoleHeld], catalogue: &RoleCatalogue) -> ApiResult<()> {
        for role in roles {
            self.scope.require(&role.region_code)?;
            let permissions = catalogue.permissions(&role.role_id)?;
            if !self.may_grant(permissions, &role.region_code) {
                return Err(ApiError::Forbidden {
                    code: "beyond_authority",
                    detail: "不能授予超出自己权限的岗位，请联系上级管理员。".into(),
                });
            }
        }
        Ok(())
    }

    /// Refuses to do this to oneself.
    ///
    /// # Errors
    /// 403.
    pub(super) fn require_other(&self, staff_id: Uuid) -> ApiResult<()> {
        if staff_id != self.staff_id {
            return Ok(());
        }
        Err(ApiError::Forbidden {
            code: "own_account",
            detail: "不能修改自己的岗位、状态或在这里重置自己的密码，请由另一位管理员操作。".into(),
        })
    }
}

/// 404: no such account, or none the caller may know of.
pub(super) fn not_found() -> ApiError {
    ApiError::NotFound {
        code: "not_found", detail: "没有找到这个工作人员，或者不在您负责的区域内。".into()
    }
}
