use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use anyhow::Context;
use geodata::crs::ReferenceSystem;
use serde::Serialize;

use super::answer::ResourceRequest;
use super::documents;
use super::dto::{
    Collection, CollectionList, ConformanceDeclaration, LandingPage, Link, OgcFeature, OgcFeatureCollection,
};
use super::features::{self, Layer};
use super::links::MapUrl;
use super::negotiation::{Representation, ResourceKind};
use super::query::{FeatureQuery, FormatQuery, ItemsQuery, Start};
use super::responses::{CommonAnswers, NoSuchResource};
use super::schema::{self, SchemaKind};
use super::selection::Selection;
use super::{definition, download, pages, reference_systems};
use crate::error::{ApiError, ApiResult, Problem};
use crate::http::page_url::base_url;
use crate::map::published::MapState;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// The first page of the site: leads to the map.
#[utoipa::path(
    tag = "features",
    responses(
        (status = 302, description = "To the landing page of the map", headers(("Location" = String))),
        ProblemResponses,
    )
)]
#[get("/")]
pub(super) async fn get_front_page(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let map = MapUrl::below(&base_url(&request, &state));
    HttpResponse::Found().insert_header((header::LOCATION, map.landing())).finish()
}

/// The landing page: links to everything else.
#[utoipa::path(
    tag = "features",
    params(FormatQuery),
    responses(
        (status = 200, description = "Links to the definition, the conformance and the layers", content(
            (LandingPage = "application/json"),
            (String = "text/html"),
        )),
        CommonAnswers,
    )
)]
#[get("")]
pub(super) async fn get_landing_page(
    request: HttpRequest,
    query: Query<FormatQuery>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let asked = ResourceRequest::new(&request, &state, ResourceKind::Document, query.f.as_deref())?;
    let map = state.map.current();
    let landing = documents::landing_page(&asked, &map);
    Ok(match asked.representation {
        Representation::Json => asked.answer(&landing.links, json(&landing)?),
        Representation::Html => {
            asked.answer(&landing.links, pages::landing::page(asked.url(), &map, &landing).into_string())
        }
    })
}

/// The API definition: `OpenAPI` 3.0 for programs, a list of operations for people.
#[utoipa::path(
    tag = "features",
    params(FormatQuery),
    responses(
        (status = 200, description = "The definition of everything below the landing page", content(
            (Object = "application/vnd.oai.openapi+json;version=3.0"),
            (String = "text/html"),
        )),
        CommonAnswers,
    )
)]
#[get("/api")]
pub(super) async fn get_api_definition(
    request: HttpRequest,
    query: Query<FormatQuery>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let asked = ResourceRequest::new(&request, &state, ResourceKind::Definition, query.f.as_deref())?;
    let links = asked.own_links(&asked.url().definition());
    Ok(match asked.representation {
        Representation::Json => asked.answer(&links, definition::json(asked.url())),
        Representation::Html => {
            let page = pages::definition::page(asked.url(), definition::document(), &links);
            asked.answer(&links, page.into_string())
        }
    })
}

/// Which parts of which standards hold here.
#[utoipa::path(
    tag = "features",
    params(FormatQuery),
    responses(
        (status = 200, description = "The conformance classes", content(
            (ConformanceDeclaration = "application/json"),
            (String = "text/html"),
        )),
        CommonAnswers,
    )
)]
#[get("/conformance")]
pub(super) async fn get_conformance(
    request: HttpRequest,
    query: Query<FormatQuery>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let asked = ResourceRequest::new(&request, &state, ResourceKind::Document, query.f.as_deref())?;
    let links = asked.own_links(&asked.url().conformance());
    let conformance = documents::conformance();
    Ok(match asked.representation {
        Representation::Json => asked.answer(&links, json(&conformance)?),
        Representation::Html => {
            asked.answer(&links, pages::conformance::page(asked.url(), &conformance, &links).into_string())
        }
    })
}

/// The layers of the map.
#[utoipa::path(
    tag = "features",
    params(FormatQuery),
    responses(
        (status = 200, description = "All layers, in display order", content(
            (CollectionList = "application/json"),
            (String = "text/html"),
        )),
        CommonAnswers,
    )
)]
#[get("/collections")]
pub(super) async fn list_collections(
    request: HttpRequest,
    query: Query<FormatQuery>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let asked = ResourceRequest::new(&request, &state, ResourceKind::Document, query.f.as_deref())?;
    let map = state.map.current();
    let list = documents::collection_list(&asked, &map);
    Ok(match asked.representation {
        Representation::Json => asked.answer(&list.links, json(&list)?),
        Representation::Html => {
            asked.answer(&list.links, pages::collections::page(asked.url(), &map, &list).into_string())
        }
    })
}

