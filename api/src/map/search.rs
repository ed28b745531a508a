//! Places as the search knows them.

use std::collections::BTreeSet;

use chrono::DateTime;
use entity::{feature, layer};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Map, Value};

use super::edit::FeatureDraft;
use crate::error::ApiResult;
use crate::search::doc::{Doc, DocKind, Prepared};
use crate::search::index;

/// Places read at a time.
const BATCH: usize = 500;

/// Brings the search up to what is published of these places.
///
/// # Errors
/// When the database refuses.
pub(super) async fn reindex(transaction: &DatabaseTransaction, ids: &[i32]) -> ApiResult<()> {
    for batch in ids.chunks(BATCH) {
        let rows = feature::Entity::find()
            .filter(feature::Column::Id.is_in(batch.iter().copied()))
            .all(transaction)
            .await?;
        let docs = docs_of(transaction, rows).await?;
        let there: BTreeSet<&str> = docs.iter().map(|doc| doc.reference.as_str()).collect();
        let gone: Vec<String> =
            batch.iter().map(ToString::to_string).filter(|id| !there.contains(id.as_str())).collect();
        index::remove(transaction, DocKind::Place, &gone).await?;
        index::put(transaction, &docs).await?;
    }
    Ok(())
}

/// The next published places after a number, in their order, and the number they end with; `None` after
/// the last.
///
/// # Errors
/// When the database fails.
pub async fn docs_after(connection: &impl ConnectionTrait, after: i32) -> ApiResult<Option<(Vec<Doc>, i32)>> {
    let rows = feature::Entity::find()
        .filter(feature::Column::Id.gt(after))
        .order_by_asc(feature::Column::Id)
        .limit(BATCH as u64)
        .all(connection)
        .await?;
    let Some(last) = rows.last().map(|row| row.id) else {
        return Ok(None);
    };
    Ok(Some((docs_of(connection, rows).await?, last)))
}

async fn docs_of(connection: &impl ConnectionTrait, rows: Vec<feature::Model>) -> ApiResult<Vec<Doc>> {
    let layers = layer::Entity::find().all(connection).await?;
    let published = rows.into_iter().filter(|row| row.status == feature::Status::Published);
    Ok(published.map(|row| doc(&layers, &row)).collect())
}

fn doc(layers: &[layer::Model], row: &feature::Model) -> Doc {
    let said = Said {
        layer_id: &row.layer_id,
        name: &row.name,
        other_names: row.properties.get("other_names"),
        facilities: words(Some(&row.facilities)),
        address: row.address.as_deref(),
    };
    said.doc(layers, row.id.to_string())
}

/// The words of a place that is about to be added; `None` where it is not published.
pub(super) fn prepared(layers: &[layer::Model], draft: &FeatureDraft) -> Option<Prepared> {
    if draft.status != feature::Status::Published {
        return None;
    }
    let said = Said {
        layer_id: &draft.layer_id,
        name: &draft.name,
        other_names: draft.properties.get("other_names"),
        facilities: draft.facilities.clone(),
        address: draft.address.as_deref(),
    };
    Some(Prepared::of(&said.doc(layers, String::new())))
}

/// What a place says of itself.
struct Said<'p> {
    layer_id: &'p str,
    name: &'p str,
    other_names: Option<&'p Value>,
    facilities: Vec<String>,
    address: Option<&'p str>,
}

impl Said<'_> {
    fn doc(self, layers: &[layer::Model], reference: String) -> Doc {
        let mut tags = words(self.other_names);
        tags.extend(layers.iter().find(|layer| layer.id == self.layer_id).map(|layer| layer.title.clone()));
        let mut body = self.facilities;
        body.extend(self.address.map(str::to_owned));
        Doc {
            kind: DocKind::Place,
            reference,
            title: self.name.to_owned(),
            tags,
            body: body.join("\n"),
            topics: Vec::new(),
            published_at: DateTime::UNIX_EPOCH,
            expire_at: None,
        }
    }
}

/// The text of a published place in which the search looks, beside its name and its other names.
pub fn searched_text(properties: &Map<String, Value>) -> String {
    let mut text = words(properties.get("facilities"));
    text.extend(properties.get("address").and_then(Value::as_str).map(str::to_owned));
    text.join("\n")
}

fn words(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(word)) => vec![word.clone()],
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
