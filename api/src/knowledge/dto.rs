//! What several answers about knowledge have in common.

use serde::Serialize;
use utoipa::ToSchema;

use super::published::Topics;

/// A topic by its name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TopicName {
    /// Stable id, for `topic=`.
    #[schema(example = "salt")]
    pub(crate) id: String,
    /// What it is called.
    #[schema(example = "减盐")]
    pub(crate) title: String,
}

impl TopicName {
    /// The names of these topics.
    pub(crate) fn of(topics: &Topics, ids: &[String]) -> Vec<Self> {
        ids.iter()
            .filter_map(|id| topics.get(id))
            .map(|topic| Self { id: topic.id.clone(), title: topic.title.clone() })
            .collect()
    }
}
