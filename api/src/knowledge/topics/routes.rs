use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};

use super::dto::TopicList;
use super::service;
use crate::error::ApiResult;
use crate::http::ready::{ASK_EACH_TIME, Ready};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Tells the topics as a tree, each with the number of its articles.
#[utoipa::path(
    tag = "knowledge",
    responses(
        (status = 200, body = TopicList, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/topics")]
pub(super) async fn list_topics(request: HttpRequest, state: Data<AppState>) -> ApiResult<HttpResponse> {
    let knowledge = state.knowledge.at(state.clock.now());
    let kept = &knowledge.view.ready_topics;
    if let Some(ready) = kept.get() {
        return Ok(ready.answer(&request, ASK_EACH_TIME));
    }
    let ready = Ready::json(&service::tree(&knowledge))?;
    Ok(kept.get_or_init(|| ready).answer(&request, ASK_EACH_TIME))
}
