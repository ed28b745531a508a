//! What WeChat tells about pictures it has checked.

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;

use super::image;
use crate::database::Work;
use crate::state::AppState;
use crate::wechat::push::{EventKind, WechatEvent, consume};

const KINDS: &[EventKind] = &[EventKind::MediaChecked];

/// Acts on every result that has come, each exactly once on all replicas together. Returns how many.
///
/// # Errors
/// When the database fails.
pub async fn run(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    Ok(consume::run(state, KINDS, effect, now).await?)
}

fn effect(
    _state: AppState,
    transaction: &DatabaseTransaction,
    event: WechatEvent,
    now: DateTime<Utc>,
) -> Work<'_, ()> {
    Box::pin(async move {
        if let WechatEvent::MediaChecked { trace_id, verdict } = event {
            image::note_verdict(transaction, &trace_id, &verdict, now).await?;
        }
        Ok(())
    })
}
