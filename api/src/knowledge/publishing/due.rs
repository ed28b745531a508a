//! Tells the history what the time did: which schedules began, which terms expired.
//!
//! Nothing depends on it: what the public sees is told from the terms when somebody reads. A worker that is dead
//! for a day neither hides nor shows anything; afterwards the history catches up in order.

use chrono::{DateTime, Utc};
use entity::{article, article_release};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::history::{Act, Deed};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::error::ApiResult;
use crate::knowledge::articles::write;
use crate::state::AppState;

/// Releases that one run tells of.
const BATCH: u64 = 200;

/// Tells everything that is due, the first first; how much this process told.
///
/// # Errors
/// When the database fails; what was told until then stays told.
pub async fn tell(state: &AppState, now: DateTime<Utc>) -> ApiResult<u64> {
    let reader = state.database.reader();
    let begun = article_release::Entity::find()
        .filter(article_release::Column::ToldAt.is_null())
        .filter(article_release::Column::CancelledAt.is_null())
        .filter(Expr::col(article_release::Column::PublishedAt).lte(now.timestamp_millis()))
        .order_by_asc(article_release::Column::PublishedAt)
        .order_by_asc(article_release::Column::Id)
        .limit(BATCH)
        .all(reader)
        .await?;
    let expired = article_release::Entity::find()
        .filter(article_release::Column::EndToldAt.is_null())
        .filter(article_release::Column::CancelledAt.is_null())
        .filter(article_release::Column::WithdrawnAt.is_null())
        .filter(Expr::col(article_release::Column::ExpireAt).lte(now.timestamp_millis()))
        .order_by_asc(article_release::Column::ExpireAt)
        .limit(BATCH)
        .all(reader)
        .await?;
    let mut due: Vec<Due> = begun.iter().map(Due::began).collect();
    due.extend(expired.iter().filter_map(Due::expired));
    due.sort_by_key(|due| (due.at, due.release_id));
    let mut told = 0;
    for one in due {
        let claimed = state.database.write(move |transaction| Box::pin(tell_one(transaction, one, now)));
        told += u64::from(claimed.await?);
    }
    Ok(told)
}

/// One thing that the time did.
#[derive(Clone, Copy, Debug)]
struct Due {
    release_id: i32,
    article_id: i32,
    number: i32,
    at: DateTime<Utc>,
    is_end: bool,
}

impl Due {
    fn began(row: &article_release::Model) -> Self {
        Self {
            release_id: row.id,
            article_id: row.article_id,
            number: row.number,
            at: row.published_at.0,
            is_end: false,
        }
    }

    fn expired(row: &article_release::Model) -> Option<Self> {
        let at = row.expire_at.as_ref()?.0;
        Some(Self { at, is_end: true, ..Self::began(row) })
    }
}

/// Whether this process told it, and no other did before.
async fn tell_one(transaction: &DatabaseTransaction, due: Due, now: DateTime<Utc>) -> ApiResult<bool> {
    let column =
        if due.is_end { article_release::Column::EndToldAt } else { article_release::Column::ToldAt };
    let claimed = article_release::Entity::update_many()
        .col_expr(column, Expr::val(now.timestamp_millis()))
        .filter(article_release::Column::Id.eq(due.release_id))
        .filter(column.is_null())
        .filter(article_release::Column::CancelledAt.is_null())
        .exec(transaction)
        .await?;
    if claimed.rows_affected == 0 {
        return Ok(false);
    }
    let (act, action) = if due.is_end {
        (Act::Expired, Action::ArticleExpired)
    } else {
        (Act::Published, Action::ArticlePublished)
    };
    Deed::new(due.article_id, act, None).on(due.number).note(transaction, due.at).await?;
    if due.is_end {
        // What cannot be found any more need not be indexed.
        write::reindex(transaction, &[due.article_id], now).await?;
    }
    let region = article::Entity::find_by_id(due.article_id).one(transaction).await?;
    let event = AuditEvent::new(action, Actor::Server)
        .on("article", due.article_id)
        .with(json!({"revision": due.number, "at": due.at}));
    let event = match region.and_then(|article| article.region_code) {
        Some(code) => event.in_region(code),
        None => event,
    };
    audit::append(transaction, &event, now).await?;
    Ok(true)
}
