//! Writing articles, and what the search knows of them.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    article, article_draft, article_media, article_release, article_revision, article_revision_related,
    article_revision_topic, article_slug,
};
use sea_orm::prelude::ChronoUnixTimestampMillis;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::Body;
use super::content::Content;
use crate::error::ApiResult;
use crate::knowledge::load;
use crate::knowledge::published::Article;
use crate::search::doc::{Doc, DocKind};
use crate::search::index;

/// An article as it is to be written.
#[derive(Clone, Debug)]
pub struct ArticleDraft {
    /// Its address.
    pub slug: String,
    /// What it is.
    pub kind: article::Kind,
    /// Where it is for; `None` is everywhere.
    pub region_code: Option<String>,
    /// Title.
    pub title: String,
    /// To be read aloud; at most 80 characters.
    pub elder_summary: String,
    /// What it says.
    pub body: Body,
    /// Whom it is for.
    pub audiences: Vec<String>,
    /// What it is about, the most important first.
    pub topics: Vec<String>,
    /// Standard or guideline it follows.
    pub source_name: String,
    /// Edition of the source.
    pub source_edition: Option<String>,
    /// Where the source can be read.
    pub source_url: Option<String>,
    /// Who reviewed it.
    pub medical_reviewer: Option<String>,
    /// When it was reviewed.
    pub reviewed_on: Option<NaiveDate>,
    /// By when it must be reviewed again.
    pub review_by: Option<NaiveDate>,
    /// Edition of the items of health literacy, and their numbers in it.
    pub literacy: Option<(i32, Vec<i32>)>,
    /// A question about it.
    pub quiz: Option<Value>,
    /// Not reviewed, for demonstration.
    pub demo: bool,
}

/// Media of an article, beside the pictures in its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// The picture for lists.
    pub cover: Option<Uuid>,
    /// The spoken text.
    pub audio: Option<Uuid>,
    /// The video.
    pub video: Option<Uuid>,
}

impl Media {
    /// Addresses of cover, sound and video.
    fn urls(self) -> [Option<String>; 3] {
        let url = |id: Option<Uuid>, variant: &str| id.map(|id| format!("/media/{id}/{variant}"));
        [url(self.cover, "cover"), url(self.audio, "original"), url(self.video, "original")]
    }
}

/// From when until when an article is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The first instant.
    pub published_at: DateTime<Utc>,
    /// The first instant at which it is not any more.
    pub expire_at: Option<DateTime<Utc>>,
}

/// Numbers of what was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// The article.
    pub article_id: i32,
    /// Its first revision.
    pub revision_id: i32,
}

/// Adds an article with its first revision, public for this term. The caller raises the revision of all
/// that residents read.
///
/// # Errors
/// When the database refuses.
pub async fn add(
    transaction: &DatabaseTransaction,
    draft: &ArticleDraft,
    term: Term,
    now: DateTime<Utc>,
) -> ApiResult<Added> {
    add_with_media(transaction, draft, Media::default(), term, now).await
}

/// As [`add`], with a cover, a video or a spoken text.
///
/// # Errors
/// When the database refuses, also where there is no such medium.
pub async fn add_with_media(
    transaction: &DatabaseTransaction,
    draft: &ArticleDraft,
    media: Media,
    term: Term,
    now: DateTime<Utc>,
) -> ApiResult<Added> {
    let content = Content {
        cover_media_id: media.cover,
        audio_media_id: media.audio,
        video_media_id: media.video,
        ..Content::of_draft(draft)
    };
    let article_id = begin(transaction, draft.kind, draft.region_code.clone(), &content, None, now).await?;
    give_slug(transaction, article_id, &draft.slug).await?;
    show_media(transaction, article_id, &content.media_ids()).await?;
    let frozen = freeze(transaction, article_id, draft, media, None, now).await?;
    release(transaction, article_id, frozen.number, term, None, now).await?;
    Ok(Added { article_id, revision_id: frozen.revision_id })
}

