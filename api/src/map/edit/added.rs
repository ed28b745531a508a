//! New places: rows, ways in and words for the search. A file of a city holds hundreds of thousands.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::layer;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait};

use super::ahead::Ahead;
use super::{Authorship, FeatureEdit, OriginOf, ROWS_PER_INSERT, insert_entrances, rows};
use crate::database::InsertNumberedRows;
use crate::error::ApiResult;
use crate::map::search;
use crate::search::adding::Adding;
use crate::search::doc::Prepared;

/// Some of the new places, ready to be written.
struct Batch {
    /// Where they stand among the edits.
    places: Vec<usize>,
    inserts: InsertNumberedRows,
    /// `None` for what is not published.
    words: Vec<Option<Prepared>>,
}

/// What batches are made of.
struct Maker {
    backend: DbBackend,
    edits: Arc<[FeatureEdit]>,
    layers: Vec<layer::Model>,
    by: Authorship,
    now: DateTime<Utc>,
}

impl Maker {
    fn make(&self, places: Vec<usize>) -> Batch {
        let drafts = || {
            places.iter().filter_map(|place| match self.edits.get(*place) {
                Some(FeatureEdit::Add(draft, _)) => Some(draft),
                _ => None,
            })
        };
        let rows = drafts().map(|draft| rows::feature(draft, &self.by, self.now));
        let words = drafts().map(|draft| search::prepared(&self.layers, draft)).collect();
        Batch { inserts: InsertNumberedRows::of(self.backend, rows.collect()), words, places }
    }
}

/// Writes the new places among the edits and returns their ids, in their order, and the records they come from.
pub(super) async fn write(
    transaction: &DatabaseTransaction,
    edits: Arc<[FeatureEdit]>,
    by: &Authorship,
    now: DateTime<Utc>,
) -> ApiResult<(Vec<i32>, Vec<OriginOf>)> {
    let is_new = |place: &usize| matches!(edits.get(*place), Some(FeatureEdit::Add(..)));
    let places: Vec<usize> = (0..edits.len()).filter(is_new).collect();
    if places.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let layers = layer::Entity::find().all(transaction).await?;
    let backend = transaction.get_database_backend();
    let maker = Maker { backend, edits: Arc::clone(&edits), layers, by: by.clone(), now };
    let batches = places.chunks(ROWS_PER_INSERT).map(<[usize]>::to_vec).collect();
    let mut ahead = Ahead::new(batches, move |places| maker.make(places));
    let (mut ids, mut origins) = (Vec::with_capacity(places.len()), Vec::new());
    let mut adding = Adding::default();
    while let Some(batch) = ahead.next().await? {
        ids.extend(write_batch(transaction, &edits, batch, &mut adding, &mut origins).await?);
    }
    adding.finish(transaction).await?;
    Ok((ids, origins))
}

async fn write_batch(
    transaction: &DatabaseTransaction,
    edits: &[FeatureEdit],
    Batch { places, inserts, words }: Batch,
    adding: &mut Adding,
    origins: &mut Vec<OriginOf>,
) -> ApiResult<Vec<i32>> {
    let ids = inserts.write(transaction).await?;
    let mut ways_in = Vec::new();
    for (id, place) in ids.iter().zip(places) {
        let Some(FeatureEdit::Add(draft, origin)) = edits.get(place) else { continue };
        ways_in.extend(rows::entrances(*id, &draft.entrances));
        origins.extend(origin.clone().map(|origin| (*id, draft.layer_id.clone(), origin)));
    }
    insert_entrances(transaction, ways_in).await?;
    let named = ids.iter().zip(words).filter_map(|(id, words)| Some((id.to_string(), words?)));
    adding.add(transaction, named.collect()).await?;
    Ok(ids)
}
