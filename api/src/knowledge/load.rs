//! Reads what residents read from the database.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::{
    article, article_release, article_revision, article_revision_related, article_revision_topic,
    article_slug, feature, feature_source, health_day, health_day_override, health_day_topic, media, officer,
    service, service_topic, topic, topic_synonym,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::to_raw_value;
use uuid::Uuid;

use super::articles::body;
use super::articles::terms::{self, ArticleTerm};
use super::health_days::{HealthDay, HealthDayOverride};
use super::published::{Article, KnowledgeState, Officer, Service, Topic, Topics};
use super::revision;
use super::services::urgency;
use crate::database::Database;
use crate::error::ApiResult;

/// Reads everything that is public at `now` or will be. The revision is read first: what is published meanwhile
/// is read again later.
///
/// # Errors
/// When the database fails or holds a record that cannot be read.
pub async fn state(database: &Database, now: DateTime<Utc>) -> ApiResult<KnowledgeState> {
    let reader = database.reader();
    let revision = revision::current(reader).await?.revision;
    Ok(KnowledgeState {
        revision,
        topics: Arc::new(topics(reader).await?),
        articles: articles(reader, None, now).await?.into_iter().map(Arc::new).collect(),
        services: services(reader).await?.into(),
        officers: officers(reader).await?.into(),
        health_days: health_days(reader).await?.into(),
    })
}

/// The state that follows `known`: what did not change since is shared with it. Where only articles changed,
/// only those are read, so that publishing one costs the same among a hundred and among ten thousand.
///
/// # Errors
/// When the database fails or holds a record that cannot be read.
pub async fn next(
    database: &Database,
    known: &KnowledgeState,
    now: DateTime<Utc>,
) -> ApiResult<KnowledgeState> {
    let reader = database.reader();
    let latest = revision::current(reader).await?;
    if latest.whole_revision > known.revision {
        return state(database, now).await;
    }
    let changed = revision::articles_changed_after(reader, known.revision).await?;
    let fresh = articles(reader, Some(&changed), now).await?;
    let kept = known.articles.iter().filter(|article| !changed.contains(&article.id)).map(Arc::clone);
    let mut articles: Vec<Arc<Article>> = kept.chain(fresh.into_iter().map(Arc::new)).collect();
    articles.sort_by_key(|article| newest_first(article));
    Ok(KnowledgeState { revision: latest.revision, articles, ..known.clone() })
}

fn newest_first(article: &Article) -> Reverse<(DateTime<Utc>, i32)> {
    Reverse((article.first_published_at, article.id))
}

/// The topics with their words.
///
/// # Errors
/// When the database fails.
pub async fn topics(connection: &impl ConnectionTrait) -> ApiResult<Topics> {
    let rows = topic::Entity::find()
        .order_by_asc(topic::Column::Position)
        .order_by_asc(topic::Column::Id)
        .all(connection)
        .await?;
    let list = rows.into_iter().map(|row| Topic {
        id: row.id,
        parent_id: row.parent_id,
        title: row.title,
        description: row.description,
    });
    let synonyms = topic_synonym::Entity::find().all(connection).await?;
    let synonyms: Vec<_> = synonyms.into_iter().map(|row| (row.topic_id, row.word)).collect();
    Ok(Topics::new(list.collect(), &synonyms))
}

/// What belongs to revisions, by revision.
#[derive(Default)]
struct Attached {
    topics: BTreeMap<i32, Vec<String>>,
    related: BTreeMap<i32, Vec<i32>>,
    /// What is said in videos, by the medium.
    transcripts: BTreeMap<Uuid, String>,
}

