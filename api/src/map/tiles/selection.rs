//! Which tile of which layers a request asks for.

use std::borrow::Cow;

use actix_web::HttpRequest;
use geodata::snapshot::LayerSnapshot;
use geodata::tiles::{TileAddress, TileAddressError};
use utoipa::IntoParams;

use super::links::WEB_MERCATOR_QUAD;
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::pairs;
use crate::map::published::{LayerInfo, MapState};

/// Parameters of tiles of the whole map, as they came.
#[derive(Debug, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CollectionsQuery<'q> {
    /// Ids of the layers that are wanted, in the order in which they come in the tile; all without it.
    #[param(value_type = Option<Vec<String>>, style = Form, explode = false, example = json!(["park", "trail"]))]
    pub(super) collections: Option<Cow<'q, str>>,
}

/// A layer with its places.
#[derive(Clone, Copy)]
pub(super) struct ChosenLayer<'m> {
    pub(super) info: &'m LayerInfo,
    pub(super) places: &'m LayerSnapshot,
}

impl<'q> CollectionsQuery<'q> {
    /// Reads the query string of a request.
    pub(super) fn of(query: &'q str) -> Self {
        // The contract refused all other names before.
        let collections = pairs(query).find(|(name, _)| name == "collections").map(|(_, value)| value);
        Self { collections }
    }

    /// The layers that are meant, each once.
    pub(super) fn layers<'m>(&self, map: &'m MapState) -> ApiResult<Vec<ChosenLayer<'m>>> {
        let Some(ids) = self.collections.as_deref() else {
            return Ok(all_layers(map));
        };
        let mut chosen: Vec<ChosenLayer<'m>> = Vec::new();
        for id in ids.split(',') {
            let layer = find(map, id).ok_or_else(|| {
                let known: Vec<&str> = map.layers.iter().map(|layer| layer.id.as_str()).collect();
                let detail = format!("参数 collections 里有不存在的图层。可用的图层：{}。", known.join("、"));
                ApiError::bad_parameter("collections", detail)
            })?;
            if !chosen.iter().any(|other| other.info.id == layer.info.id) {
                chosen.push(layer);
            }
        }
        Ok(chosen)
    }
}

/// All layers, in display order.
pub(super) fn all_layers(map: &MapState) -> Vec<ChosenLayer<'_>> {
    map.layers.iter().filter_map(|layer| find(map, &layer.id)).collect()
}

/// The layer that the path names, or 404.
pub(super) fn collection<'m>(map: &'m MapState, request: &HttpRequest) -> ApiResult<ChosenLayer<'m>> {
    find(map, segment(request, "collectionId")).ok_or_else(|| ApiError::NotFound {
        code: "collection_not_found",
        detail: "没有这个图层，请从图层列表中选择。".into(),
    })
}

fn find<'m>(map: &'m MapState, id: &str) -> Option<ChosenLayer<'m>> {
    map.layer(id).zip(map.snapshot.layer(id)).map(|(info, places)| ChosenLayer { info, places })
}

/// 404 unless the path names the one tile matrix set.
pub(super) fn known_tile_matrix_set(request: &HttpRequest) -> ApiResult<()> {
    if segment(request, "tileMatrixSetId") == WEB_MERCATOR_QUAD {
        return Ok(());
    }
    Err(ApiError::NotFound {
        code: "tile_matrix_set_not_found",
        detail: format!("这里只有 {WEB_MERCATOR_QUAD} 一种瓦片分级方案，请改用它。"),
    })
}

/// The tile that the path names: 404 where the square has no such one, 400 where it is no number.
pub(super) fn address(request: &HttpRequest) -> ApiResult<TileAddress> {
    known_tile_matrix_set(request)?;
    let zoom = number(request, "tileMatrix")?;
    let address = TileAddress::new(zoom, number(request, "tileRow")?, number(request, "tileCol")?);
    address.map_err(|error: TileAddressError| ApiError::NotFound {
        code: "tile_not_found",
        detail: format!("{error}。"),
    })
}

fn number(request: &HttpRequest, name: &'static str) -> ApiResult<u64> {
    let text = segment(request, name);
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if digits => Ok(number),
        // Too long for a number is still a number.
        Err(_) if digits => Ok(u64::MAX),
        _ => Err(ApiError::bad_parameter(
            name,
            format!("网址中的 {name} 不是数字，请按“级别/行号/列号”填写。"),
        )),
    }
}

fn segment<'r>(request: &'r HttpRequest, name: &str) -> &'r str {
    request.match_info().get(name).unwrap_or_default()
}
