use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, put};

use crate::error::ApiResult;
use crate::http::if_match::IfMatch;
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::{ConfigureMapReviews, ReadMapDrafts};
use crate::map::editing::dto::{MapReviewRule, MapReviewRuleList, NewMapReviewRule};
use crate::map::editing::editor::Editor;
use crate::map::editing::rules;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Lists how many people have to agree to changes of the map.
#[utoipa::path(
    tag = "map-editing",
    security(("access_token" = [])),
    responses((status = 200, body = MapReviewRuleList), ProblemResponses)
)]
#[get("/review-rules")]
pub(in crate::map::editing) async fn list_map_review_rules(
    caller: Permitted<ReadMapDrafts>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    Ok(personal::json(StatusCode::OK, &rules::list(&state, &editor).await?))
}

/// Says how many people have to agree to changes of the map in a region. What is in review stays as it is.
#[utoipa::path(
    tag = "map-editing",
    params(
        ("region" = String, Path, description = "Code of the region, or `all`", example = "440307009000"),
        ("If-Match" = Option<String>, Header, description = "The version that is edited; missing for a new rule")
    ),
    request_body = NewMapReviewRule,
    security(("access_token" = [])),
    responses(
        (status = 200, body = MapReviewRule, headers(("ETag" = String, description = "Version, for `If-Match`"))),
        ProblemResponses
    )
)]
#[put("/review-rules/{region}")]
pub(in crate::map::editing) async fn put_map_review_rule(
    caller: Permitted<ConfigureMapReviews>,
    request: HttpRequest,
    state: Data<AppState>,
    region: Path<String>,
    seen: Option<IfMatch>,
    body: Json<NewMapReviewRule>,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    let rule = rules::put(&state, editor, region.into_inner(), seen, body.steps).await?;
    Ok(personal::versioned(StatusCode::OK, rule.version, &rule))
}

/// Takes a rule away; the one above it then decides.
#[utoipa::path(
    tag = "map-editing",
    params(
        ("region" = String, Path, description = "Code of the region", example = "440307009000"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "Taken away"), ProblemResponses)
)]
#[delete("/review-rules/{region}")]
pub(in crate::map::editing) async fn delete_map_review_rule(
    caller: Permitted<ConfigureMapReviews>,
    request: HttpRequest,
    state: Data<AppState>,
    region: Path<String>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let editor = Editor::new(&caller, &request, &state);
    rules::delete(&state, editor, region.into_inner(), seen).await?;
    Ok(personal::nothing())
}
