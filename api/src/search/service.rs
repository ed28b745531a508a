//! Makes results out of what was found.

use chrono::{DateTime, Utc};
use geodata::snapshot::Feature;
use serde_json::{Map, Value};

use super::answers::Asked;
use super::dto::{SearchHit, SearchHitKind, SearchResults};
use super::find::Found;
use super::highlight::{Marker, TextPart};
use super::names::Thing;
use super::ranking;
use super::sources::Sources;
use crate::activities;
use crate::activities::published::Activity;
use crate::database::Database;
use crate::error::ApiResult;
use crate::knowledge::articles::write::searched_text;
use crate::knowledge::officers;
use crate::knowledge::published::{Article, Officer, Service};
use crate::map;

/// Looks for what somebody typed.
///
/// # Errors
/// When the database fails.
pub(super) async fn results(
    database: &Database,
    sources: &Sources,
    asked: &Asked,
    now: DateTime<Utc>,
) -> ApiResult<SearchResults> {
    let mut finding = ranking::ranked(database, sources, &asked.typed, asked.kind, now).await?;
    if let Some(region) = &asked.region {
        finding.found.retain(|found| is_for(sources, region, found));
    }
    let marker = Marker::of(&asked.typed, finding.similar);
    let shown = finding.found.iter().skip(asked.offset).take(asked.limit);
    let items = shown.filter_map(|found| hit(sources, &marker, found)).collect();
    let end = asked.offset.saturating_add(asked.limit);
    let next = (end < finding.found.len()).then(|| end.to_string());
    Ok(SearchResults { items, next, similar: finding.similar })
}

/// The result for something found; `None` where it went a moment ago.
fn hit(sources: &Sources, marker: &Marker, found: &Found) -> Option<SearchHit> {
    let Sources { knowledge, map, activities, .. } = sources;
    match &found.thing {
        Thing::Article(id) => knowledge.view.article(*id).map(|article| of_article(marker, article)),
        Thing::Service(id) => {
            let mut services = knowledge.state.services.iter();
            services.find(|known| known.row.id == **id).map(|known| of_service(marker, known))
        }
        Thing::Officer(id) => {
            let mut officers = knowledge.state.officers.iter();
            officers.find(|known| known.row.id == **id).map(|known| of_officer(marker, known))
        }
        Thing::Place(id) => map.snapshot.feature(*id).map(|place| of_place(marker, place)),
        Thing::Activity(id) => activities.get(*id).map(|activity| of_activity(marker, activity)),
    }
}

/// Whether something found is for somebody in a region. What is for everywhere is.
fn is_for(sources: &Sources, region: &str, found: &Found) -> bool {
    let Sources { knowledge, map, activities, regions, .. } = sources;
    let near = |code: &str| regions.is_within(region, code) || regions.is_within(code, region);
    match &found.thing {
        Thing::Article(id) => knowledge
            .view
            .article(*id)
            .and_then(|article| article.region_code.as_deref())
            .is_none_or(|code| regions.is_within(region, code)),
        Thing::Service(id) => {
            let known = knowledge.state.services.iter().find(|known| known.row.id == **id);
            known.and_then(|known| known.row.region_code.as_deref()).is_none_or(near)
        }
        Thing::Officer(id) => {
            let known = knowledge.state.officers.iter().find(|known| known.row.id == **id);
            known.is_some_and(|known| near(&known.row.region_code))
        }
        Thing::Place(id) => {
            let properties: Option<Map<String, Value>> =
                map.snapshot.feature(*id).and_then(|feature| serde_json::from_str(feature.properties()).ok());
            let code = properties.as_ref().and_then(|known| known.get("region_code")).and_then(Value::as_str);
            code.is_none_or(near)
        }
        Thing::Activity(id) => activities.get(*id).is_some_and(|activity| near(&activity.row.region_code)),
    }
}

fn of_article(marker: &Marker, article: &Article) -> SearchHit {
    SearchHit {
        kind: SearchHitKind::Article,
        id: article.slug.clone(),
        title: article.title.clone(),
        title_parts: marker.mark(&article.title),
        excerpt_parts: excerpt(marker, &searched_text(article), &article.elder_summary),
        phone: None,
        layer: None,
        demo: article.demo,
    }
}

fn of_service(marker: &Marker, service: &Service) -> SearchHit {
    SearchHit {
        kind: SearchHitKind::Service,
        id: service.row.id.clone(),
        title: service.row.title.clone(),
        title_parts: marker.mark(&service.row.title),
        excerpt_parts: excerpt(marker, &service.row.description, &service.row.description),
        phone: service.row.phone.clone(),
        layer: None,
        demo: service.row.demo,
    }
}

fn of_officer(marker: &Marker, officer: &Officer) -> SearchHit {
    let title = officers::title(officer);
    SearchHit {
        kind: SearchHitKind::Officer,
        id: officer.row.id.clone(),
        title_parts: marker.mark(&title),
        title,
        excerpt_parts: excerpt(marker, &officer.row.description, &officer.row.description),
        phone: officer.row.phone.clone(),
        layer: None,
        demo: officer.row.demo,
    }
}

fn of_place(marker: &Marker, feature: &Feature) -> SearchHit {
    let properties: Map<String, Value> = serde_json::from_str(feature.properties()).unwrap_or_default();
    let address = properties.get("address").and_then(Value::as_str).unwrap_or_default();
    SearchHit {
        kind: SearchHitKind::Place,
        id: feature.id().to_string(),
        title: feature.name().to_owned(),
        title_parts: marker.mark(feature.name()),
        excerpt_parts: excerpt(marker, &map::search::searched_text(&properties), address),
        phone: properties.get("phone").and_then(Value::as_str).map(str::to_owned),
        layer: Some(feature.layer().to_string()),
        demo: properties.get("demo").and_then(Value::as_bool).unwrap_or_default(),
    }
}

fn of_activity(marker: &Marker, activity: &Activity) -> SearchHit {
    let row = &activity.row;
    SearchHit {
        kind: SearchHitKind::Activity,
        id: row.id.to_string(),
        title: row.title.clone(),
        title_parts: marker.mark(&row.title),
        excerpt_parts: excerpt(marker, &activities::search::searched_text(activity), &row.summary),
        phone: row.contact_phone.clone(),
        layer: None,
        demo: row.demo,
    }
}

/// The sentence that was found, or else what the thing is about.
fn excerpt(marker: &Marker, text: &str, otherwise: &str) -> Vec<TextPart> {
    marker.excerpt(text).unwrap_or_else(|| marker.mark(otherwise))
}
