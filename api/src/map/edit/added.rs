//! New places: rows, ways in and words for the search. While the database takes some, the next are made ready
//! beside it, because a file of a city holds hundreds of thousands.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{feature, layer};
use sea_orm::{DatabaseTransaction, EntityTrait};
use tokio::task::JoinHandle;

use super::{Authorship, FeatureEdit, OriginOf, ROWS_PER_INSERT, insert_entrances, rows};
use crate::error::ApiResult;
use crate::map::search;
use crate::search::index::{self, Prepared};

/// Some of the new places, ready to be written.
struct Batch {
    /// Where they stand among the edits.
    places: Vec<usize>,
    rows: Vec<feature::ActiveModel>,
    /// `None` for what is not published.
    words: Vec<Option<Prepared>>,
}

/// What batches are made of.
struct Maker {
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
        let rows = drafts().map(|draft| rows::feature(draft, &self.by, self.now)).collect();
        let words = drafts().map(|draft| search::prepared(&self.layers, draft)).collect();
        Batch { places, rows, words }
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
    let maker = Arc::new(Maker { edits: Arc::clone(&edits), layers, by: by.clone(), now });
    let mut batches = places.chunks(ROWS_PER_INSERT).map(<[usize]>::to_vec);
    let mut next = batches.next().map(|places| begin(&maker, places));
    let (mut ids, mut origins) = (Vec::with_capacity(places.len()), Vec::new());
    while let Some(making) = next {
        let batch = making.await.map_err(anyhow::Error::new)?;
        next = batches.next().map(|places| begin(&maker, places));
        ids.extend(write_batch(transaction, &edits, batch, &mut origins).await?);
    }
    Ok((ids, origins))
}

fn begin(maker: &Arc<Maker>, places: Vec<usize>) -> JoinHandle<Batch> {
    let maker = Arc::clone(maker);
    tokio::task::spawn_blocking(move || maker.make(places))
}

async fn write_batch(
    transaction: &DatabaseTransaction,
    edits: &[FeatureEdit],
    Batch { places, rows, words }: Batch,
    origins: &mut Vec<OriginOf>,
) -> ApiResult<Vec<i32>> {
    let ids = feature::Entity::insert_many(rows).exec_with_returning_keys(transaction).await?;
    let mut ways_in = Vec::new();
    for (id, place) in ids.iter().zip(places) {
        let Some(FeatureEdit::Add(draft, origin)) = edits.get(place) else { continue };
        ways_in.extend(rows::entrances(*id, &draft.entrances));
        origins.extend(origin.clone().map(|origin| (*id, draft.layer_id.clone(), origin)));
    }
    insert_entrances(transaction, ways_in).await?;
    let named = ids.iter().zip(words).filter_map(|(id, words)| Some((id.to_string(), words?)));
    index::add(transaction, named.collect()).await?;
    Ok(ids)
}
