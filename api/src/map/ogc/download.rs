//! Lists of places and single places as files in other formats: everything that a query selects, or the
//! page of it that `limit` asks for, with the properties that it names, and in its reference system where the
//! format names one.

use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::{HttpRequest, HttpResponse};
use geodata::crs::ReferenceSystem;
use geodata::snapshot::Feature;

use super::answer::{CACHE_CONTROL, ResourceRequest};
use super::dto::Link;
use super::features::{Layer, found, page_links};
use super::links::{MapUrl, link_header_of_file, with_parameters};
use super::negotiation::ResourceKind;
use super::query::ItemsQuery;
use super::selection::Selection;
use crate::error::{ApiError, ApiResult};
use crate::http::accept::wishes;
use crate::map::export::{ChosenPlaces, ExportFailure, ExportFormat, written};
use crate::map::published::{LayerInfo, MapState};
use crate::state::AppState;

/// The format that a client asks for, by `f` or by wishing for it more than for JSON and pages.
pub(super) fn asked_format(f: Option<&str>, headers: &HeaderMap) -> Option<ExportFormat> {
    if let Some(name) = f {
        return ExportFormat::named(name).filter(|format| ExportFormat::DOWNLOADS.contains(format));
    }
    let names = ExportFormat::DOWNLOADS.map(|format| [format.media_type()]);
    let [a, b, c, d, e, f, g] = &names;
    let offers: [&[&str]; 9] =
        [&["application/geo+json", "application/json"], &["text/html"], a, b, c, d, e, f, g];
    let [json, page, downloads @ ..] = wishes(headers, offers)?;
    let usual = json.max(page);
    let wished = ExportFormat::DOWNLOADS.into_iter().zip(downloads);
    // The first of equals.
    let best = wished.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.filter(|(_, wish)| *wish > usual).map(|(format, _)| format)
}

/// Answers with a file of the layer's places. Without `limit` these are all that the query selects.
pub(super) async fn list(
    asked: &ResourceRequest<'_>,
    map: &Arc<MapState>,
    layer: Layer<'_>,
    query: &ItemsQuery<'_>,
    mut selection: Selection,
    format: ExportFormat,
) -> ApiResult<HttpResponse> {
    require_carried(format, selection.system)?;
    if query.limit.is_none() {
        selection.paging.limit = usize::MAX;
    }
    let tag = asked.tag_of(layer.places.content_hash(), layer.places.changed_at_ms(), format.as_str());
    if let Some(unchanged) = asked.not_modified(&tag) {
        return Ok(unchanged);
    }
    let selection = Arc::new(selection);
    let mut selected = None;
    let page = found(map, layer, &selection, &mut selected).await?;
    let links = page_links(asked, map, layer, query, &selection, &page);
    let links: Vec<Link> = links.into_iter().map(|link| in_format(link, format)).collect();
    let ids = page.features.iter().map(|feature| feature.id()).collect();
    let (matched, returned) = (page.matched, page.features.len());
    let places = ChosenPlaces {
        layer_id: layer.info.id.clone(),
        ids,
        properties: selection.properties.clone(),
        system: selection.system,
    };
    let file = written(Arc::clone(map), format, vec![places]).await.map_err(refused)?;
    let mut response = HttpResponse::Ok();
    response
        .content_type(format.media_type())
        .insert_header((header::ETAG, tag.header_value()))
        .insert_header((header::CACHE_CONTROL, CACHE_CONTROL))
        .insert_header((header::VARY, "Accept, Accept-Encoding"))
        .insert_header((header::CONTENT_DISPOSITION, attachment(&layer.info.id, &layer.info.title, format)))
        .insert_header((HeaderName::from_static("ogc-numbermatched"), matched.to_string()))
        .insert_header((HeaderName::from_static("ogc-numberreturned"), returned.to_string()));
    if let Some(links) = link_header_of_file(&links) {
        response.insert_header((header::LINK, links));
    }
    Ok(ResourceRequest::in_system(response.body(file), selection.system))
}

/// Answers with a file of one place: a greenway for a watch.
pub(super) async fn one(
    request: &HttpRequest,
    state: &AppState,
    (layer_id, feature_id): (&str, &str),
    system: ReferenceSystem,
    format: ExportFormat,
) -> ApiResult<HttpResponse> {
    require_carried(format, system)?;
    let asked = ResourceRequest::json(request, state, ResourceKind::Features);
    let map = Arc::clone(&state.map.current());
    let layer = Layer::find(&map, layer_id)?;
    let feature: &Feature = layer.feature(&map, feature_id)?;
    let tag = asked.tag_of(layer.places.content_hash(), layer.places.changed_at_ms(), format.as_str());
    if let Some(unchanged) = asked.not_modified(&tag) {
        return Ok(unchanged);
    }
    let (id, name) = (feature.id(), feature.name().to_owned());
    let layer_id = layer.info.id.clone();
    let attached = attachment(&format!("{layer_id}-{id}"), &name, format);
    let places = ChosenPlaces { layer_id, ids: vec![id], properties: None, system };
    let file = written(Arc::clone(&map), format, vec![places]).await.map_err(refused)?;
    let mut response = HttpResponse::Ok();
    response
        .content_type(format.media_type())
        .insert_header((header::ETAG, tag.header_value()))
        .insert_header((header::CACHE_CONTROL, CACHE_CONTROL))
        .insert_header((header::VARY, "Accept, Accept-Encoding"))
        .insert_header((header::CONTENT_DISPOSITION, attached));
    Ok(ResourceRequest::in_system(response.body(file), system))
}

