use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use entity::activity;
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::dto::{
    CommentsParameters, FeedbackCommentList, FeedbackSummary, NewFeedback, OwnFeedback, OwnFeedbackList,
};
use super::service;
use crate::attendance::host::Host;
use crate::attendance::own_registration;
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{self, Limit, given};
use crate::http::personal;
use crate::http::ready::{ASK_EACH_TIME, Ready};
use crate::identity::caller::{Permitted, Resident};
use crate::identity::origin::Origin;
use crate::identity::permission::HostActivities;
use crate::moderation::{Purpose, check_text};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

const LIST_LIMIT: Limit = Limit { default: 20, most: 100 };

/// Tells what somebody who came thought of the activity. Given again within seven days, it takes the place of
/// the answer before: there is one for each person, however often the phone sends it.
#[utoipa::path(
    tag = "feedback",
    params(("id" = Uuid, Path, description = "Id of the registration")),
    request_body = NewFeedback,
    responses((status = 200, body = OwnFeedback), ProblemResponses),
    security(("access_token" = []))
)]
#[post("/registrations/{id}/feedback")]
pub(super) async fn give_feedback(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    body: Json<NewFeedback>,
) -> ApiResult<HttpResponse> {
    let (now, id) = (state.clock.now(), id.into_inner());
    own_registration(state.database.reader(), &resident, id).await?;
    let answer = service::checked(body.into_inner())?;
    let accepted = match &answer.comment {
        Some(comment) => {
            let checked = check_text(&state, &resident, Purpose::Comment, comment).await?;
            Some(Arc::new(checked.accepted("/comment")?))
        }
        None => None,
    };
    let (database, state) = (state.database.clone(), state.get_ref().clone());
    let kept = database
        .write(move |transaction| {
            let (state, answer, accepted) = (state.clone(), answer.clone(), accepted.clone());
            Box::pin(async move {
                service::keep(&state, transaction, id, &answer, accepted.as_deref(), now).await
            })
        })
        .await?;
    Ok(personal::json(StatusCode::OK, &kept))
}

/// Tells what was answered about a registration, to be looked at and changed.
#[utoipa::path(
    tag = "feedback",
    params(("id" = Uuid, Path, description = "Id of the registration")),
    responses((status = 200, body = OwnFeedbackList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/registrations/{id}/feedback")]
pub(super) async fn list_own_feedback(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let id = id.into_inner();
    own_registration(state.database.reader(), &resident, id).await?;
    let items = service::own(&state, id).await?;
    Ok(personal::json(StatusCode::OK, &OwnFeedbackList { items, next: None }))
}

/// Tells everybody how many answered and, from ten answers on, what they thought.
#[utoipa::path(
    tag = "feedback",
    params(("id" = i32, Path, description = "Id of the activity")),
    responses(
        (status = 200, body = FeedbackSummary, headers(
            ("ETag" = String, description = "Tag of the content, for `If-None-Match`")
        )),
        (status = 304, description = "Not modified"),
        ProblemResponses
    )
)]
#[get("/activities/{id}/feedback")]
pub(super) async fn get_feedback_summary(
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<i32>,
) -> ApiResult<HttpResponse> {
    let reader = state.database.reader();
    let activity = activity::Entity::find_by_id(id.into_inner()).one(reader).await?;
    let activity = activity.filter(|activity| activity.published_at.is_some()).ok_or_else(|| {
        ApiError::NotFound {
            code: "not_found", detail: "没有找到这个活动，请返回活动列表重新选择。".into()
        }
    })?;
    let summary = service::summary(reader, activity.id).await?;
    Ok(Ready::json(&summary)?.answer(&request, ASK_EACH_TIME))
}

/// Lists what people wrote, without names, for those who run the activity.
#[utoipa::path(
    tag = "feedback",
    params(("id" = i32, Path, description = "Id of the activity"), CommentsParameters),
    responses((status = 200, body = FeedbackCommentList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/activities/{id}/feedback/comments")]
pub(super) async fn list_feedback_comments(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Permitted<HostActivities>,
    id: Path<i32>,
    asked: Query<CommentsParameters>,
) -> ApiResult<HttpResponse> {
    let limit = parameters::limit(asked.limit.as_deref(), LIST_LIMIT)?;
    let after = given(asked.cursor.as_deref())
        .map(|text| {
            text.parse::<Uuid>()
                .map_err(|_not_an_id| ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。"))
        })
        .transpose()?;
    let host = Host::new(&caller, Origin::of(&request));
    let activity = host.activity(state.database.reader(), id.into_inner()).await?;
    Ok(personal::json(StatusCode::OK, &service::comments(&state, activity.id, after, limit).await?))
}
