use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use anyhow::Context;
use serde::Serialize;

use super::answer::ResourceRequest;
use super::documents;
use super::dto::{
    Collection, CollectionList, ConformanceDeclaration, LandingPage, OgcFeature, OgcFeatureCollection,
};
use super::features::{self, Layer};
use super::negotiation::{Representation, ResourceKind};
use super::query::{FeaturesFormatQuery, FormatQuery, ItemsQuery};
use super::responses::{CommonAnswers, NoSuchResource};
use super::{definition, download, pages};
use crate::error::ApiResult;
use crate::state::AppState;

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
        (status = 200, description = "Places by ascending id", content(
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
    if let Some(format) = download::asked_format(query.f.as_deref(), request.headers()) {
        return download::list(&request, &state, &path, &query, format).await;
    }
    let asked = ResourceRequest::new(&request, &state, ResourceKind::Features, query.f.as_deref())?;
    let map = state.map.current();
    features::list(&asked, &map, Layer::find(&map, &path)?, &query)
}

/// One place.
#[utoipa::path(
    tag = "features",
    params(
        ("collectionId" = String, Path, description = "Id of the layer"),
        ("featureId" = String, Path, description = "Number of the place"),
        FeaturesFormatQuery,
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
    query: Query<FeaturesFormatQuery>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let (layer_id, feature_id) = path.into_inner();
    if let Some(format) = download::asked_format(query.f.as_deref(), request.headers()) {
        return download::one(&request, &state, &layer_id, &feature_id, format).await;
    }
    let asked = ResourceRequest::new(&request, &state, ResourceKind::Features, query.f.as_deref())?;
    let map = state.map.current();
    let layer = Layer::find(&map, &layer_id)?;
    features::one(&asked, layer, layer.feature(&map, &feature_id)?)
}

fn json(document: &impl Serialize) -> ApiResult<Vec<u8>> {
    Ok(serde_json::to_vec(document).context("a document cannot be written as JSON")?)
}
