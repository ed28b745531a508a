use actix_web::http::header;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use entity::moderation_item::State;
use serde::Serialize;
use uuid::Uuid;

use super::dto::{ModerationItem, ModerationItemList, ModerationParameters, Rejection};
use super::service::{self, Decision};
use crate::audit::{Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult, FieldError};
use crate::identity::caller::Permitted;
use crate::identity::permission::ReviewModeration;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Lists texts and pictures of residents of one's regions, those that wait for a look by default.
#[utoipa::path(
    tag = "moderation",
    params(ModerationParameters),
    security(("access_token" = [])),
    responses((status = 200, body = ModerationItemList), ProblemResponses)
)]
#[get("/moderation")]
pub(super) async fn list_moderation_items(
    staff: Permitted<ReviewModeration>,
    state: Data<AppState>,
    parameters: Query<ModerationParameters>,
) -> ApiResult<HttpResponse> {
    let limit = parameters.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(ApiError::bad_parameter("limit", "limit 应在 1 到 100 之间。"));
    }
    let wanted = parameters.state.map_or(State::PendingReview, Into::into);
    let mut items = service::page(&state, staff.scope(), wanted, parameters.cursor, limit + 1).await?;
    let more = items.len() as u64 > limit;
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = items.last().filter(|_| more).map(|item| item.row.id.to_string());
    let items = items.into_iter().map(ModerationItem::from).collect();
    Ok(personal(&ModerationItemList { items, next }))
}

/// Lets others see it.
#[utoipa::path(
    tag = "moderation",
    params(("id" = Uuid, Path, description = "Id of the item")),
    security(("access_token" = [])),
    responses((status = 200, body = ModerationItem), ProblemResponses)
)]
#[post("/moderation/{id}/approve")]
pub(super) async fn approve_moderation_item(
    staff: Permitted<ReviewModeration>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    decide(&staff, &request, &state, id.into_inner(), Decision::Approve).await
}

/// Keeps it from others, and tells the author why.
#[utoipa::path(
    tag = "moderation",
    params(("id" = Uuid, Path, description = "Id of the item")),
    request_body = Rejection,
    security(("access_token" = [])),
    responses((status = 200, body = ModerationItem), ProblemResponses)
)]
#[post("/moderation/{id}/reject")]
pub(super) async fn reject_moderation_item(
    staff: Permitted<ReviewModeration>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    rejection: Json<Rejection>,
) -> ApiResult<HttpResponse> {
    let reason = rejection.reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > 100 {
        return Err(ApiError::Invalid {
            errors: vec![FieldError {
                pointer: "/reason".to_owned(),
                code: "bad_reason".to_owned(),
                message: "请用 1 到 100 个字告诉作者为什么不能发布。".to_owned(),
            }],
        });
    }
    decide(&staff, &request, &state, id.into_inner(), Decision::Reject { reason }).await
}

async fn decide(
    staff: &Permitted<ReviewModeration>,
    request: &HttpRequest,
    state: &AppState,
    id: Uuid,
    decision: Decision,
) -> ApiResult<HttpResponse> {
    let event = AuditEvent::new(Action::ModerationDecided, Actor::Staff(staff.staff_id)).by_request(request);
    let scope = staff.scope().clone();
    let decided = service::decide(state, scope, id, staff.staff_id, decision, event).await?;
    Ok(personal(&ModerationItem::from(decided)))
}

fn personal(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(body)
}
