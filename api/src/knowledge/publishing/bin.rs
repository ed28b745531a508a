//! The recycle bin. What residents have never seen is deleted after thirty days; what was public once is kept,
//! because the office answers for it.

use chrono::{DateTime, TimeDelta, Utc};
use entity::article;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};

use super::drafts;
use super::dto::ArticleDraftDetail;
use super::history::{Act, Deed};
use super::standing::Standing;
use super::worker::{Worker, require_seen, touch};
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::http::if_match::IfMatch;
use crate::state::AppState;

/// How long something stays that nobody but staff has seen.
const KEPT_FOR: TimeDelta = TimeDelta::days(30);
/// Articles that one run deletes.
const BATCH: u64 = 100;

/// Puts an article into the bin, or takes it out.
pub(super) async fn set(
    state: &AppState,
    worker: Worker,
    id: i32,
    seen: IfMatch,
    binned: bool,
) -> ApiResult<ArticleDraftDetail> {
    let now = state.clock.now();
    let by = worker.clone();
    let done = state.database.write(move |transaction| {
        let worker = by.clone();
        Box::pin(async move {
            let article = worker.lock(transaction, id).await?;
            require_seen(transaction, &article, seen).await?;
            if article.binned_at.is_some() == binned {
                return Err(already(binned));
            }
            let standing = Standing::of(transaction, id).await?;
            if binned {
                require_unused(&standing, now)?;
            }
            let event = worker.event_on(Action::ArticleBinned, &article);
            let event = event.with(serde_json::json!({"binned": binned}));
            let mut row = article.into_active_model();
            row.binned_at = ActiveValue::Set(binned.then_some(now.into()));
            let article = row.update(transaction).await?;
            touch(transaction, article).await?;
            let act = if binned { Act::Binned } else { Act::Recovered };
            Deed::new(id, act, Some(worker.staff_id)).note(transaction, now).await?;
            audit::append(transaction, &event, now).await
        })
    });
    done.await?;
    drafts::show(state, &worker, id).await
}

fn require_unused(standing: &Standing, now: DateTime<Utc>) -> ApiResult<()> {
    let detail = if standing.live(now).is_some() {
        "这篇文章还在发布中，请先下线再删除。"
    } else if standing.waiting(now).next().is_some() {
        "这篇文章安排了定时发布，请先取消定时再删除。"
    } else if standing.open_review().is_some() {
        "这篇文章正在审核，请先撤回送审再删除。"
    } else {
        return Ok(());
    };
    Err(ApiError::Conflict { code: "in_use", detail: detail.into() })
}

fn already(binned: bool) -> ApiError {
    if binned {
        ApiError::Conflict { code: "in_bin", detail: "这篇文章已经在回收站里。".into() }
    } else {
        ApiError::Conflict {
            code: "not_in_bin", detail: "这篇文章不在回收站里，不用恢复。".into()
        }
    }
}

/// Deletes what was thirty days in the bin and never public; how many articles.
///
/// # Errors
/// When the database fails; what was deleted until then stays deleted.
pub async fn purge(state: &AppState, now: DateTime<Utc>) -> ApiResult<u64> {
    let due = article::Entity::find()
        .filter(Expr::col(article::Column::BinnedAt).lte((now - KEPT_FOR).timestamp_millis()))
        .filter(never_public(now))
        .limit(BATCH)
        .all(state.database.reader())
        .await?;
    let mut purged = 0;
    for row in due {
        let deleted = state.database.write(move |transaction| {
            let row = row.clone();
            Box::pin(async move {
                // Asked again: somebody may have taken it out a moment ago.
                let gone = article::Entity::delete_many()
                    .filter(article::Column::Id.eq(row.id))
                    .filter(article::Column::BinnedAt.eq(row.binned_at))
                    .filter(never_public(now))
                    .exec(transaction)
                    .await?;
                if gone.rows_affected == 0 {
                    return Ok(false);
                }
                let event = AuditEvent::new(Action::ArticlePurged, Actor::Server).on("article", row.id);
                let event = match row.region_code {
                    Some(code) => event.in_region(code),
                    None => event,
                };
                audit::append(transaction, &event, now).await?;
                Ok(true)
            })
        });
        purged += u64::from(deleted.await?);
    }
    Ok(purged)
}

fn never_public(now: DateTime<Utc>) -> Expr {
    Expr::cust(format!(
        "NOT EXISTS (SELECT 1 FROM article_release r WHERE r.article_id = article.id \
           AND r.cancelled_at IS NULL AND r.published_at <= {})",
        now.timestamp_millis()
    ))
}