/// Begins an article with what is entered for it. Nothing of it is public.
///
/// # Errors
/// When the database refuses.
pub async fn begin(
    transaction: &DatabaseTransaction,
    kind: article::Kind,
    region_code: Option<String>,
    content: &Content,
    author_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> ApiResult<i32> {
    let created_at = ChronoUnixTimestampMillis(now);
    let row = article::ActiveModel {
        id: ActiveValue::NotSet,
        kind: ActiveValue::Set(kind),
        region_code: ActiveValue::Set(region_code),
        created_at: ActiveValue::Set(created_at),
        version: ActiveValue::Set(1),
        binned_at: ActiveValue::Set(None),
        changed_revision: ActiveValue::NotSet,
    };
    let article_id = article::Entity::insert(row).exec(transaction).await?.last_insert_id;
    let draft = article_draft::Model {
        article_id,
        version: 1,
        title: content.title.clone(),
        plain_text: content.plain_text(),
        content: json!(content),
        frozen_as: None,
        editors: json!(author_id.into_iter().collect::<Vec<_>>()),
        saved_by: author_id,
        saved_at: created_at,
    };
    article_draft::Entity::insert(draft.into_active_model()).exec_without_returning(transaction).await?;
    Ok(article_id)
}

/// Gives an article its address.
///
/// # Errors
/// When the database refuses, also where another article has or had it.
pub async fn give_slug(transaction: &DatabaseTransaction, article_id: i32, slug: &str) -> ApiResult<()> {
    let row = article_slug::Model { slug: slug.to_owned(), article_id, retired_at: None };
    article_slug::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    Ok(())
}

/// A revision that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// Its number within the article.
    pub number: i32,
    /// The row.
    pub revision_id: i32,
}

