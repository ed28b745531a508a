//! What was written before: revisions, what is different between them, and taking one up again.

use std::collections::HashMap;

use entity::{article, article_revision, article_revision_related, article_revision_topic};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::dto::ArticleDraftDetail;
use super::history::{Act, Deed};
use super::listing::other_differences;
use super::local_time::beijing;
use super::revision_dto::{
    ArticleComparison, ArticleRevisionDetail, ArticleRevisionItem, ArticleRevisionList,
};
use super::standing::{Standing, approved_numbers};
use super::worker::{Worker, names};
use super::{compare, drafts};
use crate::audit::{self, Action};
use crate::error::{ApiError, ApiResult};
use crate::http::if_match::IfMatch;
use crate::knowledge::articles::body;
use crate::knowledge::articles::content::Content;
use crate::state::AppState;

/// What is known of the revisions of one article.
struct Known {
    approved: Vec<i32>,
    live: Option<i32>,
    scheduled: Option<i32>,
    names: HashMap<Uuid, String>,
}

impl Known {
    async fn of(state: &AppState, id: i32, authors: impl Iterator<Item = Uuid>) -> ApiResult<Self> {
        let (reader, now) = (state.database.reader(), state.clock.now());
        let standing = Standing::of(reader, id).await?;
        Ok(Self {
            approved: approved_numbers(reader, id).await?,
            live: standing.live(now).map(|term| term.release.number),
            scheduled: standing.waiting(now).next().map(|term| term.release.number),
            names: names(reader, authors).await?,
        })
    }

    fn item(&self, row: &article_revision::Model) -> ArticleRevisionItem {
        ArticleRevisionItem {
            revision: row.number,
            title: row.title.clone(),
            author: row.author_id.and_then(|id| self.names.get(&id)).cloned(),
            created_at: beijing(row.created_at.0),
            approved: self.approved.contains(&row.number),
            live: self.live == Some(row.number),
            scheduled: self.scheduled == Some(row.number),
        }
    }
}

/// The revisions of an article, the newest first.
pub(super) async fn list(state: &AppState, worker: &Worker, id: i32) -> ApiResult<ArticleRevisionList> {
    let reader = state.database.reader();
    worker.find(reader, id).await?;
    let rows = article_revision::Entity::find()
        .filter(article_revision::Column::ArticleId.eq(id))
        .order_by_desc(article_revision::Column::Number)
        .all(reader)
        .await?;
    let known = Known::of(state, id, rows.iter().filter_map(|row| row.author_id)).await?;
    Ok(ArticleRevisionList { items: rows.iter().map(|row| known.item(row)).collect(), next: None })
}

/// One revision with what it says.
pub(super) async fn get(
    state: &AppState,
    worker: &Worker,
    id: i32,
    number: i32,
) -> ApiResult<ArticleRevisionDetail> {
    let reader = state.database.reader();
    let article = worker.find(reader, id).await?;
    let row = row(reader, id, number).await?;
    let item = Known::of(state, id, row.author_id.into_iter()).await?.item(&row);
    Ok(ArticleRevisionDetail { item, content: content(reader, &article, row).await? })
}

/// What is different between a revision and another, or the working copy.
pub(super) async fn compare(
    state: &AppState,
    worker: &Worker,
    id: i32,
    from: i32,
    to: Option<i32>,
) -> ApiResult<ArticleComparison> {
    let reader = state.database.reader();
    let article = worker.find(reader, id).await?;
    let old = content(reader, &article, row(reader, id, from).await?).await?;
    let new = match to {
        Some(number) => content(reader, &article, row(reader, id, number).await?).await?,
        None => Content::stored(drafts::of(reader, id).await?.content)?,
    };
    // A long text takes a while, in which others shall be served.
    let compared = tokio::task::spawn_blocking(move || {
        let text = |content: &Content| body::plain_text(&content.body.rendered().blocks);
        ArticleComparison {
            from,
            to,
            title: compare::runs(&old.title, &new.title),
            elder_summary: compare::runs(&old.elder_summary, &new.elder_summary),
            body: compare::runs(&text(&old), &text(&new)),
            fields: other_differences(&json!(old), &json!(new)),
        }
    });
    compared.await.map_err(|error| ApiError::Internal(error.into()))
}

/// Makes the working copy say what a revision says. Nothing is published by it.
pub(super) async fn restore(
    state: &AppState,
    worker: Worker,
    id: i32,
    number: i32,
    seen: IfMatch,
) -> ApiResult<ArticleDraftDetail> {
    let now = state.clock.now();
    let by = worker.clone();
    let done = state.database.write(move |transaction| {
        let worker = by.clone();
        Box::pin(async move {
            let article = worker.lock_in_use(transaction, id).await?;
            let draft = drafts::of(transaction, id).await?;
            drafts::require_seen(transaction, &draft, seen).await?;
            if Standing::of(transaction, id).await?.open_review().is_some() {
                return Err(drafts::in_review());
            }
            let content = content(transaction, &article, row(transaction, id, number).await?).await?;
            drafts::replace(transaction, draft, &content, worker.staff_id, now).await?;
            Deed::new(id, Act::Restored, Some(worker.staff_id)).on(number).note(transaction, now).await?;
            let event = worker.event_on(Action::ArticleEdited, &article).with(json!({"restored": number}));
            audit::append(transaction, &event, now).await
        })
    });
    done.await?;
    drafts::show(state, &worker, id).await
}

/// The revision with this number.
pub(super) async fn row(
    connection: &impl ConnectionTrait,
    id: i32,
    number: i32,
) -> ApiResult<article_revision::Model> {
    let row = article_revision::Entity::find()
        .filter(article_revision::Column::ArticleId.eq(id))
        .filter(article_revision::Column::Number.eq(number))
        .one(connection)
        .await?;
    row.ok_or_else(|| ApiError::NotFound {
        code: "revision_not_found",
        detail: format!("这篇文章没有第 {number} 版，请从版本列表中选择。"),
    })
}

/// What a revision says, as it is entered.
pub(super) async fn content(
    connection: &impl ConnectionTrait,
    article: &article::Model,
    row: article_revision::Model,
) -> ApiResult<Content> {
    let topics: Vec<String> = article_revision_topic::Entity::find()
        .select_only()
        .column(article_revision_topic::Column::TopicId)
        .filter(article_revision_topic::Column::RevisionId.eq(row.id))
        .order_by_asc(article_revision_topic::Column::Position)
        .into_tuple()
        .all(connection)
        .await?;
    let related: Vec<i32> = article_revision_related::Entity::find()
        .select_only()
        .column(article_revision_related::Column::ArticleId)
        .filter(article_revision_related::Column::RevisionId.eq(row.id))
        .order_by_asc(article_revision_related::Column::Position)
        .into_tuple()
        .all(connection)
        .await?;
    Content::of_revision(row, article.kind, topics, related)
}
