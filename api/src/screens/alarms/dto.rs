use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Screens that are silent, in the order of their ids.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScreenAlarmList {
    pub(super) items: Vec<ScreenAlarm>,
    /// For the parameter `cursor`; null on the last page.
    pub(super) next: Option<String>,
}

/// A screen that is silent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ScreenAlarm {
    pub(super) screen_id: Uuid,
    pub(super) region_code: String,
    pub(super) name: String,
    /// Where it hangs, in words.
    pub(super) place: Option<String>,
    /// When it was heard of last, or paired.
    pub(super) silent_since: DateTime<Utc>,
    pub(super) told_at: DateTime<Utc>,
    #[schema(example = "“大堂”从11月27日10:02起没有消息，请看看电源和网络。")]
    pub(super) text: String,
}
