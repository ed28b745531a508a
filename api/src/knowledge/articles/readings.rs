//! How often articles are read: once per reader, article and day, without a list of who read what.
//!
//! A reader is an account, or where nobody is logged in the subscriber that an address belongs to. Only a
//! keyed hash of reader, article and day is kept, and only for that day.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{reading_count, reading_reader};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};

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
}

/// Counts a reading unless this reader was counted for the article today.
pub(super) async fn count(state: &AppState, reading: Reading) -> ApiResult<()> {
    let now = state.clock.now();
    let Reading { article_id, region_code, day, reader } = reading;
    let reader_key = state.vault.index(READER_KEY, &format!("{reader}|{article_id}|{day}"), now)?;
    let counted = state.database.write(move |transaction| {
        let (reader_key, region_code) = (reader_key.clone(), region_code.clone());
        Box::pin(async move {
            let is_new =
                reading_reader::Entity::insert(reading_reader::Model { reader_key, day }.into_active_model())
                    .on_conflict(
                        OnConflict::column(reading_reader::Column::ReaderKey).do_nothing().to_owned(),
                    )
                    .exec_without_returning(transaction)
                    .await?;
            if is_new == 0 {
                return Ok(());
            }
            let first = reading_count::Model { article_id, region_code, day, count: 1 };
            let one_more = Expr::col((reading_count::Entity, reading_count::Column::Count)).add(1);
            reading_count::Entity::insert(first.into_active_model())
                .on_conflict(
                    OnConflict::columns([
                        reading_count::Column::ArticleId,
                        reading_count::Column::RegionCode,
                        reading_count::Column::Day,
                    ])
                    .value(reading_count::Column::Count, one_more)
                    .to_owned(),
                )
                .exec_without_returning(transaction)
                .await?;
            Ok(())
        })
    });
    counted.await
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
