//! Makes results out of what was found.

use serde_json::{Map, Value};

use super::dto::{SearchHit, SearchHitKind};
use super::find::Found;
use super::highlight::{Marker, TextPart};
use super::index::DocKind;
use crate::activities;
use crate::activities::published::{Activity, ActivityState};
use crate::knowledge::articles::write::searched_text;
use crate::knowledge::officers;
use crate::knowledge::published::{Article, Knowledge, Officer, Service};
use crate::map;
use crate::map::published::MapState;

/// The result for something found; `None` where it went a moment ago.
pub(super) fn hit(
    knowledge: &Knowledge,
    map: &MapState,
    activities: &ActivityState,
    marker: &Marker,
    found: &Found,
) -> Option<SearchHit> {
    match found.kind {
        DocKind::Article => {
            knowledge.view.article(found.reference.parse().ok()?).map(|article| of_article(marker, article))
        }
        DocKind::Service => {
            let mut services = knowledge.state.services.iter();
            services.find(|known| known.row.id == found.reference).map(|known| of_service(marker, known))
        }
        DocKind::Officer => {
            let mut officers = knowledge.state.officers.iter();
            officers.find(|known| known.row.id == found.reference).map(|known| of_officer(marker, known))
        }
        DocKind::Place => of_place(map, marker, &found.reference),
        DocKind::Activity => {
            activities.get(found.reference.parse().ok()?).map(|activity| of_activity(marker, activity))
        }
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

fn of_place(map: &MapState, marker: &Marker, id: &str) -> Option<SearchHit> {
    let feature = map.snapshot.feature(id.parse().ok()?)?;
    let properties: Map<String, Value> = serde_json::from_str(feature.properties()).unwrap_or_default();
    let address = properties.get("address").and_then(Value::as_str).unwrap_or_default();
    Some(SearchHit {
        kind: SearchHitKind::Place,
        id: id.to_owned(),
        title: feature.name().to_owned(),
        title_parts: marker.mark(feature.name()),
        excerpt_parts: excerpt(marker, &map::search::searched_text(&properties), address),
        phone: properties.get("phone").and_then(Value::as_str).map(str::to_owned),
        layer: Some(feature.layer().to_string()),
        demo: properties.get("demo").and_then(Value::as_bool).unwrap_or_default(),
    })
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
