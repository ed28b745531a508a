//! 送审, 初审, 复审, 终审: people who did not write a revision agree to it, one after the other.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::{article, article_review, region, role_permission, staff, staff_role};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
};
use serde_json::json;
use uuid::Uuid;

use super::dto::{Approval, ArticleDraftDetail, ReturnReason};
use super::history::{Act, Deed, step_title};
use super::standing::{Standing, decisions};
use super::worker::{Worker, touch};
use super::{drafts, media, rules, slugs};
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::{FieldErrors, wrong};
use crate::http::if_match::IfMatch;
use crate::identity::permission::{Permission, ReviewArticles};
use crate::knowledge::articles::content::Content;
use crate::knowledge::articles::write;
use crate::opening::CivilTime;
use crate::regions::RegionTree;
use crate::state::AppState;

const LONGEST_REASON: usize = 500;
/// What a notice names as its source where nobody named one and no region is known.
const OWN_OFFICE: &str = "本单位";

/// Freezes the working copy that the author has seen, and hands it in.
pub(super) async fn submit(
    state: &AppState,
    worker: Worker,
    id: i32,
    seen: IfMatch,
) -> ApiResult<ArticleDraftDetail> {
    let now = state.clock.now();
    let (shared, by) = (state.clone(), worker.clone());
    let done = state.database.write(move |transaction| {
        let (state, worker) = (shared.clone(), by.clone());
        Box::pin(async move {
            let article = worker.lock_in_use(transaction, id).await?;
            let draft = drafts::of(transaction, id).await?;
            drafts::require_seen(transaction, &draft, seen).await?;
            let standing = Standing::of(transaction, id).await?;
            if standing.open_review().is_some() {
                return Err(drafts::in_review());
            }
            let mut editors = drafts::editors(&draft)?;
            let before = standing.review.filter(|review| Some(review.number) == draft.frozen_as);
            let number = match before {
                Some(review) if review.state == article_review::State::Approved => return Err(is_approved()),
                Some(review) => {
                    editors.extend(written_by(&review)?);
                    review.number
                }
                None => freeze(transaction, &state, &article, draft, worker.staff_id, now).await?,
            };
            let steps = rules::steps_for(transaction, &state.regions.current(), &article).await?;
            let review = article_review::ActiveModel {
                id: ActiveValue::NotSet,
                article_id: ActiveValue::Set(id),
                number: ActiveValue::Set(number),
                steps: ActiveValue::Set(steps),
                state: ActiveValue::Set(article_review::State::Open),
                editors: ActiveValue::Set(json!(editors)),
                submitted_by: ActiveValue::Set(worker.staff_id),
                submitted_at: ActiveValue::Set(now.into()),
                closed_at: ActiveValue::Set(None),
            };
            article_review::Entity::insert(review).exec_without_returning(transaction).await?;
            Deed::new(id, Act::Submitted, Some(worker.staff_id)).on(number).note(transaction, now).await?;
            let article = touch(transaction, article).await?;
            let event = worker
                .event_on(Action::ArticleSubmitted, &article)
                .with(json!({"revision": number, "steps": steps}));
            audit::append(transaction, &event, now).await
        })
    });
    done.await?;
    drafts::show(state, &worker, id).await
}

