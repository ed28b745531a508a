use chrono::{DateTime, Utc};
use entity::moderation_item::{self, Kind, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::service::Item;

/// What is moderated.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ModerationKind {
    /// A text.
    Text,
    /// A picture.
    Image,
}

/// Whether others may see it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ModerationState {
    /// WeChat is looking at it.
    Checking,
    /// They may.
    Pass,
    /// A person has to look at it.
    PendingReview,
    /// They may not.
    Rejected,
    /// Something newer took its place.
    Superseded,
}

/// A text or picture, without its author.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ModerationItem {
    id: Uuid,
    kind: ModerationKind,
    /// Where it is shown.
    #[schema(example = "nickname")]
    purpose: String,
    /// Kind of what it belongs to.
    subject_kind: String,
    /// Region of the author.
    region_code: Option<String>,
    state: ModerationState,
    /// What was found, such as `words.advertising` or `wechat.20002`; `unchecked` where nothing could
    /// be found out.
    label: Option<String>,
    /// The text, while somebody has to read it.
    text: Option<String>,
    created_at: DateTime<Utc>,
    reviewed_at: Option<DateTime<Utc>>,
    /// What the reviewer says to the author.
    reason: Option<String>,
}

/// Items, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ModerationItemList {
    pub(super) items: Vec<ModerationItem>,
    /// For the parameter `cursor`; null on the last page.
    pub(super) next: Option<String>,
}

/// Which items are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ModerationParameters {
    /// `pending_review` by default
    #[param(inline)]
    pub(super) state: Option<ModerationState>,
    /// `next` of the page before
    pub(super) cursor: Option<Uuid>,
    /// How many, 20 by default
    #[param(minimum = 1, maximum = 100)]
    pub(super) limit: Option<u64>,
}

/// Why something is rejected.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rejection {
    /// In words for the author.
    #[schema(min_length = 1, max_length = 100)]
    pub(super) reason: String,
}

impl From<ModerationState> for State {
    fn from(state: ModerationState) -> Self {
        match state {
            ModerationState::Checking => Self::Checking,
            ModerationState::Pass => Self::Pass,
            ModerationState::PendingReview => Self::PendingReview,
            ModerationState::Rejected => Self::Rejected,
            ModerationState::Superseded => Self::Superseded,
        }
    }
}

impl From<State> for ModerationState {
    fn from(state: State) -> Self {
        match state {
            State::Checking => Self::Checking,
            State::Pass => Self::Pass,
            State::PendingReview => Self::PendingReview,
            State::Rejected => Self::Rejected,
            State::Superseded => Self::Superseded,
        }
    }
}

impl From<moderation_item::Model> for ModerationItem {
    fn from(row: moderation_item::Model) -> Self {
        Item { row, text: None }.into()
    }
}

impl From<Item> for ModerationItem {
    fn from(Item { row, text }: Item) -> Self {
        Self {
            id: row.id,
            kind: match row.kind {
                Kind::Text => ModerationKind::Text,
                Kind::Image => ModerationKind::Image,
            },
            purpose: row.purpose,
            subject_kind: row.subject_kind,
            region_code: row.region_code,
            state: row.state.into(),
            label: row.label,
            text,
            created_at: row.created_at.0,
            reviewed_at: row.reviewed_at.map(|at| at.0),
            reason: row.reason,
        }
    }
}
