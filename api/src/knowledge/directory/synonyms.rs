//! Words that people use for a topic. They are kept beside the index of the search, so that nothing has to be
//! indexed anew.

use std::collections::BTreeSet;

use entity::{topic, topic_synonym};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::dto::{SynonymList, TopicSynonyms};
use super::upkeep::{Change, not_found};
use crate::error::ApiResult;
use crate::http::field_errors::wrong;
use crate::http::if_match::IfMatch;
use crate::knowledge::publishing::worker::Worker;
use crate::state::AppState;

const MOST_WORDS: usize = 100;
const LONGEST_WORD: usize = 20;

/// The words for a topic. Topics are one tree for all regions.
pub(super) async fn get(state: &AppState, worker: &Worker, id: &str) -> ApiResult<TopicSynonyms> {
    worker.require(None, "专题的同义词")?;
    let reader = state.database.reader();
    let row = topic::Entity::find_by_id(id).one(reader).await?.ok_or_else(not_found)?;
    told(reader, row).await
}

/// Puts words in the place of those that were there.
pub(super) async fn put(
    state: &AppState,
    worker: Worker,
    id: String,
    seen: IfMatch,
    list: SynonymList,
) -> ApiResult<TopicSynonyms> {
    worker.require(None, "专题的同义词")?;
    let words: BTreeSet<String> = list.words.iter().map(|word| word.trim().to_owned()).collect();
    let fits = |word: &String| {
        (1..=LONGEST_WORD).contains(&word.chars().count()) && !word.chars().any(char::is_control)
    };
    if words.len() > MOST_WORDS || !words.iter().all(fits) {
        let message = format!("每个词 1 到 {LONGEST_WORD} 个字，最多 {MOST_WORDS} 个。");
        return Err(wrong("/words", "bad_word", message));
    }
    let now = state.clock.now();
    let written = state.database.write(move |transaction| {
        let (worker, id, words) = (worker.clone(), id.clone(), words.clone());
        Box::pin(async move {
            let row = topic::Entity::find_by_id(&id).lock_exclusive().one(transaction).await?;
            let row = row.ok_or_else(not_found)?;
            seen.require(row.version)?;
            let version = row.version + 1;
            let mut row = row.into_active_model();
            row.version = ActiveValue::Set(version);
            let row = row.update(transaction).await?;
            topic_synonym::Entity::delete_many()
                .filter(topic_synonym::Column::TopicId.eq(&id))
                .exec(transaction)
                .await?;
            let rows: Vec<_> = words
                .into_iter()
                .map(|word| topic_synonym::Model { topic_id: id.clone(), word }.into_active_model())
                .collect();
            if !rows.is_empty() {
                topic_synonym::Entity::insert_many(rows).exec_without_returning(transaction).await?;
            }
            let answer = told(transaction, row).await?;
            let change = Change { table: "topic", id, region_code: None, deleted: false };
            change.finish(transaction, &worker, now).await?;
            Ok(answer)
        })
    });
    let answer = written.await?;
    state.knowledge.refresh(&state.database, state.clock.now()).await?;
    Ok(answer)
}

async fn told(connection: &impl ConnectionTrait, row: topic::Model) -> ApiResult<TopicSynonyms> {
    let words = topic_synonym::Entity::find()
        .select_only()
        .column(topic_synonym::Column::Word)
        .filter(topic_synonym::Column::TopicId.eq(&row.id))
        .order_by_asc(topic_synonym::Column::Word)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(TopicSynonyms { id: row.id, title: row.title, words, version: row.version })
}
