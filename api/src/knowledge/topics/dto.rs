use serde::Serialize;
use utoipa::ToSchema;

/// The topics as a tree, in display order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TopicList {
    pub(super) items: Vec<TopicNode>,
    /// Always `null`: all topics come at once.
    pub(super) next: Option<String>,
}

/// One topic with those below it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TopicNode {
    /// Stable id, for `topic=`.
    #[schema(example = "salt")]
    pub(super) id: String,
    /// What it is called.
    #[schema(example = "减盐")]
    pub(super) title: String,
    /// One plain sentence.
    pub(super) description: String,
    /// How many articles are about it or a topic below it.
    pub(super) articles: usize,
    /// The topics below it.
    #[schema(no_recursion)]
    pub(super) children: Vec<TopicNode>,
}