/// Makes a revision of the working copy, if it is complete.
async fn freeze(
    transaction: &DatabaseTransaction,
    state: &AppState,
    article: &article::Model,
    draft: entity::article_draft::Model,
    submitter: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<i32> {
    let content = Content::stored(draft.content)?;
    let knowledge = state.knowledge.at(now);
    let today = CivilTime::new(now, None).date();
    let mut errors = FieldErrors::default();
    for fault in content.faults(article.kind, today, |topic| knowledge.state.topics.get(topic).is_some()) {
        errors.add(fault.pointer, &fault.code, fault.message);
    }
    if !relates_well(transaction, article.id, &content.related).await? {
        errors.add("/related", UNRELATED.0, UNRELATED.1);
    }
    media::check(transaction, &content, &mut errors).await?;
    errors.finish()?;
    let revision = content.revision(article, &office(transaction, article).await?);
    let author = draft.saved_by.or(Some(submitter));
    let frozen = write::freeze(transaction, article.id, &revision, content.media(), author, now).await?;
    write::relate(transaction, frozen.revision_id, &content.related).await?;
    slugs::ensure(transaction, article.id, &revision.title).await?;
    Ok(frozen.number)
}

/// What is said where [`relates_well`] fails.
pub(super) const UNRELATED: (&str, &str) =
    ("unknown_article", "有的相关文章不存在或者就是这篇，请重新选择。");

/// Whether all of the other articles that one names are there.
pub(super) async fn relates_well(
    connection: &impl ConnectionTrait,
    article_id: i32,
    related: &[i32],
) -> ApiResult<bool> {
    let wanted: BTreeSet<i32> = related.iter().copied().collect();
    if wanted.is_empty() {
        return Ok(true);
    }
    let others = article::Entity::find()
        .filter(article::Column::Id.is_in(wanted.iter().copied()))
        .filter(article::Column::BinnedAt.is_null());
    Ok(!wanted.contains(&article_id) && others.count(connection).await? == wanted.len() as u64)
}

/// What a notice names as its source: the office of its region.
async fn office(connection: &impl ConnectionTrait, article: &article::Model) -> ApiResult<String> {
    let Some(code) = &article.region_code else {
        return Ok(OWN_OFFICE.to_owned());
    };
    let region = region::Entity::find_by_id(code).one(connection).await?;
    Ok(region.map_or_else(|| OWN_OFFICE.to_owned(), |region| region.name))
}

/// Takes back what was handed in, to write on.
pub(super) async fn recall(
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
            let review = open_review(transaction, id).await?;
            let number = review.number;
            close(transaction, review, article_review::State::Recalled, now).await?;
            Deed::new(id, Act::Recalled, Some(worker.staff_id)).on(number).note(transaction, now).await?;
            let article = touch(transaction, article).await?;
            let event = worker
                .event_on(Action::ArticleSubmitted, &article)
                .with(json!({"revision": number, "recalled": true}));
            audit::append(transaction, &event, now).await
        })
    });
    done.await?;
    drafts::show(state, &worker, id).await
}

/// Agrees to the step that is due.
pub(super) async fn approve(
    state: &AppState,
    worker: Worker,
    id: i32,
    seen: IfMatch,
    approval: Approval,
) -> ApiResult<ArticleDraftDetail> {
    let remark = remark(approval.remark.as_deref())?;
    let now = state.clock.now();
    let (by, tree) = (worker.clone(), state.regions.current());
    let (revision, ticked) = (approval.revision, approval.checks);
    let done = state.database.write(move |transaction| {
        let (worker, tree) = (by.clone(), Arc::clone(&tree));
        let (ticked, remark) = (ticked.clone(), remark.clone());
        Box::pin(async move {
            let article = worker.lock_seen(transaction, id, seen).await?;
            let review = due(transaction, &worker, id, revision).await?;
            let decided: BTreeSet<Uuid> = decisions(transaction, review.id)
                .await?
                .into_iter()
                .filter_map(|event| event.staff_id)
                .collect();
            if decided.contains(&worker.staff_id) {
                require_nobody_else(transaction, &tree, &article, &review, &decided).await?;
            }
            rules::require_ticked(transaction, &ticked).await?;
            let step = step_of(transaction, &review).await?;
            let (review_id, steps, number) = (review.id, review.steps, review.number);
            if step == steps {
                close(transaction, review, article_review::State::Approved, now).await?;
            }
            let deed = Deed::new(id, Act::Approved, Some(worker.staff_id)).on(number).because(remark);
            let deed = Deed { step: Some((review_id, step)), ..deed }.with(json!({"checks": ticked}));
            deed.note(transaction, now).await?;
            let article = touch(transaction, article).await?;
            let event = worker
                .event_on(Action::ArticleReviewed, &article)
                .with(json!({"revision": number, "step": step, "of": steps, "decision": "approved"}));
            audit::append(transaction, &event, now).await
        })
    });
    done.await?;
    drafts::show(state, &worker, id).await
}

/// Gives it back to its author with a reason.
pub(super) async fn return_it(
    state: &AppState,
    worker: Worker,
    id: i32,
    seen: IfMatch,
    returned: ReturnReason,
) -> ApiResult<ArticleDraftDetail> {
    let reason = remark(Some(&returned.reason))?;
    if reason.is_none() {
        return Err(wrong("/reason", "missing", "请写明退回的原因，作者才知道怎么改。"));
    }
    let now = state.clock.now();
    let by = worker.clone();
    let revision = returned.revision;
    let done = state.database.write(move |transaction| {
        let (worker, reason) = (by.clone(), reason.clone());
        Box::pin(async move {
            let article = worker.lock_seen(transaction, id, seen).await?;
            let review = due(transaction, &worker, id, revision).await?;
            let step = step_of(transaction, &review).await?;
            let (review_id, steps, number) = (review.id, review.steps, review.number);
            close(transaction, review, article_review::State::Returned, now).await?;
            let deed = Deed::new(id, Act::Returned, Some(worker.staff_id)).on(number).because(reason);
            Deed { step: Some((review_id, step)), ..deed }.note(transaction, now).await?;
            let article = touch(transaction, article).await?;
            let event = worker
                .event_on(Action::ArticleReviewed, &article)
                .with(json!({"revision": number, "step": step, "of": steps, "decision": "returned"}));
            audit::append(transaction, &event, now).await
        })
    });
    done.await?;
    drafts::show(state, &worker, id).await
}