/// One layer.
#[utoipa::path(
    tag = "features",
    params(("collectionId" = String, Path, description = "Id of the layer"), FormatQuery),
    responses(
        (status = 200, description = "The layer", content(
            (Collection = "application/json"),
            (String = "text/html"),
        )),
        CommonAnswers,
        NoSuchResource,
    )
)]
#[get("/collections/{collectionId}")]
pub(super) async fn get_collection(
    request: HttpRequest,
    path: Path<String>,
    query: Query<FormatQuery>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let asked = ResourceRequest::new(&request, &state, ResourceKind::Document, query.f.as_deref())?;
    let map = state.map.current();
    let layer = Layer::find(&map, &path)?;
    let collection = documents::one_collection(&asked, &map, layer.info);
    Ok(match asked.representation {
        Representation::Json => asked.answer(&collection.links, json(&collection)?),
        Representation::Html => {
            let page = pages::collection::page(asked.url(), layer, &collection);
            asked.answer(&collection.links, page.into_string())
        }
    })
}

/// The places of a layer, page by page.
#[utoipa::path(
    tag = "features",
    params(("collectionId" = String, Path, description = "Id of the layer"), ItemsQuery),
    responses(
        (status = 200, description = "Places by ascending id, or as `sortby` wants", content(
            (OgcFeatureCollection = "application/geo+json"),
            (String = "text/html"),
            (String = "application/geo+json-seq"),
            (String = "application/flatgeobuf"),
            (String = "application/geopackage+sqlite3"),
            (String = "application/gpx+xml"),
            (String = "application/vnd.google-earth.kml+xml"),
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (
            status = 410, description = "The state of the map that a sorted walk began in is gone: load it anew",
            content((Problem = "application/problem+json"), (String = "text/html"))
        ),
        CommonAnswers,
        NoSuchResource,
    )
)]
#[get("/collections/{collectionId}/items")]
pub(super) async fn list_items(
    request: HttpRequest,
    path: Path<String>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let query = ItemsQuery::of(request.query_string());
    let download = download::asked_format(query.f.as_deref(), request.headers());
    let asked = match download {
        None => ResourceRequest::new(&request, &state, ResourceKind::Features, query.f.as_deref())?,
        Some(_) => ResourceRequest::json(&request, &state, ResourceKind::Features),
    };
    let (map, selection) = walked(&state, &path, &query)?;
    let layer = Layer::find(&map, &path)?;
    match download {
        None => features::list(&asked, &map, layer, &query, selection).await,
        Some(format) => download::list(&asked, &map, layer, &query, selection, format).await,
    }
}

/// The state of the map in which a walk through pages began, as long as it is kept, with what is selected of
/// it: what the layer had then decides what may be asked of it.
fn walked(state: &AppState, layer_id: &str, query: &ItemsQuery<'_>) -> ApiResult<(Arc<MapState>, Selection)> {
    let current = Arc::clone(&state.map.current());
    let selection = Selection::of(query, &current, Layer::find(&current, layer_id)?.places)?;
    let Start::Cursor(cursor) = selection.paging.start else {
        return Ok((current, selection));
    };
    match state.map.at(cursor.revision) {
        Some(map) if map.snapshot.revision() != current.snapshot.revision() => {
            let selection = Selection::of(query, &map, Layer::find(&map, layer_id)?.places)?;
            Ok((map, selection))
        }
        None if !selection.is_by_id() => Err(ApiError::Gone {
            code: "cursor_expired",
            detail: "这个排序列表之后地图已多次修改，无法接着翻页，请从第一页重新载入。".into(),
        }),
        _ => Ok((current, selection)),
    }
}

/// What filters may name of a layer.
#[utoipa::path(
    tag = "features",
    params(("collectionId" = String, Path, description = "Id of the layer"), FormatQuery),
    responses(
        (status = 200, description = "A JSON Schema of the properties", content(
            (Object = "application/schema+json"),
            (String = "text/html"),
        )),
        CommonAnswers,
        NoSuchResource,
    )
)]
#[get("/collections/{collectionId}/queryables")]
pub(super) async fn get_queryables(
    request: HttpRequest,
    path: Path<String>,
    query: Query<FormatQuery>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    schema_document(SchemaKind::Queryables, &request, &path, query.f.as_deref(), &state)
}

/// What the places of a layer can be sorted by.
#[utoipa::path(
    tag = "features",
    params(("collectionId" = String, Path, description = "Id of the layer"), FormatQuery),
    responses(
        (status = 200, description = "A JSON Schema of the properties", content(
            (Object = "application/schema+json"),
            (String = "text/html"),
        )),
        CommonAnswers,
        NoSuchResource,
    )
)]
#[get("/collections/{collectionId}/sortables")]
pub(super) async fn get_sortables(
    request: HttpRequest,
    path: Path<String>,
    query: Query<FormatQuery>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    schema_document(SchemaKind::Sortables, &request, &path, query.f.as_deref(), &state)
}

