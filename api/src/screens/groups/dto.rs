use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A group of screens.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScreenGroup {
    pub(super) id: Uuid,
    pub(super) region_code: String,
    pub(super) name: String,
    pub(super) screen_ids: Vec<Uuid>,
    /// Grows by one with every change; for `If-Match`.
    pub(super) version: i32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// Groups, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScreenGroupList {
    pub(super) items: Vec<ScreenGroup>,
    /// For the parameter `cursor`; null on the last page.
    pub(super) next: Option<String>,
}

/// A new group.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewScreenGroup {
    /// Every screen of the group stands in it or below.
    #[schema(example = "440307009000")]
    pub(super) region_code: String,
    #[schema(min_length = 1, max_length = 40)]
    pub(super) name: String,
    #[serde(default)]
    #[schema(max_items = 500)]
    pub(super) screen_ids: Vec<Uuid>,
}

/// A group as it shall be.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScreenGroupChange {
    #[schema(min_length = 1, max_length = 40)]
    pub(super) name: String,
    #[schema(max_items = 500)]
    pub(super) screen_ids: Vec<Uuid>,
}
