use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What somebody thought, in stars from 1 to 5.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewFeedback {
    /// Whose opinion it is; may be missing where one person is registered.
    pub(super) person_id: Option<Uuid>,
    #[schema(minimum = 1, maximum = 5)]
    pub(super) overall: i32,
    /// Whether one learned something.
    #[schema(minimum = 1, maximum = 5)]
    pub(super) content: Option<i32>,
    #[schema(minimum = 1, maximum = 5)]
    pub(super) lecturer: Option<i32>,
    /// Place, seats, sound.
    #[schema(minimum = 1, maximum = 5)]
    pub(super) venue: Option<i32>,
    /// What else is to be said.
    #[schema(max_length = 500)]
    pub(super) comment: Option<String>,
}

/// The answers of one registration.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnFeedbackList {
    pub(super) items: Vec<OwnFeedback>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// An answer as whoever gave it sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnFeedback {
    pub(super) person_id: Uuid,
    pub(super) overall: i32,
    pub(super) content: Option<i32>,
    pub(super) lecturer: Option<i32>,
    pub(super) venue: Option<i32>,
    pub(super) comment: Option<String>,
    pub(super) given_at: DateTime<Utc>,
    /// May be changed until then.
    pub(super) changeable_until: DateTime<Utc>,
}

/// What people thought of an activity.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FeedbackSummary {
    /// How many answered.
    pub(super) answers: u64,
    /// The means, once at least ten answered.
    pub(super) mean: Option<FeedbackMean>,
    /// The same in a sentence.
    #[schema(example = "12 人评价，平均 4.6 分（满分 5 分）。")]
    pub(super) text: String,
}

/// Means of the stars, 1 to 5, to one decimal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FeedbackMean {
    pub(super) overall: f64,
    /// Absent where fewer than ten answered this.
    pub(super) content: Option<f64>,
    pub(super) lecturer: Option<f64>,
    pub(super) venue: Option<f64>,
}

/// What people wrote, without names, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FeedbackCommentList {
    pub(super) items: Vec<FeedbackComment>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// What one person wrote.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FeedbackComment {
    pub(super) overall: i32,
    pub(super) comment: String,
    pub(super) given_at: DateTime<Utc>,
}

/// Which part of the list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CommentsParameters {
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Most answers that are looked through for one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}