/// What the places of a layer have.
#[utoipa::path(
    tag = "features",
    params(("collectionId" = String, Path, description = "Id of the layer"), FormatQuery),
    responses(
        (status = 200, description = "A JSON Schema of the places", content(
            (Object = "application/schema+json"),
            (String = "text/html"),
        )),
        CommonAnswers,
        NoSuchResource,
    )
)]
#[get("/collections/{collectionId}/schema")]
pub(super) async fn get_schema(
    request: HttpRequest,
    path: Path<String>,
    query: Query<FormatQuery>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    schema_document(SchemaKind::Features, &request, &path, query.f.as_deref(), &state)
}

fn schema_document(
    kind: SchemaKind,
    request: &HttpRequest,
    layer_id: &str,
    f: Option<&str>,
    state: &AppState,
) -> ApiResult<HttpResponse> {
    let asked = ResourceRequest::new(request, state, ResourceKind::Schema, f)?;
    let map = state.map.current();
    let layer = Layer::find(&map, layer_id)?;
    let (url, id) = (asked.url(), &layer.info.id);
    let address = match kind {
        SchemaKind::Features => url.schema(id),
        SchemaKind::Queryables => url.queryables(id),
        SchemaKind::Sortables => url.sortables(id),
    };
    let document = schema::schema(kind, layer, &address);
    let mut links = asked.own_links(&address);
    links.push(Link {
        href: url.collection(id),
        rel: "collection",
        media_type: "application/json",
        title: layer.info.title.clone(),
    });
    Ok(match asked.representation {
        Representation::Json => asked.answer(&links, json(&document)?),
        Representation::Html => {
            asked.answer(&links, pages::schema::page(url, kind, layer, &document, &links).into_string())
        }
    })
}

/// The functions that filters may call.
#[utoipa::path(
    tag = "features",
    params(FormatQuery),
    responses(
        (status = 200, description = "Names, arguments and results", content(
            (Object = "application/json"),
            (String = "text/html"),
        )),
        CommonAnswers,
    )
)]
#[get("/functions")]
pub(super) async fn get_functions(
    request: HttpRequest,
    query: Query<FormatQuery>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let asked = ResourceRequest::new(&request, &state, ResourceKind::Document, query.f.as_deref())?;
    let links = asked.own_links(&asked.url().functions());
    Ok(match asked.representation {
        Representation::Json => {
            let mut document = schema::functions();
            document["links"] = serde_json::to_value(&links).context("links cannot be written")?;
            asked.answer(&links, json(&document)?)
        }
        Representation::Html => {
            asked.answer(&links, pages::functions::page(asked.url(), &links).into_string())
        }
    })
}

/// One place.
#[utoipa::path(
    tag = "features",
    params(
        ("collectionId" = String, Path, description = "Id of the layer"),
        ("featureId" = String, Path, description = "Number of the place"),
        FeatureQuery,
    ),
    responses(
        (status = 200, description = "The place", content(
            (OgcFeature = "application/geo+json"),
            (String = "text/html"),
            (String = "application/geo+json-seq"),
            (String = "application/flatgeobuf"),
            (String = "application/geopackage+sqlite3"),
            (String = "application/gpx+xml"),
            (String = "application/vnd.google-earth.kml+xml"),
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        CommonAnswers,
        NoSuchResource,
    )
)]
#[get("/collections/{collectionId}/items/{featureId}")]
pub(super) async fn get_item(
    request: HttpRequest,
    path: Path<(String, String)>,
    query: Query<FeatureQuery>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (layer_id, feature_id) = path.into_inner();
    let map = Arc::clone(&state.map.current());
    let uri = query.crs.as_deref();
    let system = match uri {
        Some(uri) => reference_systems::named(&map, "crs", uri)?,
        None => ReferenceSystem::Crs84,
    };
    if let Some(format) = download::asked_format(query.f.as_deref(), request.headers()) {
        return download::one(&request, &state, (layer_id.as_str(), feature_id.as_str()), system, format)
            .await;
    }
    let asked = ResourceRequest::new(&request, &state, ResourceKind::Features, query.f.as_deref())?;
    let layer = Layer::find(&map, &layer_id)?;
    features::one(&asked, &map, layer, layer.feature(&map, &feature_id)?, (system, uri))
}

fn json(document: &impl Serialize) -> ApiResult<Vec<u8>> {
    Ok(serde_json::to_vec(document).context("a document cannot be written as JSON")?)
}
