//! The first topics, articles, services, health officers and health days (`seeds/`).
//!
//! Planted where there is no topic yet, so that an installation which had only the map gets them too.

mod files;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::{
    health_day, health_day_topic, knowledge_revision, officer, region, search_doc, service, service_topic,
    topic, topic_synonym,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use serde_json::json;

use self::files::{ArticleEntry, HealthDayEntry, OfficerEntry, ServiceEntry, TopicEntry};
use super::read;
use crate::clock::Clock;
use crate::database::Database;
use crate::error::ApiResult;
use crate::knowledge::articles::body;
use crate::knowledge::articles::write::{self, ArticleDraft, Term};
use crate::knowledge::health_days::Rule;
use crate::knowledge::revision::{self, Changed};
use crate::knowledge::{load, officers, services};
use crate::map;
use crate::search::doc::DocKind;
use crate::search::index;

/// Writes the seeds if there is no topic yet; whether it did.
pub(super) async fn if_empty(database: &Database, clock: &Clock) -> ApiResult<bool> {
    if topic::Entity::find().count(database.reader()).await? > 0 {
        return Ok(false);
    }
    let now = clock.now();
    database.write(move |transaction| Box::pin(plant(transaction, now))).await
}

async fn plant(transaction: &DatabaseTransaction, now: DateTime<Utc>) -> ApiResult<bool> {
    // Replicas that start together take turns on this row; the second finds the work done.
    knowledge_revision::Entity::update_many()
        .col_expr(knowledge_revision::Column::Revision, Expr::col(knowledge_revision::Column::Revision))
        .exec(transaction)
        .await?;
    if topic::Entity::find().count(transaction).await? > 0 {
        return Ok(false);
    }
    plant_topics(transaction).await?;
    plant_services(transaction).await?;
    plant_officers(transaction).await?;
    plant_health_days(transaction).await?;
    index_places(transaction).await?;
    let docs: Vec<_> = load::officers(transaction).await?.iter().map(officers::doc).collect();
    index::put(transaction, &docs).await?;
    let docs: Vec<_> = load::services(transaction).await?.iter().filter_map(services::doc).collect();
    index::put(transaction, &docs).await?;
    plant_articles(transaction, now).await?;
    revision::raise(transaction, Changed::Whole, now).await?;
    Ok(true)
}

async fn plant_topics(transaction: &DatabaseTransaction) -> ApiResult<()> {
    let entries: Vec<TopicEntry> = read(files::TOPICS)?;
    let (mut rows, mut synonyms) = (Vec::new(), Vec::new());
    for (position, entry) in (0..).zip(entries) {
        let words: BTreeSet<String> = entry.synonyms.into_iter().collect();
        synonyms.extend(
            words
                .into_iter()
                .map(|word| topic_synonym::Model { topic_id: entry.id.clone(), word }.into_active_model()),
        );
        let row = topic::Model {
            id: entry.id,
            parent_id: entry.parent,
            title: entry.title,
            description: entry.description,
            position,
            version: 1,
        };
        rows.push(row.into_active_model());
    }
    topic::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    topic_synonym::Entity::insert_many(synonyms).exec_without_returning(transaction).await?;
    Ok(())
}

async fn plant_services(transaction: &DatabaseTransaction) -> ApiResult<()> {
    let entries: Vec<ServiceEntry> = read(files::SERVICES)?;
    let known = known_regions(transaction).await?;
    for entry in entries.into_iter().filter(|entry| is_known(&known, entry.region_code.as_deref())) {
        let topics = (0..).zip(entry.topics).map(|(position, topic_id)| {
            service_topic::Model { service_id: entry.id.clone(), topic_id, position }.into_active_model()
        });
        let topics: Vec<_> = topics.collect();
        let row = service::Model {
            id: entry.id,
            kind: entry.kind.into(),
            title: entry.title,
            description: entry.description,
            phone: entry.phone,
            opening_hours: entry.hours,
            audiences: json!(entry.audiences),
            priority: entry.priority,
            region_code: entry.region_code,
            feature_key: entry.feature_key,
            platform: entry.platform,
            appid: entry.appid,
            path: entry.path,
            enabled: entry.enabled,
            source: entry.source,
            demo: entry.demo,
            version: 1,
        };
        service::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
        service_topic::Entity::insert_many(topics).exec_without_returning(transaction).await?;
    }
    Ok(())
}

async fn plant_officers(transaction: &DatabaseTransaction) -> ApiResult<()> {
    let entries: Vec<OfficerEntry> = read(files::OFFICERS)?;
    let known = known_regions(transaction).await?;
    let here = entries.into_iter().filter(|entry| is_known(&known, Some(&entry.region_code)));
    let rows = (0..).zip(here).map(|(position, entry)| {
        officer::Model {
            id: entry.id,
            region_code: entry.region_code,
            unit: entry.unit,
            role: entry.role,
            name: entry.name,
            phone: entry.phone,
            opening_hours: entry.hours,
            duties: json!(entry.duties),
            description: entry.description,
            source: entry.source,
            demo: entry.demo,
            position,
            version: 1,
        }
        .into_active_model()
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        officer::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    }
    Ok(())
}

/// An installation elsewhere has other regions, and no use for the posts and services of 葵涌.
async fn known_regions(transaction: &DatabaseTransaction) -> ApiResult<BTreeSet<String>> {
    Ok(region::Entity::find().all(transaction).await?.into_iter().map(|row| row.code).collect())
}

fn is_known(known: &BTreeSet<String>, region_code: Option<&str>) -> bool {
    region_code.is_none_or(|code| known.contains(code))
}

async fn plant_health_days(transaction: &DatabaseTransaction) -> ApiResult<()> {
    let entries: Vec<HealthDayEntry> = read(files::HEALTH_DAYS)?;
    let (mut rows, mut topics) = (Vec::new(), Vec::new());
    for (position, entry) in (0..).zip(entries) {
        serde_json::from_value::<Rule>(entry.rule.clone())
            .with_context(|| format!("the rule of {}", entry.id))?;
        topics.extend((0..).zip(entry.topics).map(|(position, topic_id)| {
            health_day_topic::Model { health_day_id: entry.id.clone(), topic_id, position }
                .into_active_model()
        }));
        let row = health_day::Model {
            id: entry.id,
            title: entry.title,
            rule: entry.rule,
            note: entry.note,
            certain: entry.certain,
            position,
        };
        rows.push(row.into_active_model());
    }
    health_day::Entity::insert_many(rows).exec_without_returning(transaction).await?;
    health_day_topic::Entity::insert_many(topics).exec_without_returning(transaction).await?;
    Ok(())
}

/// Places that were there before there was a search.
async fn index_places(transaction: &DatabaseTransaction) -> ApiResult<()> {
    let indexed = search_doc::Entity::find().filter(search_doc::Column::Kind.eq(DocKind::Place.as_str()));
    if indexed.count(transaction).await? > 0 {
        return Ok(());
    }
    let mut after = 0;
    while let Some((places, last)) = map::search::docs_after(transaction, after).await? {
        index::put(transaction, &places).await?;
        after = last;
    }
    Ok(())
}

async fn plant_articles(transaction: &DatabaseTransaction, now: DateTime<Utc>) -> ApiResult<()> {
    let mut added = BTreeMap::new();
    let mut related = Vec::new();
    let term = Term { published_at: now, expire_at: None };
    for file in files::ARTICLES {
        let (draft, others) = article(file)?;
        let numbers = write::add(transaction, &draft, term, now).await?;
        added.insert(draft.slug, numbers.article_id);
        related.push((numbers.revision_id, others));
    }
    for (revision_id, slugs) in related {
        let ids = slugs
            .iter()
            .map(|slug| added.get(slug).copied().with_context(|| format!("there is no article {slug}")));
        write::relate(transaction, revision_id, &ids.collect::<anyhow::Result<Vec<_>>>()?).await?;
    }
    write::reindex(transaction, &added.into_values().collect::<Vec<_>>(), now).await
}

/// Reads a file: what it says, and the slugs of what else to read.
pub(super) fn article(file: &str) -> anyhow::Result<(ArticleDraft, Vec<String>)> {
    let (front_matter, markdown) = file
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .context("an article has no front matter")?;
    let entry: ArticleEntry = yaml_serde::from_str(front_matter).context("a front matter cannot be read")?;
    let literacy = entry.literacy_items.map(|items| (items.edition, items.numbers));
    let draft = ArticleDraft {
        slug: entry.slug,
        kind: entry.kind.into(),
        region_code: None,
        title: entry.title,
        elder_summary: entry.elder_summary,
        body: body::from_markdown(markdown),
        audiences: entry.audiences,
        topics: entry.topics,
        source_name: entry.source,
        source_edition: entry.source_edition,
        source_url: entry.source_url,
        medical_reviewer: entry.medical_reviewer,
        reviewed_on: entry.reviewed_on,
        review_by: entry.review_by,
        literacy,
        quiz: entry.quiz,
        demo: entry.demo,
    };
    Ok((draft, entry.related))
}
