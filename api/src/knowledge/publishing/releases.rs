//! 发布, 定时, 下线: which reviewed revision the public sees, from when until when.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{article, article_release, article_revision};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use serde_json::json;

use super::dto::{ArticleDraftDetail, Publication, Schedule};
use super::history::{Act, Deed};
use super::standing::{Standing, approved_numbers};
use super::worker::{Worker, touch};
use super::{drafts, local_time, slugs};
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong;
use crate::http::if_match::IfMatch;
use crate::knowledge::articles::write::{self, Term};
use crate::knowledge::revision::{self, Changed};
use crate::opening::CivilTime;
use crate::state::AppState;

/// How far ahead something may be scheduled.
const FARTHEST: TimeDelta = TimeDelta::days(366);
const LONGEST_REASON: usize = 500;

/// Shows a reviewed revision at once.
pub(super) async fn publish(
    state: &AppState,
    worker: Worker,
    id: i32,
    seen: IfMatch,
    wanted: Publication,
) -> ApiResult<ArticleDraftDetail> {
    let now = state.clock.now();
    let expire_at =
        wanted.expire_at.as_deref().map(|text| local_time::read("/expire_at", text)).transpose()?;
    let term = Term { published_at: now, expire_at };
    require_end(term, now)?;
    release(state, worker, id, seen, wanted.revision, term).await
}

/// Shows a reviewed revision from an instant on.
pub(super) async fn schedule(
    state: &AppState,
    worker: Worker,
    id: i32,
    seen: IfMatch,
    wanted: Schedule,
) -> ApiResult<ArticleDraftDetail> {
    let now = state.clock.now();
    let published_at = local_time::read("/publish_at", &wanted.publish_at)?;
    if published_at <= now {
        return Err(wrong(
            "/publish_at",
            "in_past",
            "定时发布的时间已经过去，请选一个以后的时间，或者直接发布。",
        ));
    }
    if published_at > now + FARTHEST {
        return Err(wrong("/publish_at", "too_far", "定时发布最多提前一年，请选一个近一些的时间。"));
    }
    let expire_at =
        wanted.expire_at.as_deref().map(|text| local_time::read("/expire_at", text)).transpose()?;
    let term = Term { published_at, expire_at };
    require_end(term, now)?;
    release(state, worker, id, seen, wanted.revision, term).await
}

fn require_end(term: Term, now: DateTime<Utc>) -> ApiResult<()> {
    if term.expire_at.is_some_and(|end| end <= term.published_at || end <= now) {
        return Err(wrong("/expire_at", "too_early", "到期时间要晚于发布时间。"));
    }
    Ok(())
}

/// What somebody scheduled before gives way: they have seen it, or they would be told 412.
async fn release(
    state: &AppState,
    worker: Worker,
    id: i32,
    seen: IfMatch,
    revision: Option<i32>,
    term: Term,
) -> ApiResult<ArticleDraftDetail> {
    let now = state.clock.now();
    let by = worker.clone();
    let done = state.database.write(move |transaction| {
        let worker = by.clone();
        Box::pin(async move {
            let article = worker.lock_seen(transaction, id, seen).await?;
            let number = releasable(transaction, &article, revision, term, now).await?;
            let standing = Standing::of(transaction, id).await?;
            if term.published_at == now
                && let Some(live) = standing.live(now)
                && live.release.number == number
                && live.release.expire_at.map(|at| at.0) == term.expire_at
            {
                return Err(is_live(number));
            }
            call_off(transaction, &worker, &standing, now).await?;
            write::release(transaction, id, number, term, Some(worker.staff_id), now).await?;
            let (act, action) = if term.published_at == now {
                (Act::Published, Action::ArticlePublished)
            } else {
                (Act::Scheduled, Action::ArticleScheduled)
            };
            let detail = json!({
                "text": local_time::said(term.published_at),
                "publish_at": term.published_at,
                "expire_at": term.expire_at,
            });
            Deed::new(id, act, Some(worker.staff_id)).on(number).with(detail).note(transaction, now).await?;
            let event = worker.event_on(action, &article).with(json!({
                "revision": number,
                "publish_at": term.published_at,
                "expire_at": term.expire_at,
            }));
            finish(transaction, article, now).await?;
            audit::append(transaction, &event, now).await
        })
    });
    done.await?;
    state.knowledge.refresh(&state.database, state.clock.now()).await?;
    drafts::show(state, &worker, id).await
}

/// The revision that is to be shown: reviewed, and still so when it is shown.
async fn releasable(
    transaction: &DatabaseTransaction,
    article: &article::Model,
    wanted: Option<i32>,
    term: Term,
    now: DateTime<Utc>,
) -> ApiResult<i32> {
    let approved = approved_numbers(transaction, article.id).await?;
    let number = match wanted {
        Some(number) => approved.contains(&number).then_some(number),
        None => approved.last().copied(),
    };
    let number = number.ok_or_else(|| ApiError::Conflict {
        code: "not_approved",
        detail: "这一版还没有审定，不能发布，请先送审。".into(),
    })?;
    let row = article_revision::Entity::find()
        .filter(article_revision::Column::ArticleId.eq(article.id))
        .filter(article_revision::Column::Number.eq(number))
        .one(transaction)
        .await?;
    let day = CivilTime::new(term.published_at.max(now), None).date();
    if row.and_then(|row| row.review_by).is_some_and(|review_by| review_by <= day) {
        return Err(ApiError::Conflict {
            code: "review_overdue",
            detail: "这一版的医学审核到发布时已经过期，请先请医生或公卫人员复核，再送审。".into(),
        });
    }
    Ok(number)
}

