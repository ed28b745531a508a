use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StaffListParameters {
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Most entries of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}

/// Members of staff in the caller's region and below.
#[derive(Serialize, ToSchema)]
pub(super) struct StaffList {
    pub(super) items: Vec<StaffMember>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// A member of staff.
#[derive(Serialize, ToSchema)]
pub(super) struct StaffMember {
    pub(super) id: Uuid,
    /// Log-in name.
    #[schema(example = "li.si")]
    pub(super) username: String,
    /// What colleagues call them.
    #[schema(example = "李四")]
    pub(super) display_name: String,
    /// `active` or `disabled`.
    pub(super) status: &'static str,
    /// Whether a second factor is bound.
    pub(super) has_totp: bool,
    /// The roles held.
    pub(super) roles: Vec<StaffRole>,
    /// Grows by one with every change; for `If-Match`.
    pub(super) version: i32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// A role held for a region and all below it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StaffRole {
    /// Id of the role.
    #[schema(example = "editor")]
    pub(super) role_id: String,
    /// Statistical code of 12 digits.
    #[schema(example = "440307009000")]
    pub(super) region_code: String,
}

/// A new member of staff.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewStaffMember {
    /// Log-in name: letters, digits, `.`, `_`, `-`.
    #[schema(min_length = 2, max_length = 64)]
    pub(super) username: String,
    #[schema(min_length = 1, max_length = 64)]
    pub(super) display_name: String,
    /// First password, to be changed by its owner.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    pub(super) password: String,
    /// At least one role.
    #[schema(min_items = 1, max_items = 50)]
    pub(super) roles: Vec<StaffRole>,
}

/// What is to be changed; what is missing stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StaffChange {
    #[schema(min_length = 1, max_length = 64)]
    pub(super) display_name: Option<String>,
    /// A disabled account cannot log in, and its sessions end at once.
    pub(super) status: Option<StaffStatus>,
    /// Another password; the sessions end.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    pub(super) password: Option<String>,
    /// Whether to bind another authenticator, where the old one is lost; the sessions end.
    #[serde(default)]
    pub(super) reset_totp: bool,
}

/// Whether an account may log in.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum StaffStatus {
    Active,
    Disabled,
}

/// All roles of an account, in place of those it holds.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StaffRoles {
    /// At least one; whoever shall have none is disabled.
    #[schema(min_items = 1, max_items = 50)]
    pub(super) roles: Vec<StaffRole>,
}

/// A member of staff after a change.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangedStaffMember {
    #[serde(flatten)]
    pub(super) member: StaffMember,
    /// For the authenticator of the member, where a new one is to be bound. Shown once.
    pub(super) totp_uri: Option<String>,
}

/// How many sessions ended.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionsEnded {
    pub(super) sessions: u64,
}

/// The roles there are.
#[derive(Serialize, ToSchema)]
pub(super) struct RoleList {
    pub(super) items: Vec<Role>,
    /// Always `null`: all roles come at once.
    pub(super) next: Option<String>,
}

/// A role.
#[derive(Serialize, ToSchema)]
pub(super) struct Role {
    #[schema(example = "editor")]
    pub(super) id: String,
    #[schema(example = "编辑")]
    pub(super) title: String,
    /// Whether its holders need a second factor.
    pub(super) needs_second_factor: bool,
    /// What it permits.
    pub(super) permissions: Vec<String>,
}
