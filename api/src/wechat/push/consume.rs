//! Acting on events, each exactly once.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;

use super::event::{EventKind, WechatEvent};
use super::inbox::{self, ClaimedEvent};
use crate::database::Work;
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// What an event causes, in the transaction that finishes it.
pub type Effect = for<'t> fn(AppState, &'t DatabaseTransaction, WechatEvent, DateTime<Utc>) -> Work<'t, ()>;

const AT_ONCE: u64 = 50;

/// Acts on every open event of these kinds. Returns on how many. One that fails is given back and tried
/// again later; the others go on.
///
/// # Errors
/// When the database fails.
pub async fn run(
    state: &AppState,
    kinds: &'static [EventKind],
    effect: Effect,
    now: DateTime<Utc>,
) -> ApiResult<u64> {
    let mut count = 0;
    loop {
        let claimed = inbox::take(state, kinds, now, AT_ONCE).await?;
        if claimed.is_empty() {
            return Ok(count);
        }
        for event in claimed {
            count += u64::from(act(state, event, effect, now).await?);
        }
    }
}

/// Whether the event was acted on here.
async fn act(state: &AppState, claimed: ClaimedEvent, effect: Effect, now: DateTime<Utc>) -> ApiResult<bool> {
    let (shared, event) = (state.clone(), claimed.clone());
    let acted = state.database.write(move |transaction| {
        let (state, claimed) = (shared.clone(), event.clone());
        Box::pin(async move {
            effect(state, transaction, claimed.event.clone(), now).await?;
            inbox::finish(transaction, &claimed, now).await
        })
    });
    match acted.await {
        Ok(()) => Ok(true),
        Err(ApiError::Conflict { code: "claim_lost", .. }) => Ok(false),
        Err(error) => {
            let error = error.log_text().unwrap_or_default();
            tracing::error!(
                error,
                kind = claimed.event.kind().as_str(),
                "an event of WeChat had no effect yet"
            );
            inbox::give_back(state, &claimed, now).await?;
            Ok(false)
        }
    }
}
