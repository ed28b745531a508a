use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use entity::service::Kind;

use super::dto::{ServiceList, ServicesParameters};
use super::service::{self, Filter};
use crate::error::ApiResult;
use crate::http::parameters::{given, wrong};
use crate::http::ready::Ready;
use crate::knowledge::query as common;
use crate::openapi::ProblemResponses;
use crate::regions;
use crate::state::AppState;

/// Lists hotlines, clinics and doors to other apps, the most urgent first, and whether they are open now.
#[utoipa::path(
    tag = "knowledge",
    params(ServicesParameters),
    responses(
        (status = 200, body = ServiceList, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/services")]
pub(super) async fn list_services(
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<ServicesParameters>,
) -> ApiResult<HttpResponse> {
    let knowledge = state.knowledge.at(state.clock.now());
    let region = regions::asked(&state.regions.current(), parameters.region.as_deref())?;
    let filter = Filter {
        topic: common::topic(&knowledge, parameters.topic.as_deref())?.map(|topic| topic.id.as_str()),
        kind: kind(parameters.kind.as_deref())?,
        region,
    };
    let now = common::civil_time(&state, region);
    let items = service::list(&knowledge, &state.regions.current(), filter, now);
    let cache_control = now.cache_control(service::changes_at(&items));
    Ok(Ready::json(&ServiceList { items, next: None })?.answer(&request, cache_control))
}

fn kind(text: Option<&str>) -> ApiResult<Option<Kind>> {
    Ok(match given(text) {
        None => None,
        Some("hotline") => Some(Kind::Hotline),
        Some("clinic") => Some(Kind::Clinic),
        Some("app_link") => Some(Kind::AppLink),
        Some(_) => return Err(wrong("kind", "请填写 hotline、clinic 或 app_link。")),
    })
}
