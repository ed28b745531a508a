//! Lists of places and single places, written from the bytes that the snapshot holds ready.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderValue};
use anyhow::Context;
use chrono::{DateTime, SecondsFormat};
use geodata::crs::ReferenceSystem;
use geodata::snapshot::{Feature, FeatureId, LayerSnapshot, Page, Selected};

use super::answer::ResourceRequest;
use super::cursor::Cursor;
use super::download;
use super::dto::Link;
use super::links::with_parameters;
use super::negotiation::Representation;
use super::pages;
use super::query::ItemsQuery;
use super::selection::Selection;
use crate::error::{ApiError, ApiResult};
use crate::http::body_buffer::BodyBuffer;
use crate::http::personal;
use crate::map::published::{LayerInfo, MapState};

/// A layer with its places.
#[derive(Clone, Copy)]
pub(super) struct Layer<'m> {
    /// What people call it.
    pub(super) info: &'m LayerInfo,
    /// What it holds.
    pub(super) places: &'m LayerSnapshot,
}

impl<'m> Layer<'m> {
    /// The layer with this id, or 404.
    pub(super) fn find(map: &'m MapState, id: &str) -> ApiResult<Self> {
        map.layer(id).zip(map.snapshot.layer(id)).map(|(info, places)| Self { info, places }).ok_or_else(
            || ApiError::NotFound {
                code: "collection_not_found",
                detail: "没有这个图层，请从图层列表中选择。".into(),
            },
        )
    }

    /// The place with this id in this layer, or 404.
    pub(super) fn feature(&self, map: &'m MapState, id: &str) -> ApiResult<&'m Feature> {
        id.parse::<FeatureId>()
            .ok()
            .filter(|number| number.to_string() == id)
            .and_then(|number| map.snapshot.feature(number))
            .filter(|feature| feature.layer() == self.places.id())
            .ok_or_else(|| ApiError::NotFound {
                code: "feature_not_found",
                detail: "这个图层里没有这个地点，它可能已被删除，请从图层中重新选择。".into(),
            })
    }
}

/// Answers with a page of the layer's places.
pub(super) async fn list(
    asked: &ResourceRequest<'_>,
    map: &Arc<MapState>,
    layer: Layer<'_>,
    query: &ItemsQuery<'_>,
    selection: Selection,
) -> ApiResult<HttpResponse> {
    let tag = asked.tag(layer.places.content_hash(), layer.places.changed_at_ms());
    if asked.representation == Representation::Json
        && let Some(unchanged) = asked.not_modified(&tag)
    {
        return Ok(unchanged);
    }
    let selection = Arc::new(selection);
    let mut selected = None;
    let page = found(map, layer, &selection, &mut selected).await?;
    let links = page_links(asked, map, layer, query, &selection, &page);
    Ok(match asked.representation {
        Representation::Json => {
            let own = with_parameters(&asked.url().items(&layer.info.id), query.lasting());
            // A file without `limit` holds everything that is selected.
            let places = if query.limit.is_some() { page.features.len() } else { page.matched };
            let own = with_parameters(&own, query.position());
            let files = download::alternates(&own, selection.system, places);
            let body_links: Vec<Link> = links.iter().cloned().chain(files).collect();
            let body = collection_json(&page, &body_links, layer.places.changed_at_ms(), &selection)?;
            ResourceRequest::in_system(asked.answer_tagged(&tag, &links, body.into_body()), selection.system)
        }
        // Pages show degrees in every case.
        Representation::Html => {
            let seen = selection.paging.start.seen();
            let body = pages::items::page(asked.url(), layer, &page, seen, &links);
            ResourceRequest::in_system(asked.answer(&links, body.into_string()), ReferenceSystem::Crs84)
        }
    })
}

/// The page that is selected. Where the snapshot has to be searched for it, what was found is kept in `selected`.
pub(super) async fn found<'m>(
    map: &'m Arc<MapState>,
    layer: Layer<'m>,
    selection: &Arc<Selection>,
    selected: &'m mut Option<Selected>,
) -> ApiResult<Page<'m>> {
    if let Some(page_query) = selection.page_query() {
        return Ok(map.snapshot.page(layer.places, &page_query));
    }
    let found = Arc::clone(selection).select(Arc::clone(map), &layer.info.id).await?;
    Ok(page_of(selected.insert(found)))
}

/// What was selected as a page.
fn page_of(selected: &Selected) -> Page<'_> {
    Page {
        matched: selected.matched,
        features: selected.features.iter().map(AsRef::as_ref).collect(),
        next_after: selected.features.last().filter(|_| selected.has_more).map(|last| last.id()),
    }
}

/// Answers with one place.
pub(super) fn one(
    asked: &ResourceRequest<'_>,
    map: &MapState,
    layer: Layer<'_>,
    feature: &Feature,
    (system, uri): (ReferenceSystem, Option<&str>),
) -> ApiResult<HttpResponse> {
    let links = item_links(asked, layer, feature, uri);
    let (body, system) = match asked.representation {
        Representation::Json => {
            let address = with_crs(&asked.url().item(&layer.info.id, feature.id()), uri);
            let body_links = with_downloads(&links, &address, system);
            (feature_json(feature, system, &body_links)?, system)
        }
        Representation::Html => {
            let photos = i32::try_from(feature.id()).ok().and_then(|id| map.photos.get(&id));
            let photos = photos.map(|photos| &**photos).unwrap_or_default();
            let page = pages::feature::page(asked.url(), layer, (feature, photos), &links);
            (page.into_string().into_bytes(), ReferenceSystem::Crs84)
        }
    };
    let tag = asked.version_tag(&body, feature.version());
    let answer = asked.not_modified(&tag).unwrap_or_else(|| asked.answer_tagged(&tag, &links, body));
    Ok(ResourceRequest::in_system(answer, system))
}

