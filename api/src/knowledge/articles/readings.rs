//! How often articles are read: once per reader, article and day, without a list of who read what.
//!
//! A reader is an account, or where nobody is logged in the subscriber that an address belongs to. Only a
//! keyed hash of reader, article and day is kept, and only for that day.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{reading_count, reading_reader};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
};

use super::dto::ReadingAct;
use crate::error::ApiResult;
use crate::opening::CivilTime;
use crate::state::AppState;
use crate::vault::Column;

const READER_KEY: Column = Column { table: "reading_reader", column: "reader_key" };

/// One reading.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) article_id: i32,
    /// Empty where the reader told none.
    pub(super) region_code: String,
    pub(super) day: NaiveDate,
    /// Account or address; never stored.
    pub(super) reader: String,
    pub(super) act: ReadingAct,
}

/// Counts what a reader did, unless the reader was counted for it today. Whoever finishes or shares an article
/// has read it.
pub(super) async fn count(state: &AppState, reading: Reading) -> ApiResult<()> {
    let Reading { article_id, region_code, day, reader, act } = reading;
    let now = state.clock.now();
    let key = |act: &str| state.vault.index(READER_KEY, &format!("{reader}|{article_id}|{day}{act}"), now);
    let read_key = key("")?;
    let act_key = match act {
        ReadingAct::Read => None,
        ReadingAct::Finished => Some((key("|finished")?, reading_count::Column::FinishedCount)),
        ReadingAct::Shared => Some((key("|shared")?, reading_count::Column::SharedCount)),
    };
    let counted = state.database.write(move |transaction| {
        let (read_key, act_key) = (read_key.clone(), act_key.clone());
        let place = reading_count::Model {
            article_id,
            region_code: region_code.clone(),
            day,
            count: 1,
            finished_count: 0,
            shared_count: 0,
        };
        Box::pin(async move {
            if is_new(transaction, read_key, day).await? {
                one_more(transaction, place.clone(), reading_count::Column::Count).await?;
            }
            if let Some((key, column)) = act_key
                && is_new(transaction, key, day).await?
            {
                one_more(transaction, place, column).await?;
            }
            Ok(())
        })
    });
    counted.await
}

async fn is_new(transaction: &DatabaseTransaction, reader_key: Vec<u8>, day: NaiveDate) -> ApiResult<bool> {
    let row = reading_reader::Model { reader_key, day }.into_active_model();
    let written = reading_reader::Entity::insert(row)
        .on_conflict(OnConflict::column(reading_reader::Column::ReaderKey).do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    Ok(written > 0)
}

/// Adds one to a count. A reader who tells another region later is counted there without having read there:
/// the row then begins with one reading, because there is none without.
async fn one_more(
    transaction: &DatabaseTransaction,
    place: reading_count::Model,
    column: reading_count::Column,
) -> ApiResult<()> {
    let mut row = place.into_active_model();
    match column {
        reading_count::Column::FinishedCount => row.finished_count = ActiveValue::Set(1),
        reading_count::Column::SharedCount => row.shared_count = ActiveValue::Set(1),
        _ => {}
    }
    reading_count::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([
                reading_count::Column::ArticleId,
                reading_count::Column::RegionCode,
                reading_count::Column::Day,
            ])
            .value(column, Expr::col((reading_count::Entity, column)).add(1))
            .to_owned(),
        )
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Forgets who was counted on days that are over everywhere.
///
/// # Errors
/// When the database fails.
pub async fn forget_readers(state: &AppState, now: DateTime<Utc>) -> ApiResult<u64> {
    // Days differ between zones; no zone of China is a day behind another.
    let today = CivilTime::new(now, None).date();
    let forgotten = state.database.write(move |transaction| {
        Box::pin(async move {
            let over = reading_reader::Entity::delete_many().filter(reading_reader::Column::Day.lt(today));
            Ok(over.exec(transaction).await?.rows_affected)
        })
    });
    forgotten.await
}
