//! The working copy: begun, saved, copied, shown.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::{article, article_draft, article_revision, article_source};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder,
};
use serde_json::json;
use uuid::Uuid;

use super::dto::{ArticleDraftDetail, NewArticle};
use super::history::{Act, Deed};
use super::local_time::beijing;
use super::review::{UNRELATED, relates_well};
use super::standing::{Standing, review_item};
use super::worker::{Worker, names, not_found, stale};
use super::{media, presence, revisions, slugs, warnings};
use crate::audit::{self, Action};
use crate::database::Database;
use crate::error::{ApiError, ApiResult, FieldError};
use crate::http::field_errors::{FieldErrors, wrong};
use crate::http::if_match::IfMatch;
use crate::knowledge::articles::content::Content;
use crate::knowledge::articles::dto::ArticleKind;
use crate::knowledge::articles::write;
use crate::opening::CivilTime;
use crate::state::AppState;

/// The working copy of an article.
pub(super) async fn of(connection: &impl ConnectionTrait, id: i32) -> ApiResult<article_draft::Model> {
    article_draft::Entity::find_by_id(id).one(connection).await?.ok_or_else(not_found)
}

/// Those who wrote since the last revision was frozen.
pub(super) fn editors(draft: &article_draft::Model) -> ApiResult<BTreeSet<Uuid>> {
    Ok(serde_json::from_value(draft.editors.clone()).map_err(anyhow::Error::new)?)
}

/// Makes working copies for articles that were there before there were any; they say what the newest revision
/// says.
///
/// # Errors
/// When the database refuses or holds a revision that cannot be read.
pub async fn prepare(database: &Database, now: DateTime<Utc>) -> ApiResult<()> {
    let without = article::Entity::find()
        .filter(Expr::cust("NOT EXISTS (SELECT 1 FROM article_draft d WHERE d.article_id = article.id)"))
        .all(database.reader())
        .await?;
    for article in without {
        let made = database.write(move |transaction| {
            let article = article.clone();
            Box::pin(async move { prepare_one(transaction, article, now).await })
        });
        made.await?;
    }
    Ok(())
}

