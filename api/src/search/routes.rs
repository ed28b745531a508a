use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};

use super::answers::Asked;
use super::doc::DocKind;
use super::dto::{SearchParameters, SearchResults};
use super::service;
use super::sources::Sources;
use crate::error::ApiResult;
use crate::http::parameters::{self, Limit, given, required, wrong};
use crate::http::ready::{ASK_EACH_TIME, Ready};
use crate::openapi::ProblemResponses;
use crate::regions;
use crate::state::AppState;

const SEARCH_LIMIT: Limit = Limit { default: 20, most: 100 };

/// Looks for articles, services, health officers, places on the map and activities.
///
/// Words of two characters, pinyin and initials are found, what a topic is called, and words that people use for
/// it; where nothing matches, what sounds alike or matches in part. Nothing of the request is kept or logged, since
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
    let asked = Asked {
        typed: typed.to_owned(),
        kind: given(parameters.kind.as_deref()).map(kind).transpose()?,
        region: regions::asked(&state.regions.current(), parameters.region.as_deref())?.map(str::to_owned),
        limit: parameters::limit(parameters.limit.as_deref(), SEARCH_LIMIT)?,
        offset: given(parameters.cursor.as_deref()).map_or(Ok(0), offset)?,
    };
    let now = state.clock.now();
    let sources = Sources::at(&state, now);
    if let Some(kept) = state.search_answers.get(&asked, &sources, now) {
        return Ok(kept.answer(&request, ASK_EACH_TIME));
    }
    let answer = Ready::json(&service::results(&state.database, &sources, &asked, now).await?)?;
    state.search_answers.keep(asked, &sources, now, answer.clone());
    Ok(answer.answer(&request, ASK_EACH_TIME))
}

fn kind(text: &str) -> ApiResult<DocKind> {
    let expected = "请填写 article、service、officer、place 或 activity。";
    DocKind::of(text).ok_or_else(|| wrong("kind", expected))
}

fn offset(text: &str) -> ApiResult<usize> {
    text.parse().map_err(|_not_a_number| wrong("cursor", "请原样填写上一页回答中的 next。"))
}