/// The open review of a revision, for somebody who did not write it.
async fn due(
    transaction: &DatabaseTransaction,
    worker: &Worker,
    id: i32,
    revision: i32,
) -> ApiResult<article_review::Model> {
    let review = open_review(transaction, id).await?;
    if review.number != revision {
        return Err(ApiError::Conflict {
            code: "another_revision",
            detail: format!("现在送审的是第 {} 版，请先看过这一版再决定。", review.number),
        });
    }
    if review.submitted_by == worker.staff_id || written_by(&review)?.contains(&worker.staff_id) {
        return Err(ApiError::Forbidden {
            code: "own_work",
            detail: "不能审核自己写的或自己送审的文章，请由另一位同事审核。".into(),
        });
    }
    Ok(review)
}

async fn open_review(connection: &impl ConnectionTrait, id: i32) -> ApiResult<article_review::Model> {
    let open = article_review::Entity::find()
        .filter(article_review::Column::ArticleId.eq(id))
        .filter(article_review::Column::State.eq(article_review::State::Open))
        .order_by_desc(article_review::Column::Id)
        .one(connection)
        .await?;
    open.ok_or_else(|| ApiError::Conflict {
        code: "not_in_review",
        detail: "这篇文章没有在审核中，请刷新后再看。".into(),
    })
}

async fn close(
    transaction: &DatabaseTransaction,
    review: article_review::Model,
    state: article_review::State,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let mut row = review.into_active_model();
    row.state = ActiveValue::Set(state);
    row.closed_at = ActiveValue::Set(Some(now.into()));
    row.update(transaction).await?;
    Ok(())
}

/// The step that waits, from 1.
async fn step_of(connection: &impl ConnectionTrait, review: &article_review::Model) -> ApiResult<i32> {
    let done = decisions(connection, review.id).await?.len();
    Ok(i32::try_from(done).map_err(anyhow::Error::new)? + 1)
}

fn written_by(review: &article_review::Model) -> ApiResult<BTreeSet<Uuid>> {
    Ok(serde_json::from_value(review.editors.clone()).map_err(anyhow::Error::new)?)
}

/// Each step is another person's, unless the office has nobody else who could.
async fn require_nobody_else(
    transaction: &DatabaseTransaction,
    tree: &RegionTree,
    article: &article::Model,
    review: &article_review::Model,
    decided: &BTreeSet<Uuid>,
) -> ApiResult<()> {
    let mut excluded = written_by(review)?;
    excluded.insert(review.submitted_by);
    excluded.extend(decided);
    let reviewing_roles = Query::select()
        .column(role_permission::Column::RoleId)
        .from(role_permission::Entity)
        .and_where(Expr::col(role_permission::Column::Permission).eq(ReviewArticles::NAME))
        .to_owned();
    let holders = staff_role::Entity::find()
        .filter(staff_role::Column::RoleId.in_subquery(reviewing_roles))
        .all(transaction)
        .await?;
    let root = tree.root().unwrap_or_default();
    let place = article.region_code.as_deref().unwrap_or(root);
    let able: BTreeSet<Uuid> = holders
        .into_iter()
        .filter(|held| tree.is_within(place, &held.region_code))
        .map(|held| held.staff_id)
        .filter(|id| !excluded.contains(id))
        .collect();
    let others = staff::Entity::find()
        .filter(staff::Column::Id.is_in(able))
        .filter(staff::Column::Status.eq(staff::Status::Active))
        .count(transaction)
        .await?;
    if others == 0 {
        return Ok(());
    }
    let step = step_of(transaction, review).await?;
    Err(ApiError::Conflict {
        code: "another_reviewer_needed",
        detail: format!("您已经审过前一步，{}请由另一位审核员来做。", step_title(step)),
    })
}

fn remark(text: Option<&str>) -> ApiResult<Option<String>> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.chars().count() > LONGEST_REASON) {
        return Err(wrong("/reason", "too_long", format!("最多 {LONGEST_REASON} 个字，请写得短一些。")));
    }
    Ok(text.map(str::to_owned))
}

fn is_approved() -> ApiError {
    ApiError::Conflict {
        code: "already_approved",
        detail: "这一版已经审定，不用再送审，可以直接发布。".into(),
    }
}
