//! The health officer who follows up, and whose records they may see.

use actix_web::HttpRequest;
use uuid::Uuid;

use crate::audit::{Action, Actor, AuditEvent};
use crate::error::ApiError;
use crate::identity::caller::Permitted;
use crate::identity::origin::Origin;
use crate::identity::permission::{ManageFollowUps, ReadHealth};
use crate::privacy::access_log::{Reader, Reading, What, Why};

/// A health officer, kept while a transaction runs.
#[derive(Clone, Debug)]
pub(super) struct Officer {
    pub(super) staff_id: Uuid,
    display_name: String,
    communities: Vec<String>,
    origin: Origin,
}

impl Officer {
    pub(super) fn new(
        caller: &Permitted<ManageFollowUps>,
        health: &Permitted<ReadHealth>,
        request: &HttpRequest,
    ) -> Self {
        let sees = |region: &&String| health.scope().granted().contains(*region);
        Self {
            staff_id: caller.staff_id,
            display_name: caller.display_name.clone(),
            communities: caller.scope().granted().iter().filter(sees).cloned().collect(),
            origin: Origin::of(request),
        }
    }

    /// The communities of which this is the officer. A post for a whole district is none for each of its
    /// communities: residents share with the officers of their own, and with nobody above.
    pub(super) fn communities(&self) -> &[String] {
        &self.communities
    }

    /// Something this officer did for a person.
    pub(super) fn event(&self, action: Action, table: &'static str, id: Uuid, region: &str) -> AuditEvent {
        self.origin.event(action, Actor::Staff(self.staff_id)).on(table, id).in_region(region)
    }

    /// What the person finds in the list of who read.
    pub(super) fn reading(&self, person_id: Uuid) -> Reading {
        let reader = Reader::staff(self.staff_id, &self.display_name);
        Reading { person_id, reader, what: What::Records, why: Why::FollowUp }
    }
}

/// One answer for who does not exist, lives elsewhere or does not share.
pub(super) fn not_shared() -> ApiError {
    ApiError::NotFound {
        code: "not_shared",
        detail: "没有找到这位居民，或者居民没有把健康档案提供给您所在社区的健康专干。".into(),
    }
}
