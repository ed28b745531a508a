//! Who runs an activity.

use entity::{activity, activity_team};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, QuerySelect};
use uuid::Uuid;

use crate::audit::{Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::identity::caller::Permitted;
use crate::identity::origin::Origin;
use crate::identity::permission::HostActivities;
use crate::privacy::access_log::Reader;
use crate::regions::RegionScope;

/// A member of staff who runs activities, kept while a transaction runs.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) staff_id: Uuid,
    display_name: String,
    scope: RegionScope,
    origin: Origin,
}

impl Host {
    pub(crate) fn new(caller: &Permitted<HostActivities>, origin: Origin) -> Self {
        Self {
            staff_id: caller.staff_id,
            display_name: caller.display_name.clone(),
            scope: caller.scope().clone(),
            origin,
        }
    }

    /// The activity, if it is in the region of the host or the host is in its team.
    ///
    /// # Errors
    /// 404 for any other.
    pub(crate) async fn activity(
        &self,
        connection: &impl ConnectionTrait,
        activity_id: i32,
    ) -> ApiResult<activity::Model> {
        let activity = activity::Entity::find_by_id(activity_id).one(connection).await?;
        let activity = activity.ok_or_else(no_such_activity)?;
        if self.scope.covers(&activity.region_code) {
            return Ok(activity);
        }
        let in_team = activity_team::Entity::find_by_id((activity_id, self.staff_id)).one(connection).await?;
        in_team.map(|_| activity).ok_or_else(no_such_activity)
    }

    /// As [`Host::activity`], and nobody changes the activity or its seats until the transaction ends. It
    /// stands first in a transaction, as in those that give seats back, so that two never wait for each other.
    ///
    /// # Errors
    /// As [`Host::activity`].
    pub(crate) async fn locked_activity(
        &self,
        transaction: &DatabaseTransaction,
        activity_id: i32,
    ) -> ApiResult<activity::Model> {
        lock(transaction, activity_id).await?;
        self.activity(transaction, activity_id).await
    }

    /// Something that the host did at an activity.
    pub(crate) fn event(&self, action: Action, activity: &activity::Model) -> AuditEvent {
        self.origin
            .event(action, Actor::Staff(self.staff_id))
            .on("activity", activity.id)
            .in_region(&activity.region_code)
    }

    /// As whom people whose data the host reads know the host.
    pub(crate) fn reader(&self) -> Reader {
        Reader::staff(self.staff_id, &self.display_name)
    }
}

/// Keeps an activity as it is until the transaction ends. SQLite has one writer and ignores the lock.
pub(crate) async fn lock(transaction: &DatabaseTransaction, activity_id: i32) -> ApiResult<()> {
    activity::Entity::find_by_id(activity_id).lock_shared().one(transaction).await?;
    Ok(())
}

fn no_such_activity() -> ApiError {
    ApiError::NotFound {
        code: "not_found", detail: "没有找到这个活动，或者不在您负责的区域内。".into()
    }
}