/// Answers with a place that was just written; nobody may keep that for the next who asks.
pub(super) fn written(
    asked: &ResourceRequest<'_>,
    layer: Layer<'_>,
    feature: &Feature,
) -> ApiResult<HttpResponse> {
    let links = item_links(asked, layer, feature, None);
    let address = asked.url().item(&layer.info.id, feature.id());
    let body_links = with_downloads(&links, &address, ReferenceSystem::Crs84);
    let body = feature_json(feature, ReferenceSystem::Crs84, &body_links)?;
    let tag = asked.version_tag(&body, feature.version());
    let mut answer = asked.answer_tagged(&tag, &links, body);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(personal::NO_STORE));
    Ok(ResourceRequest::in_system(answer, ReferenceSystem::Crs84))
}

fn item_links(
    asked: &ResourceRequest<'_>,
    layer: Layer<'_>,
    feature: &Feature,
    uri: Option<&str>,
) -> Vec<Link> {
    let address = with_crs(&asked.url().item(&layer.info.id, feature.id()), uri);
    let mut links = asked.own_links(&address);
    links.push(Link {
        href: asked.url().collection(&layer.info.id),
        rel: "collection",
        media_type: "application/json",
        title: layer.info.title.clone(),
    });
    links
}

pub(super) fn page_links(
    asked: &ResourceRequest<'_>,
    map: &MapState,
    layer: Layer<'_>,
    query: &ItemsQuery<'_>,
    selection: &Selection,
    page: &Page<'_>,
) -> Vec<Link> {
    let (seen, limit) = (selection.paging.start.seen(), selection.paging.limit);
    let every_page = with_parameters(&asked.url().items(&layer.info.id), query.lasting());
    let mut links = asked.own_links(&with_parameters(&every_page, query.position()));
    if let Some(after) = page.next_after {
        let next = Cursor {
            revision: map.snapshot.revision(),
            seen: seen.saturating_add(page.features.len()),
            after: selection.is_by_id().then_some(after),
        };
        let address = with_parameters(&every_page, [("cursor", next.to_string().as_str())]);
        links.push(asked.link("next", &address, "下一页"));
    }
    if seen > 0 {
        // Whoever paged past the end comes back to the last page.
        let previous = seen.min(page.matched).saturating_sub(limit);
        let offset = previous.to_string();
        let address = with_parameters(&every_page, (previous > 0).then_some(("offset", offset.as_str())));
        links.push(asked.link("prev", &address, "上一页"));
    }
    links.push(Link {
        href: asked.url().collection(&layer.info.id),
        rel: "collection",
        media_type: "application/json",
        title: layer.info.title.clone(),
    });
    links
}

fn with_crs(address: &str, uri: Option<&str>) -> String {
    with_parameters(address, uri.map(|uri| ("crs", uri)))
}

/// The links of the body of one place, which also names the files that it can be had as.
fn with_downloads(links: &[Link], address: &str, system: ReferenceSystem) -> Vec<Link> {
    links.iter().cloned().chain(download::alternates(address, system, 1)).collect()
}

fn collection_json(
    page: &Page<'_>,
    links: &[Link],
    changed_at_ms: i64,
    selection: &Selection,
) -> ApiResult<BodyBuffer> {
    let links = links_json(links)?;
    let head = format!(
        r#"{{"type":"FeatureCollection","timeStamp":"{}","numberMatched":{},"numberReturned":{},"links":"#,
        time_stamp(changed_at_ms),
        page.matched,
        page.features.len()
    );
    let (before, after) = (br#","features":["#, b"]}");
    let places: usize = page.features.iter().map(|feature| feature.json().len() + 1).sum();
    let mut body = BodyBuffer::take();
    body.reserve_exact(head.len() + links.len() + before.len() + places + after.len());
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(&links);
    body.extend_from_slice(before);
    for (place, feature) in page.features.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        if selection.is_as_stored() {
            body.extend_from_slice(feature.json());
        } else {
            feature.write_json_in(selection.system, selection.properties.as_deref(), &mut body);
        }
    }
    body.extend_from_slice(after);
    Ok(body)
}

/// The feature with `links` as one more member.
fn feature_json(feature: &Feature, system: ReferenceSystem, links: &[Link]) -> ApiResult<Vec<u8>> {
    let mut body = Vec::new();
    if system == ReferenceSystem::Crs84 {
        body.extend_from_slice(feature.json());
    } else {
        feature.write_json_in(system, None, &mut body);
    }
    body.pop();
    body.extend_from_slice(br#","links":"#);
    body.extend_from_slice(&links_json(links)?);
    body.push(b'}');
    Ok(body)
}

fn links_json(links: &[Link]) -> ApiResult<Vec<u8>> {
    Ok(serde_json::to_vec(links).context("links cannot be written")?)
}

/// When the layer last changed. The time of the request would change the bytes, and with them the
/// entity tag, each time.
fn time_stamp(changed_at_ms: i64) -> String {
    DateTime::from_timestamp_millis(changed_at_ms)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}
