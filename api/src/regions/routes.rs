use actix_web::http::header::{self, ContentType};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use entity::region;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use sha2::{Digest, Sha256};

use super::dto::{Region, RegionList, RegionParameters};
use crate::error::{ApiError, ApiResult};
use crate::http::etag::EntityTag;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Regions change once a year.
const CACHE: &str = "public, max-age=3600";

/// Lists the regions there are.
#[utoipa::path(
    tag = "regions",
    params(RegionParameters),
    responses(
        (status = 200, body = RegionList, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/regions")]
pub(super) async fn list_regions(
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<RegionParameters>,
) -> ApiResult<HttpResponse> {
    let mut query = region::Entity::find().order_by_asc(region::Column::Code);
    if let Some(parent) = parameters.parent.as_deref().filter(|parent| !parent.is_empty()) {
        if !state.regions.current().contains(parent) {
            return Err(ApiError::bad_parameter("parent", "没有这个区划代码，请检查后重试。"));
        }
        query = query.filter(region::Column::ParentCode.eq(parent));
    }
    let items = query.all(state.database.reader()).await?.into_iter().map(shown).collect();
    let body = serde_json::to_vec(&RegionList { items, next: None }).map_err(anyhow::Error::new)?;
    let tag = EntityTag::new(hash(&body), "json");
    if let Some(unchanged) = tag.not_modified(&request, CACHE) {
        return Ok(unchanged);
    }
    Ok(HttpResponse::Ok()
        .insert_header(ContentType::json())
        .insert_header((header::CACHE_CONTROL, CACHE))
        .insert_header((header::ETAG, tag.header_value()))
        .body(body))
}

fn hash(body: &[u8]) -> u64 {
    let digest = Sha256::digest(body);
    digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

fn shown(region: region::Model) -> Region {
    let level = match region.level {
        region::Level::Province => "province",
        region::Level::City => "city",
        region::Level::District => "district",
        region::Level::Street => "street",
        region::Level::Community => "community",
    };
    Region {
        code: region.code,
        name: region.name,
        short_name: region.short_name,
        level,
        parent_code: region.parent_code,
        population: region.population,
    }
}
