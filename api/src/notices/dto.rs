use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct NoticesParameters {
    /// `true` leaves out what was read.
    #[param(value_type = Option<bool>, default = false)]
    pub(super) unread: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Most notices of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}

/// What the resident was told, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticeList {
    pub(super) items: Vec<ResidentNotice>,
    /// How many were not read, on all pages.
    pub(super) unread: u64,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// Something that the resident was told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResidentNotice {
    pub(super) id: Uuid,
    /// Such as `registration_confirmed`.
    #[schema(example = "registration_confirmed")]
    pub(super) kind: String,
    #[schema(example = "报名成功")]
    pub(super) title: String,
    pub(super) body: String,
    /// Query of the page that a tap opens, without `?`.
    #[schema(example = "id=019ab1c2-0000-7000-8000-000000000001")]
    pub(super) page_query: Option<String>,
    /// Kind of what it is about, such as `registration`.
    pub(super) subject_kind: String,
    pub(super) subject_id: String,
    pub(super) at: DateTime<Utc>,
    pub(super) read: bool,
}

/// What was read. Either `ids` or `until`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NoticesRead {
    /// These notices.
    #[schema(max_items = 100)]
    pub(super) ids: Option<Vec<Uuid>>,
    /// Everything not newer than this: `at` of the newest that was on the screen, so that what came
    /// meanwhile stays unread.
    pub(super) until: Option<DateTime<Utc>>,
}

/// What is left.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticesLeft {
    /// How many are not read yet.
    pub(super) unread: u64,
}
