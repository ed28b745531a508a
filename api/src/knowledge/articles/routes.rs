use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};

use super::dto::{ArticleDetail, ArticleList, NewReading};
use super::literacy_coverage::{self, CoverageParameters, LiteracyCoverage};
use super::query::{self, ArticlesParameters, Cursor};
use super::reading_numbers::{self, ReadingNumbersList, ReadingsParameters};
use super::readings::{self, Reading};
use super::service::{self, Filter};
use crate::error::{ApiError, ApiResult, FieldError};
use crate::http::client_address::ClientAddress;
use crate::http::parameters::{self, Limit, given};
use crate::http::personal;
use crate::http::ready::{ASK_EACH_TIME, Ready};
use crate::identity::caller::{Permitted, Resident};
use crate::identity::permission::ReadDrafts;
use crate::knowledge::publishing::worker::Worker;
use crate::knowledge::query as common;
use crate::openapi::ProblemResponses;
use crate::regions;
use crate::search::doc::DocKind;
use crate::search::names::Thing;
use crate::search::ranking;
use crate::search::sources::Sources;
use crate::state::AppState;

const LIST_LIMIT: Limit = Limit { default: 20, most: 100 };

/// Lists articles, the newest first; with `q` the best matches first.
#[utoipa::path(
    tag = "knowledge",
    params(ArticlesParameters),
    responses(
        (status = 200, body = ArticleList, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/articles")]
pub(super) async fn list_articles(
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<ArticlesParameters>,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let sources = Sources::at(&state, now);
    let Sources { knowledge, regions, .. } = &sources;
    let topic = common::topic(knowledge, parameters.topic.as_deref())?;
    let filter = Filter {
        topics: topic.map(|topic| knowledge.state.topics.within(&topic.id)),
        audience: query::audience(parameters.audience.as_deref())?,
        kind: query::kind(parameters.kind.as_deref())?,
        region: regions::asked(&state.regions.current(), parameters.region.as_deref())?,
    };
    let limit = parameters::limit(parameters.limit.as_deref(), LIST_LIMIT)?;
    let cursor = parameters.cursor.as_deref();
    let list = match given(parameters.q.as_deref()) {
        None => service::newest(knowledge, regions, &filter, Cursor::read(cursor)?, limit),
        Some(typed) => {
            let offset = query::offset(cursor)?;
            let ranking =
                ranking::ranked(&state.database, &sources, typed, Some(DocKind::Article), now).await?;
            let ids = ranking.found.iter().filter_map(|found| match found.thing {
                Thing::Article(id) => Some(id),
                _ => None,
            });
            let list = service::found(knowledge, regions, &filter, ids, offset, limit);
            ArticleList { similar: ranking.similar, ..list }
        }
    };
    Ok(Ready::json(&list)?.answer(&request, ASK_EACH_TIME))
}

/// Gives one article with everything its page needs.
///
/// An address that the article had before answers too and names the present one in `moved_to`.
#[utoipa::path(
    tag = "knowledge",
    params(("article" = String, Path, description = "Address of the article", example = "daily-salt")),
    responses(
        (status = 200, body = ArticleDetail, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/articles/{article}")]
pub(super) async fn get_article(
    request: HttpRequest,
    state: Data<AppState>,
    slug: Path<String>,
) -> ApiResult<HttpResponse> {
    let knowledge = state.knowledge.at(state.clock.now());
    let public_url = state.settings.public_url.as_deref();
    Ok(service::ready(&knowledge, &slug, public_url)?.answer(&request, ASK_EACH_TIME))
}

/// Counts that somebody read the article, came to its end or passed it on: once per reader, article and day.
///
/// A reader is whoever is logged in, else the network address. No list of who read what is kept.
#[utoipa::path(
    tag = "knowledge",
    params(("slug" = String, Path, description = "Address of the article", example = "daily-salt")),
    request_body = NewReading,
    responses((status = 204, description = "Counted, now or before"), ProblemResponses)
)]
#[post("/articles/{slug}/reads")]
pub(super) async fn count_reading(
    state: Data<AppState>,
    slug: Path<String>,
    address: ClientAddress,
    resident: Option<Resident>,
    body: Json<NewReading>,
) -> ApiResult<HttpResponse> {
    let knowledge = state.knowledge.at(state.clock.now());
    let article_id = service::id_of(&knowledge, &slug)?;
    let region = body.region.as_deref().filter(|code| !code.is_empty());
    if region.is_some_and(|code| !state.regions.current().contains(code)) {
        return Err(unknown_region());
    }
    let reader = match resident {
        Some(resident) => format!("account {}", resident.account_id),
        None => format!("address {}", address.subscriber()),
    };
    let day = common::civil_time(&state, region).date();
    let region_code = region.unwrap_or_default().to_owned();
    readings::count(&state, Reading { article_id, region_code, day, reader, act: body.act }).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn unknown_region() -> ApiError {
    ApiError::Invalid {
        errors: vec![FieldError {
            pointer: "/region".to_owned(),
            code: "unknown_region".to_owned(),
            message: "没有这个区划，请填写 12 位区划代码，或者不填。".to_owned(),
        }],
    }
}

/// Tells how often articles were read by people of one's region and below, the most read first.
#[utoipa::path(
    tag = "publishing",
    params(ReadingsParameters),
    security(("access_token" = [])),
    responses((status = 200, body = ReadingNumbersList), ProblemResponses)
)]
#[get("/article-readings")]
pub(super) async fn list_article_readings(
    caller: Permitted<ReadDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<ReadingsParameters>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let numbers = reading_numbers::page(&state, &worker, &parameters).await?;
    Ok(personal::json(StatusCode::OK, &numbers))
}

/// Tells which of the 66 items of health literacy an article is public about, and which have none.
#[utoipa::path(
    tag = "publishing",
    params(CoverageParameters),
    security(("access_token" = [])),
    responses((status = 200, body = LiteracyCoverage), ProblemResponses)
)]
#[get("/literacy-coverage")]
pub(super) async fn get_literacy_coverage(
    _caller: Permitted<ReadDrafts>,
    state: Data<AppState>,
    parameters: Query<CoverageParameters>,
) -> ApiResult<HttpResponse> {
    Ok(personal::json(StatusCode::OK, &literacy_coverage::of(&state, &parameters)?))
}
