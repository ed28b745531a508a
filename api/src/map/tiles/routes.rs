use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use geodata::snapshot::LayerSnapshot;
use serde::Serialize;

use super::documents;
use super::dto::{TileJson, TileMatrixSet, TileMatrixSetList, TileSet, TileSetList};
use super::links::Of;
use super::responses::{DocumentAnswers, TileAnswers};
use super::selection::{self, CollectionsQuery};
use super::style::{self, Labels, StyleQuery};
use super::tile_matrix_set::web_mercator_quad;
use crate::error::ApiResult;
use crate::http::page_url::base_url;
use crate::http::ready::{ASK_EACH_TIME, Ready};
use crate::map::ogc::documents::map_title;
use crate::map::ogc::links::MapUrl;
use crate::state::AppState;

/// A tile of the whole map or of chosen layers.
#[utoipa::path(
    tag = "tiles",
    operation_id = ".dataset.vector.getTile",
    params(
        ("tileMatrixSetId" = String, Path, description = "`WebMercatorQuad`"),
        ("tileMatrix" = String, Path, description = "Zoom, 0 to 20"),
        ("tileRow" = u32, Path, description = "Row, from the north"),
        ("tileCol" = u32, Path, description = "Column, from the west"),
        CollectionsQuery,
    ),
    responses(
        (
            status = 200, description = "Mapbox Vector Tile 2.1", body = Vec<u8>,
            content_type = "application/vnd.mapbox-vector-tile",
            headers(("ETag" = String, description = "Tag of the bytes, for `If-None-Match`"))
        ),
        TileAnswers,
    )
)]
#[get("/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}")]
pub(super) async fn get_tile(request: HttpRequest, state: Data<AppState>) -> ApiResult<HttpResponse> {
    let address = selection::address(&request)?;
    let map = state.map.current();
    let chosen = CollectionsQuery::of(request.query_string()).layers(&map)?;
    let layers: Vec<&LayerSnapshot> = chosen.iter().map(|layer| layer.places).collect();
    Ok(state.tiles.answer(&request, &layers, address))
}

/// A tile of one layer.
#[utoipa::path(
    tag = "tiles",
    operation_id = ".collection.vector.getTile",
    params(
        ("collectionId" = String, Path, description = "Id of the layer"),
        ("tileMatrixSetId" = String, Path, description = "`WebMercatorQuad`"),
        ("tileMatrix" = String, Path, description = "Zoom, 0 to 20"),
        ("tileRow" = u32, Path, description = "Row, from the north"),
        ("tileCol" = u32, Path, description = "Column, from the west"),
    ),
    responses(
        (
            status = 200, description = "Mapbox Vector Tile 2.1", body = Vec<u8>,
            content_type = "application/vnd.mapbox-vector-tile",
            headers(("ETag" = String, description = "Tag of the bytes, for `If-None-Match`"))
        ),
        TileAnswers,
    )
)]
#[get("/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}")]
pub(super) async fn get_collection_tile(
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let address = selection::address(&request)?;
    let map = state.map.current();
    let layer = selection::collection(&map, &request)?;
    Ok(state.tiles.answer(&request, &[layer.places], address))
}

/// In which ways tiles of the whole map can be had.
#[utoipa::path(
    tag = "tiles",
    operation_id = ".dataset.vector.getTileSetsList",
    params(CollectionsQuery),
    responses((status = 200, description = "The tile sets", body = TileSetList), DocumentAnswers)
)]
#[get("/tiles")]
pub(super) async fn list_tile_sets(request: HttpRequest, state: Data<AppState>) -> ApiResult<HttpResponse> {
    let map = state.map.current();
    let query = CollectionsQuery::of(request.query_string());
    query.layers(&map)?;
    let of = Of::Map { collections: query.collections.as_deref() };
    answer(&request, &documents::tile_sets(&map_url(&request, &state), of, map_title(&map)))
}

/// The tile set of the whole map or of chosen layers.
#[utoipa::path(
    tag = "tiles",
    operation_id = ".dataset.vector.getTileSet",
    params(("tileMatrixSetId" = String, Path, description = "`WebMercatorQuad`"), CollectionsQuery),
    responses((status = 200, description = "The tile set", body = TileSet), DocumentAnswers)
)]
#[get("/tiles/{tileMatrixSetId}")]
pub(super) async fn get_tile_set(request: HttpRequest, state: Data<AppState>) -> ApiResult<HttpResponse> {
    selection::known_tile_matrix_set(&request)?;
    let map = state.map.current();
    let query = CollectionsQuery::of(request.query_string());
    let of = Of::Map { collections: query.collections.as_deref() };
    let layers = query.layers(&map)?;
    answer(&request, &documents::tile_set(&map_url(&request, &state), of, map_title(&map), &layers))
}

