//! What huts forget by themselves.

use chrono::{DateTime, TimeDelta, Utc};
use entity::hut_reading::{self, State};
use entity::{hut_person_code, hut_session};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::kept::KEPT_FOR;
use crate::error::ApiResult;
use crate::state::AppState;

/// For how long a reading that is sent again is known: older ones are refused by their time.
const KNOWN_FOR: TimeDelta = TimeDelta::days(91);
/// How long it is kept who sat in which hut when; as long as a batch may be late.
const SESSIONS_FOR: TimeDelta = TimeDelta::days(91);

/// Job: forgets values that nobody asked for within 72 hours, codes, sessions and digests whose time is over.
/// Returns the number of readings whose values were forgotten.
///
/// # Errors
/// When the database fails.
pub async fn forget(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let forgotten = state.database.write(move |transaction| Box::pin(work(transaction, now)));
    Ok(forgotten.await?)
}

async fn work(transaction: &DatabaseTransaction, now: DateTime<Utc>) -> ApiResult<u64> {
    let forgotten = hut_reading::Entity::update_many()
        .col_expr(hut_reading::Column::State, Expr::value("forgotten"))
        .col_expr(hut_reading::Column::Reason, Expr::value(Option::<String>::None))
        .col_expr(hut_reading::Column::PersonId, Expr::value(Option::<uuid::Uuid>::None))
        .col_expr(hut_reading::Column::SessionId, Expr::value(Option::<uuid::Uuid>::None))
        .col_expr(hut_reading::Column::CodeDigest, Expr::value(Option::<Vec<u8>>::None))
        .col_expr(hut_reading::Column::ValuesCell, Expr::value(Option::<Vec<u8>>::None))
        .col_expr(hut_reading::Column::KeepUntil, Expr::value(Option::<i64>::None))
        .filter(hut_reading::Column::KeepUntil.lte(now.timestamp_millis()))
        .exec(transaction)
        .await?
        .rows_affected;
    // A code that was used is kept for a repeat only.
    hut_reading::Entity::update_many()
        .col_expr(hut_reading::Column::CodeDigest, Expr::value(Option::<Vec<u8>>::None))
        .filter(hut_reading::Column::State.eq(State::Recorded))
        .filter(hut_reading::Column::CodeDigest.is_not_null())
        .filter(hut_reading::Column::ReceivedAt.lte((now - KEPT_FOR).timestamp_millis()))
        .exec(transaction)
        .await?;
    hut_person_code::Entity::delete_many()
        .filter(hut_person_code::Column::ExpiresAt.lte((now - TimeDelta::hours(1)).timestamp_millis()))
        .exec(transaction)
        .await?;
    hut_reading::Entity::delete_many()
        .filter(hut_reading::Column::ReceivedAt.lte((now - KNOWN_FOR).timestamp_millis()))
        .filter(hut_reading::Column::KeepUntil.is_null())
        .exec(transaction)
        .await?;
    hut_session::Entity::delete_many()
        .filter(hut_session::Column::OpenedAt.lte((now - SESSIONS_FOR).timestamp_millis()))
        .filter(Expr::col((hut_session::Entity, hut_session::Column::Id)).not_in_subquery(named_sessions()))
        .exec(transaction)
        .await?;
    Ok(forgotten)
}

/// Sessions that a reading still names.
fn named_sessions() -> sea_orm::sea_query::SelectStatement {
    sea_orm::sea_query::Query::select()
        .column(hut_reading::Column::SessionId)
        .from(hut_reading::Entity)
        .and_where(Expr::col(hut_reading::Column::SessionId).is_not_null())
        .to_owned()
}
