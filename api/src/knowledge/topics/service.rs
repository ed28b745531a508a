use super::dto::{TopicList, TopicNode};
use crate::knowledge::published::{Knowledge, Topic};

/// All topics with the number of their public articles.
pub(super) fn tree(knowledge: &Knowledge) -> TopicList {
    TopicList { items: below(knowledge, None), next: None }
}

fn below(knowledge: &Knowledge, parent: Option<&str>) -> Vec<TopicNode> {
    let children = knowledge.state.topics.list.iter().filter(|topic| topic.parent_id.as_deref() == parent);
    children.map(|topic| node(knowledge, topic)).collect()
}

fn node(knowledge: &Knowledge, topic: &Topic) -> TopicNode {
    let within = knowledge.state.topics.within(&topic.id);
    let is_about = |topics: &[String]| topics.iter().any(|id| within.contains(id.as_str()));
    TopicNode {
        id: topic.id.clone(),
        title: topic.title.clone(),
        description: topic.description.clone(),
        articles: knowledge.view.articles.iter().filter(|article| is_about(&article.topics)).count(),
        children: below(knowledge, Some(&topic.id)),
    }
}
