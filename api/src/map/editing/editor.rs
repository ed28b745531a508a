//! Members of staff at work on the map of their region and below.

use std::collections::HashMap;

use actix_web::HttpRequest;
use entity::staff;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use crate::audit::{Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::identity::caller::Permitted;
use crate::identity::origin::Origin;
use crate::identity::permission::{EditMap, Permission, ReviewMap};
use crate::map::edit::Authorship;
use crate::regions::RegionScope;
use crate::state::AppState;

/// Who does something to the map, kept while the transaction runs.
#[derive(Clone, Debug)]
pub(in crate::map) struct Editor {
    pub(in crate::map) staff_id: Uuid,
    /// Where the permission holds that the handler asked for.
    pub(in crate::map) scope: RegionScope,
    edits: Option<RegionScope>,
    reviews: Option<RegionScope>,
    origin: Origin,
}

impl Editor {
    pub(in crate::map) fn new<P: Permission>(
        caller: &Permitted<P>,
        request: &HttpRequest,
        state: &AppState,
    ) -> Self {
        let tree = state.regions.current();
        Self {
            staff_id: caller.staff_id,
            scope: caller.scope().clone(),
            edits: caller.grants().scope_of(EditMap::NAME, &tree),
            reviews: caller.grants().scope_of(ReviewMap::NAME, &tree),
            origin: Origin::of(request),
        }
    }

    /// Whether they may both change and review what lies in a region.
    pub(super) fn decides_alone(&self, region_code: &str) -> bool {
        let covers =
            |scope: &Option<RegionScope>| scope.as_ref().is_some_and(|scope| scope.covers(region_code));
        covers(&self.edits) && covers(&self.reviews)
    }

    /// Refuses to touch a place that everybody can see and that is not theirs.
    ///
    /// # Errors
    /// 403.
    pub(in crate::map) fn require(&self, region_code: &str) -> ApiResult<()> {
        if self.scope.covers(region_code) {
            return Ok(());
        }
        Err(ApiError::Forbidden {
            code: "another_region",
            detail: "这个地点不在您负责的区域内，请联系当地的工作人员修改。".into(),
        })
    }

    /// The region of a new place that names none: their own, where it is one street or community. In the
    /// codes of anything larger the last six digits are zero.
    pub(in crate::map) fn own_region(&self) -> Option<&str> {
        match self.scope.granted() {
            [only] if !only.ends_with("000000") => Some(only),
            _ => None,
        }
    }

    /// How an edit of theirs is signed.
    pub(super) fn authorship(&self, note: Option<String>) -> Authorship {
        Authorship { staff_id: Some(self.staff_id), note }
    }

    /// Something they did in a region.
    pub(super) fn event(&self, action: Action, region_code: &str) -> AuditEvent {
        self.origin.event(action, Actor::Staff(self.staff_id)).in_region(region_code)
    }

    /// A change of a place of theirs.
    pub(super) fn change(&self, what: &str, feature_id: i32, region_code: &str) -> AuditEvent {
        self.event(Action::MapChanged, region_code).on("feature", feature_id).with(json!({"change": what}))
    }
}

/// What colleagues call these members of staff.
///
/// # Errors
/// When the database fails.
pub(super) async fn names(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> ApiResult<HashMap<Uuid, String>> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String)> = staff::Entity::find()
        .select_only()
        .column(staff::Column::Id)
        .column(staff::Column::DisplayName)
        .filter(staff::Column::Id.is_in(ids))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}