/// The revisions that are public at `now` or will be, the newest article first: of all articles or of those
/// with these numbers. An article has several where one revision is to take the place of another.
///
/// # Errors
/// When the database fails or holds a record that cannot be read.
pub async fn articles(
    connection: &impl ConnectionTrait,
    ids: Option<&[i32]>,
    now: DateTime<Utc>,
) -> ApiResult<Vec<Article>> {
    let terms = article_terms(connection, ids, now).await?;
    let revisions = article_revision::Entity::find()
        .filter(only(article_revision::Column::ArticleId, ids))
        .filter(shown_from(now))
        .all(connection)
        .await?;
    let revision_ids: Option<Vec<i32>> = ids.map(|_| revisions.iter().map(|row| row.id).collect());
    let revisions: HashMap<(i32, i32), article_revision::Model> =
        revisions.into_iter().map(|row| ((row.article_id, row.number), row)).collect();
    let identities = article::Entity::find().filter(only(article::Column::Id, ids)).all(connection).await?;
    let identities: HashMap<i32, article::Model> = identities.into_iter().map(|row| (row.id, row)).collect();
    let slugs = slugs(connection, ids).await?;
    let mut attached = attached(connection, revision_ids.as_deref()).await?;
    attached.transcripts = transcripts(connection, revisions.values()).await?;
    let mut articles = Vec::with_capacity(terms.len());
    for term in terms {
        let key = (term.release.article_id, term.release.number);
        let row = revisions.get(&key).context("a revision is missing")?;
        let identity = identities.get(&row.article_id).context("an article is missing")?;
        let slugs = slugs.get(&row.article_id).context("an article has no slug")?;
        articles.push(read_article(row.clone(), &term, identity, slugs.clone(), &attached)?);
    }
    articles.sort_by_key(newest_first);
    Ok(articles)
}

/// The terms that hold at `now` or will.
async fn article_terms(
    connection: &impl ConnectionTrait,
    ids: Option<&[i32]>,
    now: DateTime<Utc>,
) -> ApiResult<Vec<ArticleTerm>> {
    let releases = article_release::Entity::find()
        .filter(only(article_release::Column::ArticleId, ids))
        .filter(article_release::Column::CancelledAt.is_null())
        .order_by_asc(article_release::Column::ArticleId)
        .all(connection)
        .await?;
    let of_articles = releases.chunk_by(|one, next| one.article_id == next.article_id);
    let terms = of_articles.flat_map(|releases| terms::of(releases.to_vec()));
    Ok(terms.filter(|term| !term.is_over(now)).collect())
}

/// Whether a term of the revision may hold at `now` or later; not more than [`terms`] need, not less.
fn shown_from(now: DateTime<Utc>) -> Expr {
    let now_ms = now.timestamp_millis();
    Expr::cust(format!(
        "EXISTS (SELECT 1 FROM article_release r \
           WHERE r.article_id = article_revision.article_id AND r.number = article_revision.number \
           AND r.cancelled_at IS NULL AND (r.withdrawn_at IS NULL OR r.withdrawn_at > {now_ms}) \
           AND (r.expire_at IS NULL OR r.expire_at > {now_ms}) \
           AND NOT EXISTS (SELECT 1 FROM article_release s \
             WHERE s.article_id = r.article_id AND s.cancelled_at IS NULL AND s.published_at <= {now_ms} \
             AND (s.published_at > r.published_at OR (s.published_at = r.published_at AND s.id > r.id))))"
    ))
}

/// Rows of these numbers, or all.
fn only(column: impl ColumnTrait, ids: Option<&[i32]>) -> Condition {
    Condition::all().add_option(ids.map(|ids| column.is_in(ids.iter().copied())))
}

/// Slug in use and former ones, by article.
async fn slugs(
    connection: &impl ConnectionTrait,
    ids: Option<&[i32]>,
) -> ApiResult<HashMap<i32, (String, Vec<String>)>> {
    let rows = article_slug::Entity::find()
        .filter(only(article_slug::Column::ArticleId, ids))
        .order_by_asc(article_slug::Column::Slug)
        .all(connection)
        .await?;
    let mut slugs: HashMap<i32, (String, Vec<String>)> = HashMap::new();
    for row in rows {
        let (in_use, former) = slugs.entry(row.article_id).or_default();
        match row.retired_at {
            None => *in_use = row.slug,
            Some(_) => former.push(row.slug),
        }
    }
    Ok(slugs)
}

