use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};

use super::dto::{SearchParameters, SearchResults};
use super::highlight::Marker;
use super::index::DocKind;
use super::{ranking, service};
use crate::error::ApiResult;
use crate::http::parameters::{self, Limit, given, required, wrong};
use crate::http::ready::{ASK_EACH_TIME, Ready};
use crate::knowledge::query as knowledge_query;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

const SEARCH_LIMIT: Limit = Limit { default: 20, most: 100 };

/// Looks for articles, services, health officers and places on the map.
///
/// Words of two characters, pinyin and initials are found, and words that people use for a topic; where
/// nothing matches, what sounds alike or matches in part. Nothing of the request is kept or logged, since
/// it tells what somebody worries about.
#[utoipa::path(
    tag = "search",
    params(SearchParameters),
    responses(
        (status = 200, body = SearchResults, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/search")]
pub(super) async fn search(
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<SearchParameters>,
) -> ApiResult<HttpResponse> {
    let typed = required("q", parameters.q.as_deref(), "请填写要找的词，例如 q=血压高。")?;
    let kind = given(parameters.kind.as_deref()).map(kind).transpose()?;
    let limit = parameters::limit(parameters.limit.as_deref(), SEARCH_LIMIT)?;
    let offset = given(parameters.cursor.as_deref()).map_or(Ok(0), offset)?;
    let now = state.clock.now();
    let knowledge = state.knowledge.at(now);
    let region = knowledge_query::region(&state, parameters.region.as_deref())?;
    let mut finding = ranking::ranked(&state, &knowledge, typed, kind, now).await?;
    let map = state.map.current();
    let activities = state.activities.current();
    if let Some(region) = region {
        let regions = state.regions.current();
        finding.found.retain(|found| service::is_for(&knowledge, &map, &activities, &regions, region, found));
    }
    let marker = Marker::of(typed);
    let shown = finding.found.iter().skip(offset).take(limit);
    let items =
        shown.filter_map(|found| service::hit(&knowledge, &map, &activities, &marker, found)).collect();
    let end = offset.saturating_add(limit);
    let next = (end < finding.found.len()).then(|| end.to_string());
    let results = SearchResults { items, next, similar: finding.similar };
    Ok(Ready::json(&results)?.answer(&request, ASK_EACH_TIME))
}

fn kind(text: &str) -> ApiResult<DocKind> {
    let expected = "请填写 article、service、officer、place 或 activity。";
    DocKind::of(text).ok_or_else(|| wrong("kind", text, expected))
}

fn offset(text: &str) -> ApiResult<usize> {
    text.parse().map_err(|_not_a_number| wrong("cursor", text, "请原样填写上一页回答中的 next。"))
}