async fn prepare_one(
    transaction: &DatabaseTransaction,
    article: article::Model,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let newest = article_revision::Entity::find()
        .filter(article_revision::Column::ArticleId.eq(article.id))
        .order_by_desc(article_revision::Column::Number)
        .one(transaction)
        .await?;
    let (frozen_as, content) = match newest {
        Some(row) => (Some(row.number), revisions::content(transaction, &article, row).await?),
        None => (None, Content::default()),
    };
    let draft = article_draft::Model {
        article_id: article.id,
        version: 1,
        title: content.title.clone(),
        plain_text: content.plain_text(),
        content: json!(content),
        frozen_as,
        editors: json!([]),
        saved_by: None,
        saved_at: now.into(),
    };
    // Replicas that start together do the same.
    article_draft::Entity::insert(draft.into_active_model())
        .on_conflict(OnConflict::column(article_draft::Column::ArticleId).do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Begins an article.
pub(super) async fn create(
    state: &AppState,
    worker: Worker,
    new: NewArticle,
) -> ApiResult<ArticleDraftDetail> {
    require_region(state, &worker, new.region_code.as_deref())?;
    let entered = new.content.body.clone();
    let content = new.content.kept()?;
    let (kind, region_code) = (article::Kind::from(new.kind), new.region_code);
    let beginning = Beginning { kind, region_code, content, source_id: new.source_id, act: Act::Created };
    Ok(warnings::with_entered(begin(state, worker, beginning).await?, &entered))
}

/// Begins another article that says the same. Whoever qualified read the original has not read the copy.
pub(super) async fn copy(
    state: &AppState,
    worker: Worker,
    id: i32,
    region_code: Option<String>,
) -> ApiResult<ArticleDraftDetail> {
    let reader = state.database.reader();
    let original = worker.find(reader, id).await?;
    let draft = of(reader, id).await?;
    let region_code = region_code.or(original.region_code);
    require_region(state, &worker, region_code.as_deref())?;
    let content = Content {
        medical_reviewer: None,
        reviewed_on: None,
        review_by: None,
        ..Content::stored(draft.content)?
    };
    let kind = original.kind;
    begin(state, worker, Beginning { kind, region_code, content, source_id: None, act: Act::Copied }).await
}

/// What an article begins with.
#[derive(Clone)]
struct Beginning {
    kind: article::Kind,
    region_code: Option<String>,
    content: Content,
    source_id: Option<Uuid>,
    act: Act,
}

async fn begin(state: &AppState, worker: Worker, beginning: Beginning) -> ApiResult<ArticleDraftDetail> {
    let now = state.clock.now();
    let by = worker.clone();
    let begun = state.database.write(move |transaction| {
        let worker = by.clone();
        let Beginning { kind, region_code, content, source_id, act } = beginning.clone();
        Box::pin(async move {
            let author = Some(worker.staff_id);
            let mut errors = FieldErrors::default();
            media::check(transaction, &content, &mut errors).await?;
            errors.finish()?;
            let id = write::begin(transaction, kind, region_code.clone(), &content, author, now).await?;
            write::show_media(transaction, id, &content.media_ids()).await?;
            if let Some(source_id) = source_id {
                came_from(transaction, &worker, id, source_id).await?;
            }
            Deed::new(id, act, author).note(transaction, now).await?;
            let event = worker.event(Action::ArticleCreated, region_code.as_deref()).on("article", id);
            audit::append(transaction, &event, now).await?;
            Ok(id)
        })
    });
    let id = begun.await?;
    show(state, &worker, id).await
}

/// Notes what an article was imported from: an import of the worker's that became no other article.
async fn came_from(
    transaction: &DatabaseTransaction,
    worker: &Worker,
    id: i32,
    source_id: Uuid,
) -> ApiResult<()> {
    let claimed = article_source::Entity::update_many()
        .col_expr(article_source::Column::ArticleId, Expr::val(id))
        .filter(article_source::Column::Id.eq(source_id))
        .filter(article_source::Column::ImportedBy.eq(worker.staff_id))
        .filter(article_source::Column::ArticleId.is_null())
        .exec(transaction)
        .await?;
    if claimed.rows_affected == 1 {
        return Ok(());
    }
    Err(wrong("/source_id", "unknown_source", "没有找到这次导入，或者它已经用过，请重新导入。"))
}

/// Saves the working copy. What is live stays as it is.
pub(super) async fn save(
    state: &AppState,
    worker: Worker,
    id: i32,
    seen: IfMatch,
    content: Content,
) -> ApiResult<ArticleDraftDetail> {
    let entered = content.body.clone();
    let content = content.kept()?;
    let now = state.clock.now();
    let by = worker.clone();
    let saved = state.database.write(move |transaction| {
        let (worker, content) = (by.clone(), content.clone());
        Box::pin(async move {
            let article = worker.lock_in_use(transaction, id).await?;
            let draft = of(transaction, id).await?;
            require_seen(transaction, &draft, seen).await?;
            if Standing::of(transaction, id).await?.open_review().is_some() {
                return Err(in_review());
            }
            presence::note(transaction, id, worker.staff_id, now).await?;
            if Content::stored(draft.content.clone())? == content {
                return Ok(());
            }
            let mut errors = FieldErrors::default();
            media::check(transaction, &content, &mut errors).await?;
            errors.finish()?;
            write::show_media(transaction, id, &content.media_ids()).await?;
            let is_new_editor = replace(transaction, draft, &content, worker.staff_id, now).await?;
            if is_new_editor {
                // Once for each who writes: saving by itself every few seconds would drown the log.
                audit::append(transaction, &worker.event_on(Action::ArticleEdited, &article), now).await?;
            }
            Ok(())
        })
    });
    saved.await?;
    Ok(warnings::with_entered(show(state, &worker, id).await?, &entered))
}

/// Puts content in the place of the working copy; whether its author had not written since the last revision.
pub(super) async fn replace(
    transaction: &DatabaseTransaction,
    draft: article_draft::Model,
    content: &Content,
    staff_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    let mut editors = editors(&draft)?;
    let is_new_editor = editors.insert(staff_id);
    let version = draft.version + 1;
    let mut row = draft.into_active_model();
    row.version = ActiveValue::Set(version);
    row.title = ActiveValue::Set(content.title.clone());
    row.plain_text = ActiveValue::Set(content.plain_text());
    row.content = ActiveValue::Set(json!(content));
    row.frozen_as = ActiveValue::Set(None);
    row.editors = ActiveValue::Set(json!(editors));
    row.saved_by = ActiveValue::Set(Some(staff_id));
    row.saved_at = ActiveValue::Set(now.into());
    row.update(transaction).await?;
    Ok(is_new_editor)
}

/// Refuses to overwrite what somebody else saved meanwhile.
///
/// # Errors
/// 412 with the present version and who saved it.
pub(super) async fn require_seen(
    connection: &impl ConnectionTrait,
    draft: &article_draft::Model,
    seen: IfMatch,
) -> ApiResult<()> {
    if seen.version() == draft.version {
        return Ok(());
    }
    Err(stale(connection, draft.version, draft.saved_by).await?)
}

/// Everything about an article for whoever works on it.
pub(super) async fn show(state: &AppState, worker: &Worker, id: i32) -> ApiResult<ArticleDraftDetail> {
    let (reader, now) = (state.database.reader(), state.clock.now());
    let article = worker.find(reader, id).await?;
    let draft = of(reader, id).await?;
    let standing = Standing::of(reader, id).await?;
    let content = Content::stored(draft.content.clone())?;
    let review = match &standing.review {
        Some(review) => Some(review_item(reader, review).await?),
        None => None,
    };
    let saved_by = names(reader, draft.saved_by).await?.into_values().next();
    let (work, public) = (standing.work(&draft), standing.public(&article, now));
    let knowledge = state.knowledge.at(now);
    let today = CivilTime::new(now, None).date();
    let mut todo = content.faults(article.kind, today, |topic| knowledge.state.topics.get(topic).is_some());
    if !relates_well(reader, id, &content.related).await? {
        let (code, message) = (UNRELATED.0.to_owned(), UNRELATED.1.to_owned());
        todo.push(FieldError { pointer: "/related".to_owned(), code, message });
    }
    Ok(ArticleDraftDetail {
        id,
        kind: ArticleKind::from(article.kind),
        region_code: article.region_code,
        slug: slugs::in_use(reader, id).await?,
        version: draft.version,
        state_version: article.version,
        work,
        work_text: work.text().to_owned(),
        public,
        public_text: public.text().to_owned(),
        frozen_as: draft.frozen_as,
        saved_by,
        saved_at: beijing(draft.saved_at.0),
        editors: presence::editors(reader, id, now).await?,
        todo,
        warnings: warnings::of(&content, &state.word_list),
        content,
        review,
        live: standing.live_item(now),
        schedule: standing.schedule_item(now),
    })
}

fn require_region(state: &AppState, worker: &Worker, region_code: Option<&str>) -> ApiResult<()> {
    if region_code.is_some_and(|code| !state.regions.current().contains(code)) {
        return Err(wrong("/region_code", "unknown_region", "没有这个区划，请填写 12 位区划代码。"));
    }
    if worker.covers(region_code) {
        return Ok(());
    }
    let message = match region_code {
        Some(_) => "这个区划不在您负责的区域内，请选择您负责的区划。",
        None => "您不能写面向所有地区的文章，请选择您负责的区划。",
    };
    Err(wrong("/region_code", "outside", message))
}

/// 409: it is being read by a reviewer.
pub(super) fn in_review() -> ApiError {
    ApiError::Conflict {
        code: "in_review", detail: "这篇文章正在审核，要修改请先撤回送审。".into()
    }
}