async fn attached(connection: &impl ConnectionTrait, revision_ids: Option<&[i32]>) -> ApiResult<Attached> {
    let mut attached = Attached::default();
    let topics = article_revision_topic::Entity::find()
        .filter(only(article_revision_topic::Column::RevisionId, revision_ids))
        .order_by_asc(article_revision_topic::Column::Position)
        .all(connection)
        .await?;
    for row in topics {
        attached.topics.entry(row.revision_id).or_default().push(row.topic_id);
    }
    let related = article_revision_related::Entity::find()
        .filter(only(article_revision_related::Column::RevisionId, revision_ids))
        .order_by_asc(article_revision_related::Column::Position)
        .all(connection)
        .await?;
    for row in related {
        attached.related.entry(row.revision_id).or_default().push(row.article_id);
    }
    Ok(attached)
}

async fn transcripts(
    connection: &impl ConnectionTrait,
    revisions: impl Iterator<Item = &article_revision::Model>,
) -> ApiResult<BTreeMap<Uuid, String>> {
    let ids: BTreeSet<Uuid> =
        revisions.filter_map(|row| row.video_url.as_deref()).filter_map(body::media_id).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(Uuid, Option<String>)> = media::Entity::find()
        .select_only()
        .column(media::Column::Id)
        .column(media::Column::Transcript)
        .filter(media::Column::Id.is_in(ids))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().filter_map(|(id, transcript)| Some((id, transcript?))).collect())
}

fn read_article(
    row: article_revision::Model,
    term: &ArticleTerm,
    identity: &article::Model,
    (slug, former_slugs): (String, Vec<String>),
    attached: &Attached,
) -> ApiResult<Article> {
    Ok(Article {
        id: row.article_id,
        slug,
        former_slugs,
        kind: identity.kind,
        region_code: identity.region_code.clone(),
        number: row.number,
        title: row.title,
        elder_summary: row.elder_summary,
        body_html: row.body_html,
        body_text: body::plain_text(&read::<Vec<body::Block>>("blocks", row.body_blocks.clone())?),
        body_blocks: to_raw_value(&row.body_blocks).context("blocks cannot be written")?,
        cover_url: row.cover_url,
        audio_url: row.audio_url,
        video_transcript: row
            .video_url
            .as_deref()
            .and_then(body::media_id)
            .and_then(|id| attached.transcripts.get(&id).cloned()),
        video_url: row.video_url,
        audiences: read("audiences", row.audiences)?,
        topics: attached.topics.get(&row.id).cloned().unwrap_or_default(),
        source_name: row.source_name,
        source_edition: row.source_edition,
        source_url: row.source_url,
        medical_reviewer: row.medical_reviewer,
        reviewed_on: row.reviewed_on,
        review_by: row.review_by,
        literacy_edition: row.literacy_edition,
        literacy_items: read("literacy items", row.literacy_items)?,
        quiz: row.quiz.map(|quiz| to_raw_value(&quiz)).transpose().context("a quiz cannot be written")?,
        related: attached.related.get(&row.id).cloned().unwrap_or_default(),
        demo: row.demo,
        release_id: term.release.id,
        published_at: term.release.published_at.0,
        first_published_at: term.first_published_at,
        ends_at: term.ends_at,
    })
}