/// Links from a layer to its places in the other formats; GIS programs look for theirs here.
pub(super) fn links_to_items(url: &MapUrl, layer: &LayerInfo) -> impl Iterator<Item = Link> {
    let items = url.items(&layer.id);
    let title = layer.title.clone();
    ExportFormat::DOWNLOADS.into_iter().map(move |format| Link {
        href: with_parameters(&items, [("f", format.as_str())]),
        rel: "items",
        media_type: format.media_type(),
        title: format!("{title}：{}", format.title()),
    })
}

/// Links from a list or a place to itself in the other formats that so many places in this system can be had in.
/// They stand in the body only: a header with the whole query in each would outgrow what programs take.
pub(super) fn alternates(
    address: &str,
    system: ReferenceSystem,
    places: usize,
) -> impl Iterator<Item = Link> {
    let can_be_had = move |format: &ExportFormat| format.carries(system) && places <= format.most_places();
    ExportFormat::DOWNLOADS.into_iter().filter(can_be_had).map(move |format| Link {
        href: with_parameters(address, [("f", format.as_str())]),
        rel: "alternate",
        media_type: format.media_type(),
        title: format.title().into(),
    })
}

/// A link between pages of JSON, as one between pages of this format.
fn in_format(link: Link, format: ExportFormat) -> Link {
    if matches!(link.rel, "self" | "next" | "prev") {
        let href = with_parameters(&link.href, [("f", format.as_str())]);
        Link { href, media_type: format.media_type(), ..link }
    } else {
        link
    }
}

/// File name for programs of any age, and the Chinese one (RFC 6266, section 4.3; RFC 8187).
fn attachment(plain: &str, title: &str, format: ExportFormat) -> String {
    let ascii: String =
        plain.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    let extension = format.extension();
    let encoded = percent_encoding::utf8_percent_encode(title, percent_encoding::NON_ALPHANUMERIC);
    format!("attachment; filename=\"{ascii}.{extension}\"; filename*=UTF-8''{encoded}.{extension}")
}

fn require_carried(format: ExportFormat, system: ReferenceSystem) -> ApiResult<()> {
    if format.carries(system) {
        return Ok(());
    }
    let detail =
        format!("{} 的坐标固定是 WGS-84 经纬度：请去掉参数 crs，或者改用 f=gpkg 或 f=fgb。", format.title());
    Err(ApiError::bad_parameter("crs", detail))
}

fn refused(failure: ExportFailure) -> ApiError {
    match failure {
        ExportFailure::Places(error) => ApiError::bad_parameter("f", format!("{error}。")),
        ExportFailure::Internal(error) => ApiError::Internal(error),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn asked(accept: &'static str) -> Option<ExportFormat> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        asked_format(None, &headers)
    }

    #[test]
    fn a_file_comes_only_to_whom_it_is_the_dearest() {
        assert_eq!(asked("application/flatgeobuf"), Some(ExportFormat::FlatGeobuf));
        assert_eq!(asked("application/flatgeobuf, */*;q=0.8"), Some(ExportFormat::FlatGeobuf));
        assert_eq!(asked("text/csv, application/geo+json;q=0.5"), Some(ExportFormat::Csv));
        assert_eq!(asked("application/geo+json, text/csv;q=0.5"), None);
        for usual in
            ["*/*", "", "application/*", "text/*", "text/html,application/xml;q=0.9,*/*;q=0.8", "image/png"]
        {
            assert_eq!(asked(usual), None, "{usual}");
        }
    }

    #[test]
    fn f_names_a_format_and_goes_before_accept() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/csv"));
        assert_eq!(asked_format(Some("gpx"), &headers), Some(ExportFormat::Gpx));
        for other in ["json", "html", "geojson", "xml", ""] {
            assert_eq!(asked_format(Some(other), &headers), None, "{other}");
        }
    }

    #[test]
    fn a_file_name_is_plain_and_chinese() {
        assert_eq!(
            attachment("park", "公园", ExportFormat::Kml),
            "attachment; filename=\"park.kml\"; filename*=UTF-8''%E5%85%AC%E5%9B%AD.kml"
        );
    }
}
