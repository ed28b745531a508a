//! Lists of places and single places, written from the bytes that the snapshot holds ready.

use actix_web::HttpResponse;
use anyhow::Context;
use chrono::{DateTime, SecondsFormat};
use geodata::snapshot::{Feature, FeatureId, LayerSnapshot, Page};

use super::answer::ResourceRequest;
use super::cursor::Cursor;
use super::download;
use super::dto::Link;
use super::links::with_parameters;
use super::negotiation::Representation;
use super::pages;
use super::query::{ItemsQuery, Selection};
use crate::error::{ApiError, ApiResult};
use crate::http::body_buffer::BodyBuffer;
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
pub(super) fn list(
    asked: &ResourceRequest<'_>,
    map: &MapState,
    layer: Layer<'_>,
    query: &ItemsQuery<'_>,
) -> ApiResult<HttpResponse> {
    let selection = query.selection()?;
    let Representation::Json = asked.representation else {
        let page = map.snapshot.page(layer.places, &selection.page_query());
        let links = page_links(asked, layer, query, &selection, &page);
        let body = pages::items::page(asked.url(), layer, &page, selection.seen(), &links);
        return Ok(asked.answer(&links, body.into_string()));
    };
    let tag = asked.tag(layer.places.content_hash(), layer.places.changed_at_ms());
    if let Some(unchanged) = asked.not_modified(&tag) {
        return Ok(unchanged);
    }
    let page = map.snapshot.page(layer.places, &selection.page_query());
    let links = page_links(asked, layer, query, &selection, &page);
    let own = with_parameters(&asked.url().items(&layer.info.id), query.lasting());
    let body_links = with_downloads(&links, &with_parameters(&own, query.position()));
    let body = collection_json(&page, &body_links, layer.places.changed_at_ms())?;
    Ok(asked.answer_tagged(&tag, &links, body.into_body()))
}

/// Answers with one place.
pub(super) fn one(
    asked: &ResourceRequest<'_>,
    layer: Layer<'_>,
    feature: &Feature,
) -> ApiResult<HttpResponse> {
    let mut links = asked.own_links(&asked.url().item(&layer.info.id, feature.id()));
    links.push(Link {
        href: asked.url().collection(&layer.info.id),
        rel: "collection",
        media_type: "application/json",
        title: layer.info.title.clone(),
    });
    Ok(match asked.representation {
        Representation::Json => {
            let body_links = with_downloads(&links, &asked.url().item(&layer.info.id, feature.id()));
            asked.answer(&links, feature_json(feature, &body_links)?)
        }
        Representation::Html => {
            asked.answer(&links, pages::feature::page(asked.url(), layer, feature, &links).into_string())
        }
    })
}

pub(super) fn page_links(
    asked: &ResourceRequest<'_>,
    layer: Layer<'_>,
    query: &ItemsQuery<'_>,
    selection: &Selection,
    page: &Page<'_>,
) -> Vec<Link> {
    let every_page = with_parameters(&asked.url().items(&layer.info.id), query.lasting());
    let mut links = asked.own_links(&with_parameters(&every_page, query.position()));
    if let Some(after) = page.next_after {
        let next = Cursor { after, seen: selection.seen().saturating_add(page.features.len()) };
        let address = with_parameters(&every_page, [("cursor", next.to_string().as_str())]);
        links.push(asked.link("next", &address, "下一页"));
    }
    if selection.seen() > 0 {
        // Whoever paged past the end comes back to the last page.
        let previous = selection.seen().min(page.matched).saturating_sub(selection.limit);
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

/// The links of a body, which also names the files that can be had.
fn with_downloads(links: &[Link], address: &str) -> Vec<Link> {
    links.iter().cloned().chain(download::alternates(address)).collect()
}

fn collection_json(page: &Page<'_>, links: &[Link], changed_at_ms: i64) -> ApiResult<BodyBuffer> {
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
        body.extend_from_slice(feature.json());
    }
    body.extend_from_slice(after);
    Ok(body)
}

/// The ready bytes with `links` as one more member.
fn feature_json(feature: &Feature, links: &[Link]) -> ApiResult<Vec<u8>> {
    let mut body = feature.json().strip_suffix(b"}").unwrap_or_default().to_vec();
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