/// The services, the most urgent first.
///
/// # Errors
/// When the database fails or holds a record that cannot be read.
pub async fn services(connection: &impl ConnectionTrait) -> ApiResult<Vec<Service>> {
    let rows = service::Entity::find()
        .order_by_asc(service::Column::Priority)
        .order_by_asc(service::Column::Id)
        .all(connection)
        .await?;
    let mut topics: HashMap<String, Vec<String>> = HashMap::new();
    let of_topics =
        service_topic::Entity::find().order_by_asc(service_topic::Column::Position).all(connection).await?;
    for row in of_topics {
        topics.entry(row.service_id).or_default().push(row.topic_id);
    }
    let keys: Vec<&str> = rows.iter().filter_map(|row| row.feature_key.as_deref()).collect();
    let places = places(connection, keys).await?;
    let read_service = |row: service::Model| {
        Ok(Service {
            audiences: read("audiences", row.audiences.clone())?,
            topics: topics.remove(&row.id).unwrap_or_default(),
            place_id: row.feature_key.as_ref().and_then(|key| places.get(key)).copied(),
            row,
        })
    };
    let mut services = rows.into_iter().map(read_service).collect::<ApiResult<Vec<_>>>()?;
    // Stable: whatever priority an office gives its own, nothing comes before whom to call first.
    services.sort_by_key(|service| urgency(&service.row));
    Ok(services)
}

/// Numbers of published places by the key under which a source knows them.
async fn places(connection: &impl ConnectionTrait, keys: Vec<&str>) -> ApiResult<HashMap<String, i32>> {
    let known: Vec<(String, i32)> = feature_source::Entity::find()
        .select_only()
        .column(feature_source::Column::SourceKey)
        .column(feature_source::Column::FeatureId)
        .filter(feature_source::Column::SourceKey.is_in(keys))
        .into_tuple()
        .all(connection)
        .await?;
    let published: Vec<i32> = feature::Entity::find()
        .select_only()
        .column(feature::Column::Id)
        .filter(feature::Column::Status.eq(feature::Status::Published))
        .filter(feature::Column::Id.is_in(known.iter().map(|(_, id)| *id)))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(known.into_iter().filter(|(_, id)| published.contains(id)).collect())
}

/// The posts of health officers in display order.
///
/// # Errors
/// When the database fails or holds a record that cannot be read.
pub async fn officers(connection: &impl ConnectionTrait) -> ApiResult<Vec<Officer>> {
    let rows = officer::Entity::find()
        .order_by_asc(officer::Column::Position)
        .order_by_asc(officer::Column::Id)
        .all(connection)
        .await?;
    rows.into_iter().map(|row| Ok(Officer { duties: read("duties", row.duties.clone())?, row })).collect()
}

async fn health_days(connection: &impl ConnectionTrait) -> ApiResult<Vec<HealthDay>> {
    let rows = health_day::Entity::find()
        .order_by_asc(health_day::Column::Position)
        .order_by_asc(health_day::Column::Id)
        .all(connection)
        .await?;
    let mut topics: HashMap<String, Vec<String>> = HashMap::new();
    let of_topics = health_day_topic::Entity::find()
        .order_by_asc(health_day_topic::Column::Position)
        .all(connection)
        .await?;
    for row in of_topics {
        topics.entry(row.health_day_id).or_default().push(row.topic_id);
    }
    let mut overrides: HashMap<String, BTreeMap<i32, HealthDayOverride>> = HashMap::new();
    for row in health_day_override::Entity::find().all(connection).await? {
        let known = HealthDayOverride { theme: row.theme, days: row.starts_on.zip(row.ends_on) };
        overrides.entry(row.health_day_id).or_default().insert(row.year, known);
    }
    let read_day = |row: health_day::Model| {
        Ok(HealthDay {
            topics: topics.remove(&row.id).unwrap_or_default(),
            overrides: overrides.remove(&row.id).unwrap_or_default(),
            rule: read("rule", row.rule)?,
            id: row.id,
            title: row.title,
            note: row.note,
            certain: row.certain,
        })
    };
    rows.into_iter().map(read_day).collect()
}

fn read<T: DeserializeOwned>(what: &str, stored: Value) -> ApiResult<T> {
    Ok(serde_json::from_value(stored).with_context(|| format!("stored {what} cannot be read"))?)
}
