//! The member of staff who keeps huts, and the bounds within which they may.

use actix_web::HttpRequest;
use entity::hut;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QuerySelect};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::audit::{Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{Limit, given, limit};
use crate::identity::caller::Permitted;
use crate::identity::origin::Origin;
use crate::identity::permission::KeepHuts;
use crate::privacy::access_log::{Reader, Reading, What, Why};
use crate::regions::RegionScope;

/// Bounds of every list of huts and what belongs to them.
const PAGE: Limit = Limit { default: 20, most: 100 };

/// Who keeps huts, kept while the transaction runs.
#[derive(Clone, Debug)]
pub(super) struct InCharge {
    pub(super) staff_id: Uuid,
    pub(super) scope: RegionScope,
    display_name: String,
    origin: Origin,
}

impl InCharge {
    pub(super) fn new(caller: &Permitted<KeepHuts>, request: &HttpRequest) -> Self {
        Self {
            staff_id: caller.staff_id,
            scope: caller.scope().clone(),
            display_name: caller.display_name.clone(),
            origin: Origin::of(request),
        }
    }

    /// What a person finds in the list of who read, whom this member looked for at a hut.
    pub(super) fn reading(&self, person_id: Uuid) -> Reading {
        let reader = Reader::staff(self.staff_id, &self.display_name);
        Reading { person_id, reader, what: What::Profile, why: Why::Hut }
    }

    /// Something this member did to a row.
    pub(super) fn event(&self, action: Action, table: &'static str, id: Uuid, region: &str) -> AuditEvent {
        self.origin.event(action, Actor::Staff(self.staff_id)).on(table, id).in_region(region)
    }

    /// A hut in the member's regions.
    pub(super) async fn hut(&self, connection: &impl ConnectionTrait, id: Uuid) -> ApiResult<hut::Model> {
        self.own(hut::Entity::find_by_id(id).one(connection).await?)
    }

    /// As [`InCharge::hut`], locked until the transaction ends.
    pub(super) async fn locked_hut(
        &self,
        transaction: &DatabaseTransaction,
        id: Uuid,
    ) -> ApiResult<hut::Model> {
        self.own(hut::Entity::find_by_id(id).lock_exclusive().one(transaction).await?)
    }

    fn own(&self, row: Option<hut::Model>) -> ApiResult<hut::Model> {
        row.filter(|hut| self.scope.covers(&hut.region_code)).ok_or_else(not_found)
    }
}

/// The condition that a row lies in one's regions.
pub(super) fn within(scope: &RegionScope, region_code: impl ColumnTrait) -> Condition {
    let everywhere = scope.is_everywhere();
    Condition::all().add_option((!everywhere).then(|| region_code.is_in(scope.codes())))
}

/// 404 about what is not there or not for this caller.
pub(super) fn not_found() -> ApiError {
    ApiError::NotFound {
        code: "not_found", detail: "没有找到，或者不在您负责的区域内。".into()
    }
}

/// The version of a row after an edit.
pub(super) fn next_version(version: i32) -> ApiResult<i32> {
    version.checked_add(1).ok_or_else(|| ApiError::Internal(anyhow::anyhow!("a version ran out")))
}

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParameters {
    /// `next` of the page before
    cursor: Option<String>,
    /// How many, 20 by default
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Option<String>,
}

/// A page of a list that is ordered by id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    after: Option<Uuid>,
    limit: usize,
}

impl Page {
    pub(super) fn read(parameters: &PageParameters) -> ApiResult<Self> {
        let after = given(parameters.cursor.as_deref())
            .map(str::parse)
            .transpose()
            .map_err(|_not_an_id| ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。"))?;
        Ok(Self { after, limit: limit(parameters.limit.as_deref(), PAGE)? })
    }

    /// The condition of the rows that come after the page before.
    pub(super) fn begins(self, id: impl ColumnTrait) -> Condition {
        Condition::all().add_option(self.after.map(|after| id.gt(after)))
    }

    /// The same for a list that is ordered backwards.
    pub(super) fn begins_backwards(self, id: impl ColumnTrait) -> Condition {
        Condition::all().add_option(self.after.map(|after| id.lt(after)))
    }

    /// As many rows as are asked for, to learn whether there is another page.
    pub(super) fn ask_for(self) -> u64 {
        self.limit as u64 + 1
    }

    /// Cuts off the row too many; the cursor of the next page.
    pub(super) fn cut<T>(self, rows: &mut Vec<T>, id: impl Fn(&T) -> Uuid) -> Option<String> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        rows.last().filter(|_| more).map(|last| id(last).to_string())
    }
}
