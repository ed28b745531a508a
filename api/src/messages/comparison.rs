//! Whether the templates that messages are sent with are those that WeChat has granted.
//!
//! A key that WeChat has and ours lacks, or the other way round, makes WeChat refuse every message of the
//! kind (47003). An operator learns of it at the start of the server and once a day, not from residents.

use std::collections::BTreeSet;

use entity::message_template::{self, Kind};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::template::fields_of;
use crate::state::AppState;
use crate::wechat::client::{GrantedTemplate, TemplateKind};

/// What is wrong with one kind of message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// WeChat has no such template.
    #[error("WeChat has no template of this id")]
    Unknown,
    /// The keys are not the same.
    #[error("keys differ: WeChat also wants {lacking:?} and does not know {surplus:?}")]
    Keys {
        /// Keys that WeChat demands a value for.
        lacking: Vec<String>,
        /// Keys that WeChat does not have.
        surplus: Vec<String>,
    },
    /// An agreement is good for another number of messages than we count.
    #[error("WeChat grants it as {0:?}")]
    Kind(TemplateKind),
}

/// Job: compares, unless the WeChat is one of our own, which grants everything.
///
/// # Errors
/// When the database fails or WeChat does not answer.
pub async fn run(state: &AppState) -> anyhow::Result<()> {
    if state.wechat.fake.is_none() {
        compare(state).await?;
    }
    Ok(())
}

/// Compares every template in use with WeChat's; warns of each difference and tells them.
///
/// # Errors
/// When the database fails or WeChat does not answer.
pub async fn compare(state: &AppState) -> anyhow::Result<Vec<(String, Difference)>> {
    let ours = message_template::Entity::find()
        .filter(message_template::Column::Enabled.eq(true))
        .order_by_asc(message_template::Column::BizKey)
        .all(state.database.reader())
        .await?;
    if ours.is_empty() {
        return Ok(Vec::new());
    }
    let granted = state.wechat.client.templates().await?;
    let differences: Vec<(String, Difference)> = ours
        .iter()
        .filter_map(|template| Some((template.biz_key.clone(), difference(template, &granted)?)))
        .collect();
    for (kind, difference) in &differences {
        tracing::warn!(kind, %difference, "a message template differs from WeChat's; mend it with PUT /message-templates");
    }
    state.metrics.templates_compared(differences.len() as u64);
    Ok(differences)
}

fn difference(ours: &message_template::Model, granted: &[GrantedTemplate]) -> Option<Difference> {
    let Some(theirs) = granted.iter().find(|granted| granted.template_id == ours.template_id) else {
        return Some(Difference::Unknown);
    };
    let fields = fields_of(&ours.fields).unwrap_or_default();
    let keys: BTreeSet<String> = fields.into_iter().map(|field| field.key).collect();
    let lacking: Vec<String> = theirs.keys.difference(&keys).cloned().collect();
    let surplus: Vec<String> = keys.difference(&theirs.keys).cloned().collect();
    if !lacking.is_empty() || !surplus.is_empty() {
        return Some(Difference::Keys { lacking, surplus });
    }
    match (ours.kind, theirs.kind) {
        (Kind::Once, TemplateKind::Once) | (Kind::Long, TemplateKind::Long) => None,
        (_, kind) => Some(Difference::Kind(kind)),
    }
}