/// In which ways tiles of a layer can be had.
#[utoipa::path(
    tag = "tiles",
    operation_id = ".collection.vector.getTileSetsList",
    params(("collectionId" = String, Path, description = "Id of the layer")),
    responses((status = 200, description = "The tile sets", body = TileSetList), DocumentAnswers)
)]
#[get("/collections/{collectionId}/tiles")]
pub(super) async fn list_collection_tile_sets(
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let map = state.map.current();
    let layer = selection::collection(&map, &request)?;
    let of = Of::Collection(&layer.info.id);
    answer(&request, &documents::tile_sets(&map_url(&request, &state), of, layer.info.title.clone()))
}

/// The tile set of a layer.
#[utoipa::path(
    tag = "tiles",
    operation_id = ".collection.vector.getTileSet",
    params(
        ("collectionId" = String, Path, description = "Id of the layer"),
        ("tileMatrixSetId" = String, Path, description = "`WebMercatorQuad`"),
    ),
    responses((status = 200, description = "The tile set", body = TileSet), DocumentAnswers)
)]
#[get("/collections/{collectionId}/tiles/{tileMatrixSetId}")]
pub(super) async fn get_collection_tile_set(
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    selection::known_tile_matrix_set(&request)?;
    let map = state.map.current();
    let layer = selection::collection(&map, &request)?;
    let of = Of::Collection(&layer.info.id);
    let url = map_url(&request, &state);
    answer(&request, &documents::tile_set(&url, of, layer.info.title.clone(), &[layer]))
}

/// In which ways the world is divided into tiles.
#[utoipa::path(
    tag = "tiles",
    operation_id = "getTileMatrixSetsList",
    responses((status = 200, description = "The tile matrix sets", body = TileMatrixSetList), DocumentAnswers)
)]
#[get("/tileMatrixSets")]
pub(super) async fn list_tile_matrix_sets(
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    answer(&request, &documents::tile_matrix_sets(&map_url(&request, &state)))
}

/// How the world is divided into tiles.
#[utoipa::path(
    tag = "tiles",
    operation_id = "getTileMatrixSet",
    params(("tileMatrixSetId" = String, Path, description = "`WebMercatorQuad`")),
    responses((status = 200, description = "The tile matrix set", body = TileMatrixSet), DocumentAnswers)
)]
#[get("/tileMatrixSets/{tileMatrixSetId}")]
pub(super) async fn get_tile_matrix_set(request: HttpRequest) -> ApiResult<HttpResponse> {
    selection::known_tile_matrix_set(&request)?;
    answer(&request, &web_mercator_quad())
}

/// The tiles as `TileJSON` 3.0.0, for `MapLibre` and others who count columns before rows.
#[utoipa::path(
    tag = "tiles",
    responses((status = 200, description = "`TileJSON`", body = TileJson), DocumentAnswers)
)]
#[get("/tiles.json")]
pub(super) async fn get_tile_json(request: HttpRequest, state: Data<AppState>) -> ApiResult<HttpResponse> {
    let map = state.map.current();
    let credits = state.tiles.credits.of(&map);
    answer(&request, &documents::tile_json(&map_url(&request, &state), &map, credits))
}

/// A ready style for `MapLibre` that draws all layers and asks no other host for anything.
#[utoipa::path(
    tag = "tiles",
    params(StyleQuery),
    responses((status = 200, description = "A style, version 8", body = Object), DocumentAnswers)
)]
#[get("/style.json")]
pub(super) async fn get_style(
    request: HttpRequest,
    query: Query<StyleQuery>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let labels = Labels::read(query.labels.as_deref())?;
    answer(&request, &style::style(&map_url(&request, &state), &state.map.current(), labels))
}

fn map_url(request: &HttpRequest, state: &AppState) -> MapUrl {
    MapUrl::below(&base_url(request, state))
}

fn answer(request: &HttpRequest, document: &impl Serialize) -> ApiResult<HttpResponse> {
    Ok(Ready::json(document)?.answer(request, ASK_EACH_TIME))
}