/// Adds the next revision of an article; its working copy then says the same.
///
/// # Errors
/// When the database refuses.
pub async fn freeze(
    transaction: &DatabaseTransaction,
    article_id: i32,
    draft: &ArticleDraft,
    media: Media,
    author_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> ApiResult<Frozen> {
    let last: Option<i32> = article_revision::Entity::find()
        .select_only()
        .column(article_revision::Column::Number)
        .filter(article_revision::Column::ArticleId.eq(article_id))
        .order_by_desc(article_revision::Column::Number)
        .into_tuple()
        .one(transaction)
        .await?;
    let number = last.unwrap_or_default() + 1;
    let row = revision_row(draft, article_id, number, media, author_id, ChronoUnixTimestampMillis(now));
    let revision_id = article_revision::Entity::insert(row).exec(transaction).await?.last_insert_id;
    let topics: Vec<_> = (0..)
        .zip(&draft.topics)
        .map(|(position, topic_id)| {
            article_revision_topic::Model { revision_id, topic_id: topic_id.clone(), position }
                .into_active_model()
        })
        .collect();
    if !topics.is_empty() {
        article_revision_topic::Entity::insert_many(topics).exec_without_returning(transaction).await?;
    }
    let frozen = article_draft::ActiveModel {
        article_id: ActiveValue::Unchanged(article_id),
        frozen_as: ActiveValue::Set(Some(number)),
        editors: ActiveValue::Set(json!([])),
        ..Default::default()
    };
    article_draft::Entity::update(frozen).exec(transaction).await?;
    Ok(Frozen { number, revision_id })
}

/// Makes a revision public for a term; the number of the release.
///
/// # Errors
/// When the database refuses.
pub async fn release(
    transaction: &DatabaseTransaction,
    article_id: i32,
    number: i32,
    term: Term,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> ApiResult<i32> {
    // One that begins at once is told by whoever makes it; one that begins later by the time.
    let told_at = (term.published_at <= now).then_some(ChronoUnixTimestampMillis(now));
    let row = article_release::ActiveModel {
        id: ActiveValue::NotSet,
        article_id: ActiveValue::Set(article_id),
        number: ActiveValue::Set(number),
        published_at: ActiveValue::Set(ChronoUnixTimestampMillis(term.published_at)),
        expire_at: ActiveValue::Set(term.expire_at.map(ChronoUnixTimestampMillis)),
        withdrawn_at: ActiveValue::Set(None),
        cancelled_at: ActiveValue::Set(None),
        created_by: ActiveValue::Set(by),
        created_at: ActiveValue::Set(ChronoUnixTimestampMillis(now)),
        told_at: ActiveValue::Set(told_at),
        end_told_at: ActiveValue::Set(None),
    };
    Ok(article_release::Entity::insert(row).exec(transaction).await?.last_insert_id)
}

fn revision_row(
    draft: &ArticleDraft,
    article_id: i32,
    number: i32,
    media: Media,
    author_id: Option<Uuid>,
    created_at: ChronoUnixTimestampMillis,
) -> article_revision::ActiveModel {
    let draft = draft.clone();
    let [cover_url, audio_url, video_url] = media.urls();
    let (literacy_edition, literacy_items) = draft.literacy.unzip();
    article_revision::ActiveModel {
        id: ActiveValue::NotSet,
        article_id: ActiveValue::Set(article_id),
        number: ActiveValue::Set(number),
        title: ActiveValue::Set(draft.title),
        elder_summary: ActiveValue::Set(draft.elder_summary),
        body_html: ActiveValue::Set(draft.body.html),
        body_blocks: ActiveValue::Set(json!(draft.body.blocks)),
        cover_url: ActiveValue::Set(cover_url),
        audio_url: ActiveValue::Set(audio_url),
        video_url: ActiveValue::Set(video_url),
        audiences: ActiveValue::Set(json!(draft.audiences)),
        source_name: ActiveValue::Set(draft.source_name),
        source_edition: ActiveValue::Set(draft.source_edition),
        source_url: ActiveValue::Set(draft.source_url),
        medical_reviewer: ActiveValue::Set(draft.medical_reviewer),
        reviewed_on: ActiveValue::Set(draft.reviewed_on),
        review_by: ActiveValue::Set(draft.review_by),
        literacy_edition: ActiveValue::Set(literacy_edition),
        literacy_items: ActiveValue::Set(json!(literacy_items.unwrap_or_default())),
        quiz: ActiveValue::Set(draft.quiz),
        demo: ActiveValue::Set(draft.demo),
        author_id: ActiveValue::Set(author_id),
        created_at: ActiveValue::Set(created_at),
    }
}

/// Notes which media an article shows, which keeps them from being deleted.
///
/// # Errors
/// When the database refuses, also where there is no such medium.
pub async fn show_media(
    transaction: &DatabaseTransaction,
    article_id: i32,
    media_ids: &BTreeSet<Uuid>,
) -> ApiResult<()> {
    let rows: Vec<_> = media_ids
        .iter()
        .map(|media_id| article_media::Model { article_id, media_id: *media_id }.into_active_model())
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    article_media::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([article_media::Column::ArticleId, article_media::Column::MediaId])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Notes what else to read after a revision; the working copy that says the same says it too.
///
/// # Errors
/// When the database refuses.
pub async fn relate(
    transaction: &DatabaseTransaction,
    revision_id: i32,
    article_ids: &[i32],
) -> ApiResult<()> {
    let rows: Vec<_> = (0..)
        .zip(article_ids)
        .map(|(position, article_id)| {
            article_revision_related::Model { revision_id, article_id: *article_id, position }
                .into_active_model()
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    article_revision_related::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    let Some(revision) = article_revision::Entity::find_by_id(revision_id).one(transaction).await? else {
        return Ok(());
    };
    let draft = article_draft::Entity::find_by_id(revision.article_id).one(transaction).await?;
    if let Some(draft) = draft.filter(|draft| draft.frozen_as == Some(revision.number)) {
        let content = Content { related: article_ids.to_vec(), ..Content::stored(draft.content.clone())? };
        let mut row = draft.into_active_model();
        row.content = ActiveValue::Set(json!(content));
        article_draft::Entity::update(row).exec(transaction).await?;
    }
    Ok(())
}

/// Brings the search up to what is published of these articles, now and later.
///
/// # Errors
/// When the database refuses.
pub async fn reindex(
    transaction: &DatabaseTransaction,
    article_ids: &[i32],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let articles = load::articles(transaction, Some(article_ids), now).await?;
    let wanted: BTreeSet<String> = articles.iter().map(reference).collect();
    let gone: Vec<String> = possible_references(transaction, article_ids)
        .await?
        .into_iter()
        .filter(|reference| !wanted.contains(reference))
        .collect();
    index::remove(transaction, DocKind::Article, &gone).await?;
    // The oldest first: what is indexed later counts as newer.
    index::put(transaction, &articles.iter().rev().map(doc).collect::<Vec<_>>()).await
}

/// Under what the search may know these articles.
async fn possible_references(
    connection: &impl ConnectionTrait,
    article_ids: &[i32],
) -> ApiResult<Vec<String>> {
    let releases: Vec<(i32, i32)> = article_release::Entity::find()
        .select_only()
        .column(article_release::Column::ArticleId)
        .column(article_release::Column::Id)
        .filter(article_release::Column::ArticleId.is_in(article_ids.iter().copied()))
        .into_tuple()
        .all(connection)
        .await?;
    let of_releases = releases.into_iter().map(|(article_id, id)| format!("{article_id}.{id}"));
    // Without the release, as they were indexed before an article could have several.
    Ok(article_ids.iter().map(ToString::to_string).chain(of_releases).collect())
}

/// What the search calls the revision that is public for one term.
fn reference(article: &Article) -> String {
    format!("{}.{}", article.id, article.release_id)
}

/// The number of the article that the search calls so.
pub fn article_of(reference: &str) -> Option<i32> {
    reference.split('.').next()?.parse().ok()
}

/// An article as the search knows it.
pub fn doc(article: &Article) -> Doc {
    Doc {
        kind: DocKind::Article,
        reference: reference(article),
        title: article.title.clone(),
        tags: Vec::new(),
        body: searched_text(article),
        topics: article.topics.clone(),
        published_at: article.published_at,
        expire_at: article.ends_at,
    }
}

/// The text of an article in which the search looks, beside its title.
pub fn searched_text(article: &Article) -> String {
    format!("{}\n{}", article.elder_summary, article.body_text)
}