/// Calls off what is scheduled, before its time.
pub(super) async fn unschedule(
    state: &AppState,
    worker: Worker,
    id: i32,
    seen: IfMatch,
) -> ApiResult<ArticleDraftDetail> {
    let now = state.clock.now();
    let by = worker.clone();
    let done = state.database.write(move |transaction| {
        let worker = by.clone();
        Box::pin(async move {
            let article = worker.lock_seen(transaction, id, seen).await?;
            let standing = Standing::of(transaction, id).await?;
            if !call_off(transaction, &worker, &standing, now).await? {
                return Err(ApiError::Conflict {
                    code: "not_scheduled",
                    detail: "没有等待中的定时发布，可能已经到时间发布了，请刷新后再看。".into(),
                });
            }
            let event = worker.event_on(Action::ArticleScheduled, &article).with(json!({"called_off": true}));
            finish(transaction, article, now).await?;
            audit::append(transaction, &event, now).await
        })
    });
    done.await?;
    state.knowledge.refresh(&state.database, state.clock.now()).await?;
    drafts::show(state, &worker, id).await
}

/// Takes an article down. Nothing older comes in its place, and nothing that was scheduled.
pub(super) async fn withdraw(
    state: &AppState,
    worker: Worker,
    id: i32,
    seen: IfMatch,
    reason: Option<String>,
) -> ApiResult<ArticleDraftDetail> {
    let reason = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
        return Err(wrong("/reason", "too_long", format!("最多 {LONGEST_REASON} 个字，请写得短一些。")));
    }
    let now = state.clock.now();
    let by = worker.clone();
    let done = state.database.write(move |transaction| {
        let (worker, reason) = (by.clone(), reason.clone());
        Box::pin(async move {
            let article = worker.lock_seen(transaction, id, seen).await?;
            let standing = Standing::of(transaction, id).await?;
            let live =
                standing.live(now).map(|term| term.release.clone()).ok_or_else(|| ApiError::Conflict {
                    code: "not_live",
                    detail: "这篇文章现在没有发布，不用下线。要取消定时发布，请点“取消定时”。".into(),
                })?;
            call_off(transaction, &worker, &standing, now).await?;
            let number = live.number;
            let mut row = live.into_active_model();
            row.withdrawn_at = ActiveValue::Set(Some(now.into()));
            row.update(transaction).await?;
            let deed = Deed::new(id, Act::Withdrawn, Some(worker.staff_id)).on(number).because(reason);
            deed.note(transaction, now).await?;
            let event = worker.event_on(Action::ArticleWithdrawn, &article).with(json!({"revision": number}));
            finish(transaction, article, now).await?;
            audit::append(transaction, &event, now).await
        })
    });
    done.await?;
    state.knowledge.refresh(&state.database, state.clock.now()).await?;
    drafts::show(state, &worker, id).await
}

/// Gives an article another address; links to the former ones go on working.
pub(super) async fn move_it(
    state: &AppState,
    worker: Worker,
    id: i32,
    seen: IfMatch,
    slug: &str,
) -> ApiResult<ArticleDraftDetail> {
    let slug = slugs::read(slug)?;
    let now = state.clock.now();
    let by = worker.clone();
    let done = state.database.write(move |transaction| {
        let (worker, slug) = (by.clone(), slug.clone());
        Box::pin(async move {
            let article = worker.lock_seen(transaction, id, seen).await?;
            slugs::change(transaction, id, &slug, now).await?;
            Deed::new(id, Act::Moved, Some(worker.staff_id)).note(transaction, now).await?;
            let event = worker.event_on(Action::ArticleMoved, &article).with(json!({"slug": slug}));
            finish(transaction, article, now).await?;
            audit::append(transaction, &event, now).await
        })
    });
    done.await?;
    state.knowledge.refresh(&state.database, state.clock.now()).await?;
    drafts::show(state, &worker, id).await
}

/// Calls off every term that has not begun; whether there was one.
async fn call_off(
    transaction: &DatabaseTransaction,
    worker: &Worker,
    standing: &Standing,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    let mut any = false;
    for term in standing.waiting(now) {
        let cancelled = article_release::ActiveModel {
            id: ActiveValue::Unchanged(term.release.id),
            cancelled_at: ActiveValue::Set(Some(now.into())),
            ..Default::default()
        };
        article_release::Entity::update(cancelled).exec(transaction).await?;
        let deed = Deed::new(term.release.article_id, Act::Unscheduled, Some(worker.staff_id));
        deed.on(term.release.number).note(transaction, now).await?;
        any = true;
    }
    Ok(any)
}

/// What every change of what the public sees ends with, before the audit log: the search and the number by which
/// replicas notice.
async fn finish(
    transaction: &DatabaseTransaction,
    article: article::Model,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let id = article.id;
    touch(transaction, article).await?;
    write::reindex(transaction, &[id], now).await?;
    revision::raise(transaction, Changed::Article(id), now).await
}

fn is_live(number: i32) -> ApiError {
    ApiError::Conflict {
        code: "already_live", detail: format!("第 {number} 版已经在发布中，不用再发布。")
    }
}
