//! What a member of staff may do, and where: their roles with the permissions of each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use entity::{role, role_permission, staff_role};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::error::ApiResult;
use crate::regions::{RegionScope, RegionTree};

/// One role held for one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Id of the role.
    pub role_id: String,
    /// The region it is held for, with all below.
    pub region_code: String,
    /// Whether the role demands a second factor.
    pub needs_second_factor: bool,
    /// What it permits.
    pub permissions: BTreeSet<String>,
}

/// All roles of a member of staff.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(Vec<Grant>);

#[derive(Debug, FromQueryResult)]
struct GrantRow {
    staff_id: Uuid,
    role_id: String,
    region_code: String,
    needs_second_factor: bool,
    permission: Option<String>,
}

impl Grants {
    /// Reads the roles of one member of staff.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(connection: &impl ConnectionTrait, staff_id: Uuid) -> ApiResult<Self> {
        Ok(Self::of_all(connection, &[staff_id]).await?.remove(&staff_id).unwrap_or_default())
    }

    /// Reads the roles of several; who holds none is missing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of_all(
        connection: &impl ConnectionTrait,
        staff_ids: &[Uuid],
    ) -> ApiResult<BTreeMap<Uuid, Self>> {
        let mut grants: BTreeMap<Uuid, Self> = BTreeMap::new();
        for row in connection.query_all(&select(staff_ids)).await? {
            let row = GrantRow::from_query_result(&row, "")?;
            grants.entry(row.staff_id).or_default().add(row);
        }
        Ok(grants)
    }

    /// Rows come sorted, so those of one role for one region follow each other.
    fn add(&mut self, row: GrantRow) {
        match self.0.last_mut() {
            Some(last) if last.role_id == row.role_id && last.region_code == row.region_code => {
                last.permissions.extend(row.permission);
            }
            _ => self.0.push(Grant {
                role_id: row.role_id,
                region_code: row.region_code,
                needs_second_factor: row.needs_second_factor,
                permissions: row.permission.into_iter().collect(),
            }),
        }
    }

    /// The roles one by one.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the roles demands a second factor.
    pub fn need_second_factor(&self) -> bool {
        self.0.iter().any(|grant| grant.needs_second_factor)
    }

    /// Where the permission is held; `None` where it is not held at all.
    pub fn scope_of(&self, permission: &str, tree: &Arc<RegionTree>) -> Option<RegionScope> {
        let mut regions = self
            .0
            .iter()
            .filter(|grant| grant.permissions.contains(permission))
            .map(|grant| grant.region_code.clone())
            .peekable();
        regions.peek()?;
        Some(RegionScope::new(Arc::clone(tree), regions))
    }
}

fn select(staff_ids: &[Uuid]) -> SelectStatement {
    let held = |column| (staff_role::Entity, column);
    Query::select()
        .column(held(staff_role::Column::StaffId))
        .column(held(staff_role::Column::RoleId))
        .column(held(staff_role::Column::RegionCode))
        .column((role::Entity, role::Column::NeedsSecondFactor))
        .column((role_permission::Entity, role_permission::Column::Permission))
        .from(staff_role::Entity)
        .inner_join(
            role::Entity,
            Expr::col((role::Entity, role::Column::Id)).equals(held(staff_role::Column::RoleId)),
        )
        .left_join(
            role_permission::Entity,
            Expr::col((role_permission::Entity, role_permission::Column::RoleId))
                .equals(held(staff_role::Column::RoleId)),
        )
        .and_where(Expr::col(held(staff_role::Column::StaffId)).is_in(staff_ids.iter().copied()))
        .order_by(held(staff_role::Column::StaffId), sea_orm::Order::Asc)
        .order_by((role::Entity, role::Column::Position), sea_orm::Order::Asc)
        .order_by(held(staff_role::Column::RoleId), sea_orm::Order::Asc)
        .order_by(held(staff_role::Column::RegionCode), sea_orm::Order::Asc)
        .to_owned()
}
