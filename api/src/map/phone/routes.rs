use actix_web::http::header::HeaderValue;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use anyhow::Context;
use geodata::snapshot::{MAX_VIEW_ITEMS, ViewQuery};

use super::answer::{self, ASK_EACH_TIME, GEO_JSON, JSON};
use super::changes::{self, ChangesQuery};
use super::dto::{MapChangeList, MapLayerList, NearbyPlaceList, Place};
use super::geojson::MapView;
use super::query::{
    self, ChangesParameters, DatumParameters, NearestParameters, PlaceParameters, ViewParameters,
};
use super::service::{self, NearQuery};
use crate::error::ApiResult;
use crate::http::body_buffer::BodyBuffer;
use crate::http::etag::EntityTag;
use crate::http::parameters::{self, Limit, given};
use crate::map::walking::walker;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

const VIEW_LIMIT: Limit = Limit { default: MAX_VIEW_ITEMS, most: MAX_VIEW_ITEMS };
const NEAREST_LIMIT: Limit = Limit { default: 20, most: 100 };
const CHANGES_LIMIT: Limit = Limit { default: 100, most: 100 };
const NEAREST_RADIUS_M: f64 = 5_000.0;
const LARGEST_RADIUS_M: f64 = 50_000.0;

/// Tells the layers of the map, in display order.
#[utoipa::path(
    tag = "map",
    params(DatumParameters),
    responses(
        (status = 200, body = MapLayerList, headers(
            ("Kangtu-Datum" = String, description = "Datum of the coordinates"),
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/layers")]
pub(super) async fn list_layers(
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<DatumParameters>,
) -> ApiResult<HttpResponse> {
    let datum = query::datum(parameters.datum.as_deref())?;
    let map = state.map.current();
    // What layers are called is seen to change with the revision only.
    let content = map.snapshot.content_hash(&map.snapshot.all_layers());
    let tag = EntityTag::new(content, datum.as_str()).and(map.snapshot.revision());
    if let Some(unchanged) = answer::unchanged(&request, datum, ASK_EACH_TIME, &tag) {
        return Ok(unchanged);
    }
    let body = answer::json(&service::layers(&map, datum))?;
    Ok(answer::fresh(datum, ASK_EACH_TIME, &tag, JSON, body))
}

/// Gives what a phone draws in a box: markers, clusters, simplified lines and areas.
///
/// Never more than `limit` items. Layers that are not shown at the zoom are left out.
#[utoipa::path(
    tag = "map",
    params(ViewParameters),
    responses(
        (status = 200, body = MapView, content_type = "application/geo+json", headers(
            ("Kangtu-Datum" = String, description = "Datum of the coordinates"),
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/view")]
pub(super) async fn get_view(request: HttpRequest, state: Data<AppState>) -> ApiResult<HttpResponse> {
    let parameters = ViewParameters::of(request.query_string());
    let map = state.map.current();
    let datum = query::datum(parameters.datum.as_deref())?;
    let bbox = query::bbox(parameters.bbox.as_deref())?;
    let zoom = query::zoom(parameters.zoom.as_deref())?;
    let limit = parameters::limit_lowered(parameters.limit.as_deref(), VIEW_LIMIT)?;
    let layers = query::layers(&map.snapshot, parameters.layers.as_deref())?;
    let tag = EntityTag::new(map.snapshot.content_hash(&layers), datum.as_str());
    if let Some(unchanged) = answer::unchanged(&request, datum, ASK_EACH_TIME, &tag) {
        return Ok(unchanged);
    }
    let view = ViewQuery { layers: &layers, bbox: bbox.from_datum(datum), zoom, limit, datum };
    let mut body = BodyBuffer::take();
    map.snapshot.view(&view, &mut body);
    Ok(answer::fresh(datum, ASK_EACH_TIME, &tag, GEO_JSON, body.into_body()))
}

/// Tells everything about one place, also whether it is open now, and the walk there from where somebody
/// stands.
#[utoipa::path(
    tag = "map",
    params(("id" = u32, Path, description = "Number of the place"), PlaceParameters),
    responses(
        (status = 200, body = Place, headers(
            ("Kangtu-Datum" = String, description = "Datum of the coordinates"),
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/features/{id}")]
pub(super) async fn get_place(
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    parameters: Query<PlaceParameters>,
) -> ApiResult<HttpResponse> {
    let datum = query::datum(parameters.datum.as_deref())?;
    let walker = walker(parameters.speed.as_deref())?;
    let timed = service::place(&state.map.current(), &*state.activities, &id, datum, state.clock.now())?;
    if let Some(from) = query::walk_from(&parameters, datum)? {
        let walking = state.walking.at(&state.database, state.clock.now()).await?;
        let map = state.map.current_whole();
        let search = move || service::walk_to(&map, &walking, &id, from, walker, datum);
        let walk = tokio::task::spawn_blocking(search).await.context("a search was interrupted")?;
        let walk = walk.unwrap_or_default();
        return Ok(answer::personal(datum, answer::json(&Place { walk, ..timed.place })?));
    }
    let cache_control = format!("public, max-age={}, must-revalidate", timed.max_age_s);
    let cache_control = HeaderValue::from_str(&cache_control).context("a time is no header")?;
    let body = answer::json(&timed.place)?;
    Ok(answer::public(&request, datum, cache_control, body))
}

/// Finds the places nearest to a position.
///
/// The distance is the true one to the place itself: to the nearest bend of a greenway, to the edge
/// of a park. Where a walking network is loaded, the walk there comes too; `by=walk` orders by it. Nothing of the request is kept or logged, since it tells where a person is.
#[utoipa::path(
    tag = "map",
    params(NearestParameters),
    responses(
        (status = 200, body = NearbyPlaceList, headers(
            ("Kangtu-Datum" = String, description = "Datum of the coordinates")
        )),
        ProblemResponses
    )
)]
#[get("/nearest")]
pub(super) async fn list_nearest(
    state: Data<AppState>,
    parameters: Query<NearestParameters>,
) -> ApiResult<HttpResponse> {
    let map = state.map.current_whole();
    let datum = query::datum(parameters.datum.as_deref())?;
    let near = NearQuery {
        from: query::position(parameters.lon.as_deref(), parameters.lat.as_deref(), datum)?,
        layers: query::layers(&map.snapshot, parameters.layers.as_deref())?,
        limit: parameters::limit(parameters.limit.as_deref(), NEAREST_LIMIT)?,
        radius_m: query::radius_m(parameters.radius_m.as_deref(), NEAREST_RADIUS_M, LARGEST_RADIUS_M)?,
        by_walk: query::by_walk(parameters.by.as_deref())?,
        with_path: query::with_path(parameters.path.as_deref())?,
        walker: given(parameters.speed.as_deref()).map(|speed| walker(Some(speed))).transpose()?,
        datum,
    };
    let now = state.clock.now();
    let walking = state.walking.at(&state.database, now).await?;
    let found = if walking.is_empty() {
        service::near(&map, &walking, &near, now)
    } else {
        let search = move || service::near(&map, &walking, &near, now);
        tokio::task::spawn_blocking(search).await.context("a search was interrupted")?
    };
    Ok(answer::personal(datum, answer::json(&found)?))
}

/// Tells what changed since the revision that a phone holds: places that are new or different, and
/// those that are gone.
///
/// 410 with the code `reload` where that is not known any more: the phone loads the map anew.
#[utoipa::path(
    tag = "map",
    params(ChangesParameters),
    responses(
        (status = 200, body = MapChangeList, headers(
            ("Kangtu-Datum" = String, description = "Datum of the coordinates"),
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/changes")]
pub(super) async fn list_changes(
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<ChangesParameters>,
) -> ApiResult<HttpResponse> {
    let datum = query::datum(parameters.datum.as_deref())?;
    let changes = ChangesQuery {
        since: query::since(parameters.since.as_deref())?,
        after: query::cursor(parameters.cursor.as_deref())?,
        limit: parameters::limit(parameters.limit.as_deref(), CHANGES_LIMIT)?,
        datum,
    };
    let body = changes::page(&state.map.current().snapshot, &changes)?;
    Ok(answer::public(&request, datum, ASK_EACH_TIME, body))
}
