//! Writing articles, and what the search knows of them.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    article, article_media, article_publication, article_revision, article_revision_related,
    article_revision_topic, article_slug,
};
use sea_orm::prelude::ChronoUnixTimestampMillis;
use sea_orm::{ActiveValue, DatabaseTransaction, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use uuid::Uuid;

use super::body::Body;
use crate::error::ApiResult;
use crate::knowledge::load;
use crate::knowledge::published::Article;
use crate::search::index::{self, Doc, DocKind};

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
    let created_at = ChronoUnixTimestampMillis(now);
    let row = article::ActiveModel {
        id: ActiveValue::NotSet,
        kind: ActiveValue::Set(draft.kind),
        region_code: ActiveValue::Set(draft.region_code.clone()),
        created_at: ActiveValue::Set(created_at),
    };
    let article_id = article::Entity::insert(row).exec(transaction).await?.last_insert_id;
    let slug = article_slug::Model { slug: draft.slug.clone(), article_id, retired_at: None };
    article_slug::Entity::insert(slug.into_active_model()).exec_without_returning(transaction).await?;
    let revision = revision_row(draft, article_id, media, created_at);
    let revision_id = article_revision::Entity::insert(revision).exec(transaction).await?.last_insert_id;
    let shown = draft
        .body
        .media_ids()
        .into_iter()
        .chain([media.cover, media.audio, media.video].into_iter().flatten());
    let shown: Vec<_> = shown
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|media_id| article_media::Model { article_id, media_id }.into_active_model())
        .collect();
    if !shown.is_empty() {
        article_media::Entity::insert_many(shown).exec_without_returning(transaction).await?;
    }
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
    let publication = article_publication::Model {
        article_id,
        number: 1,
        published_at: ChronoUnixTimestampMillis(term.published_at),
        expire_at: term.expire_at.map(ChronoUnixTimestampMillis),
        withdrawn_at: None,
    };
    article_publication::Entity::insert(publication.into_active_model())
        .exec_without_returning(transaction)
        .await?;
    Ok(Added { article_id, revision_id })
}

fn revision_row(
    draft: &ArticleDraft,
    article_id: i32,
    media: Media,
    created_at: ChronoUnixTimestampMillis,
) -> article_revision::ActiveModel {
    let draft = draft.clone();
    let [cover_url, audio_url, video_url] = media.urls();
    let (literacy_edition, literacy_items) = draft.literacy.unzip();
    article_revision::ActiveModel {
        id: ActiveValue::NotSet,
        article_id: ActiveValue::Set(article_id),
        number: ActiveValue::Set(1),
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
        author_id: ActiveValue::Set(None),
        created_at: ActiveValue::Set(created_at),
    }
}

/// Notes what else to read after a revision.
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
    if !rows.is_empty() {
        article_revision_related::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// Brings the search up to what is published of these articles.
///
/// # Errors
/// When the database refuses.
pub async fn reindex(transaction: &DatabaseTransaction, article_ids: &[i32]) -> ApiResult<()> {
    let articles = load::articles(transaction, Some(article_ids)).await?;
    let gone: Vec<String> = article_ids
        .iter()
        .filter(|id| !articles.iter().any(|article| article.id == **id))
        .map(ToString::to_string)
        .collect();
    index::remove(transaction, DocKind::Article, &gone).await?;
    // The oldest first: what is indexed later counts as newer.
    index::put(transaction, &articles.iter().rev().map(doc).collect::<Vec<_>>()).await
}

/// An article as the search knows it.
pub fn doc(article: &Article) -> Doc {
    Doc {
        kind: DocKind::Article,
        reference: article.id.to_string(),
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
