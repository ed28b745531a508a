use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::article::Kind as ArticleKind;
use entity::service::Kind as ServiceKind;

use super::dto::{Home, HomeRegion};
use crate::error::ApiResult;
use crate::http::ready::Ready;
use crate::knowledge::articles::service as articles;
use crate::knowledge::dto::TopicName;
use crate::knowledge::health_days::service as health_days;
use crate::knowledge::officers::service as officers;
use crate::knowledge::published::{Article, Knowledge};
use crate::knowledge::query::civil_time;
use crate::knowledge::services::service as services;
use crate::opening::CivilTime;
use crate::regions::RegionTree;
use crate::state::AppState;

const ARTICLES: usize = 6;
const NOTICES: usize = 3;
const HOTLINES: usize = 4;
const NEXT_HEALTH_DAYS: usize = 3;
const OFFICERS: usize = 3;

/// The first screen of a region: written once, until something on it changes with the time.
pub(super) fn ready(state: &AppState, region: Option<&str>) -> ApiResult<Ready> {
    let now = state.clock.now();
    let knowledge = state.knowledge.at(now);
    let kept = &knowledge.view.ready_homes;
    let key = region.unwrap_or_default();
    if let Some((until, ready)) = kept.get(key)
        && now < until
    {
        return Ok(ready);
    }
    let civil_now = civil_time(state, region);
    let home = home(state, &knowledge, region, civil_now);
    let ready = Ready::json(&home)?;
    kept.insert(key.to_owned(), (until(&knowledge, &home, civil_now, now), ready.clone()));
    Ok(ready)
}

fn until(knowledge: &Knowledge, home: &Home, civil_now: CivilTime, now: DateTime<Utc>) -> DateTime<Utc> {
    let openings = [
        services::changes_at(&home.hotlines),
        services::changes_at(&home.app_links),
        officers::changes_at(&home.officers),
    ];
    let openings = openings.into_iter().flatten().map(|at| at.with_timezone(&Utc));
    let midnight = now.checked_add_signed(civil_now.until_midnight());
    openings.chain(midnight).chain(knowledge.view.until()).min().unwrap_or(now)
}

fn home(state: &AppState, knowledge: &Knowledge, region: Option<&str>, now: CivilTime) -> Home {
    let regions = state.regions.current();
    let map = state.map.current();
    let of_kind = |kind| {
        services::list(knowledge, &regions, services::Filter { kind: Some(kind), region, topic: None }, now)
    };
    let mut hotlines = of_kind(ServiceKind::Hotline);
    hotlines.truncate(HOTLINES);
    let mut officers = match region {
        Some(_) => officers::list(knowledge, &regions, region, now),
        None => Vec::new(),
    };
    officers.truncate(OFFICERS);
    let summaries = |articles: Vec<&Arc<Article>>| {
        articles.into_iter().map(|article| articles::summary(knowledge, article)).collect()
    };
    let topics = knowledge.state.topics.list.iter().filter(|topic| topic.parent_id.is_none());
    Home {
        region: region.map(|code| HomeRegion {
            code: code.to_owned(),
            name: map.regions.get(code).map(|region| region.name.clone()),
        }),
        date: now.date(),
        health_days: health_days::on(knowledge, now.date()),
        next_health_days: health_days::after(knowledge, now.date(), NEXT_HEALTH_DAYS),
        articles: summaries(to_read(knowledge, &regions, region, now)),
        notices: summaries(
            newest(knowledge, &regions, region, Some(ArticleKind::Notice)).take(NOTICES).collect(),
        ),
        hotlines,
        app_links: of_kind(ServiceKind::AppLink),
        officers,
        topics: topics.map(|topic| TopicName { id: topic.id.clone(), title: topic.title.clone() }).collect(),
    }
}

fn newest<'k>(
    knowledge: &'k Knowledge,
    regions: &RegionTree,
    region: Option<&str>,
    kind: Option<ArticleKind>,
) -> impl Iterator<Item = &'k Arc<Article>> {
    let filter = articles::Filter { kind, region, topics: None, audience: None };
    knowledge.view.articles.iter().filter(move |article| filter.admits(article, regions))
}

/// What fits the health days of today, then the newest.
fn to_read<'k>(
    knowledge: &'k Knowledge,
    regions: &RegionTree,
    region: Option<&str>,
    now: CivilTime,
) -> Vec<&'k Arc<Article>> {
    let day = now.date();
    let themes: BTreeSet<&str> = knowledge
        .state
        .health_days
        .iter()
        .filter(|known| known.is_on(day))
        .flat_map(|known| &known.topics)
        .flat_map(|topic| knowledge.state.topics.within(topic))
        .collect();
    let fits = |article: &Article| article.topics.iter().any(|topic| themes.contains(topic.as_str()));
    let readable =
        newest(knowledge, regions, region, None).filter(|article| article.kind != ArticleKind::Notice);
    let (mut fitting, others): (Vec<_>, Vec<_>) = readable.partition(|article| fits(article));
    fitting.extend(others);
    fitting.truncate(ARTICLES);
    fitting
}
