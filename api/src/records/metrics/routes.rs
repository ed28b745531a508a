use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};

use super::dto::MetricList;
use crate::error::ApiResult;
use crate::http::ready::{ASK_EACH_TIME, Ready};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Lists everything that can be measured, with its units and the ranges of its values.
#[utoipa::path(
    tag = "records",
    responses(
        (status = 200, body = MetricList, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/metrics-catalogue")]
pub(super) async fn list_metrics(request: HttpRequest, state: Data<AppState>) -> ApiResult<HttpResponse> {
    Ok(Ready::json(&MetricList::from(&state.catalogue))?.answer(&request, ASK_EACH_TIME))
}
