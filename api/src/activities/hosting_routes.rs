use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use entity::activity::Status;

use super::hosting::{self, Host};
use super::hosting_dto::{
    ActivityContent, Cancellation, CopyTo, DraftsMade, HostedActivity, HostedActivityList, HostedParameters,
    Repetition,
};
use super::lifecycle::{self, Step};
use super::{hosting_check, load, no_such_activity, poster, repeat};
use crate::audit::{Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong as wrong_field;
use crate::http::if_match::IfMatch;
use crate::http::parameters::{self, Limit, given, wrong};
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::{HostActivities, Permission, ReviewActivities};
use crate::openapi::ProblemResponses;
use crate::state::AppState;
use crate::wechat::client::{CodeScene, EnvVersion, MiniCodeRequest};

const LIST_LIMIT: Limit = Limit { default: 20, most: 100 };
/// Page of the mini-program that shows an activity.
const PAGE: &str = "pages/activity/show";
const CODE_WIDTH_PX: u16 = 430;

fn host<P: Permission>(staff: &Permitted<P>, request: &HttpRequest) -> Host {
    Host {
        staff_id: staff.staff_id,
        scope: staff.scope().clone(),
        reviews: None,
        event: AuditEvent::new(Action::ActivityChanged, Actor::Staff(staff.staff_id)).by_request(request),
    }
}

fn number(id: &str) -> ApiResult<i32> {
    id.parse().map_err(|_not_a_number| no_such_activity())
}

fn shown(status: StatusCode, activity: &HostedActivity) -> HttpResponse {
    personal::versioned(status, activity.version, activity)
}

/// Drafts an activity.
#[utoipa::path(
    tag = "activities",
    request_body = ActivityContent,
    security(("access_token" = [])),
    responses(
        (status = 201, body = HostedActivity, headers(
            ("Location" = String, description = "Address of the draft"),
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[post("/activities")]
pub(super) async fn create_activity(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    content: Json<ActivityContent>,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let draft = hosting_check::checked(&state, staff.scope(), &content, now)?;
    let created = hosting::create(&state, host(&staff, &request), draft, now).await?;
    let mut answer = shown(StatusCode::CREATED, &created);
    let location = format!("/api/v1/hosted-activities/{}", created.id);
    if let Ok(location) = header::HeaderValue::from_str(&location) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    Ok(answer)
}

/// Lists the activities of the caller's regions, also drafts, the last changed first.
#[utoipa::path(
    tag = "activities",
    params(HostedParameters),
    security(("access_token" = [])),
    responses((status = 200, body = HostedActivityList), ProblemResponses)
)]
#[get("/hosted-activities")]
pub(super) async fn list_hosted_activities(
    staff: Permitted<HostActivities>,
    state: Data<AppState>,
    parameters: Query<HostedParameters>,
) -> ApiResult<HttpResponse> {
    let status = status(parameters.status.as_deref())?;
    let after = after(parameters.cursor.as_deref())?;
    let limit = parameters::limit(parameters.limit.as_deref(), LIST_LIMIT)?;
    let list = hosting::list(&state, staff.scope(), status, after, limit).await?;
    Ok(personal::json(StatusCode::OK, &list))
}

fn status(text: Option<&str>) -> ApiResult<Option<Status>> {
    Ok(match given(text) {
        None => None,
        Some("draft") => Some(Status::Draft),
        Some("submitted") => Some(Status::Submitted),
        Some("reviewed") => Some(Status::Reviewed),
        Some("published") => Some(Status::Published),
        Some("cancelled") => Some(Status::Cancelled),
        Some(_) => {
            let expected = "请填写 draft、submitted、reviewed、published 或 cancelled。";
            return Err(wrong("status", expected));
        }
    })
}

fn after(text: Option<&str>) -> ApiResult<Option<hosting::After>> {
    given(text)
        .map(|text| {
            let parsed = text.split_once('-').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
            parsed.ok_or_else(|| wrong("cursor", "请原样填写上一页回答中的 next。"))
        })
        .transpose()
}

/// Gives one activity of the caller's regions, also a draft.
#[utoipa::path(
    tag = "activities",
    params(("id" = i32, Path, description = "Number of the activity")),
    security(("access_token" = [])),
    responses(
        (status = 200, body = HostedActivity, headers(
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[get("/hosted-activities/{id}")]
pub(super) async fn get_hosted_activity(
    staff: Permitted<HostActivities>,
    state: Data<AppState>,
    id: Path<String>,
) -> ApiResult<HttpResponse> {
    let found = hosting::find(&state, staff.scope(), number(&id)?).await?;
    Ok(shown(StatusCode::OK, &found))
}

/// Changes an activity.
///
/// A draft that was submitted or reviewed is a draft again. What is published stays so: more seats go to
/// those in line at once; fewer evict nobody, the capacity sinks as seats are given back. Whoever is signed
/// up is told of another time or place. What the public reads of it, such as title, description, questions or
/// who may come, is changed by somebody else who may review; 409 `needs_review` names what waits for them.
#[utoipa::path(
    tag = "activities",
    params(
        ("id" = i32, Path, description = "Number of the activity"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = ActivityContent,
    security(("access_token" = [])),
    responses(
        (status = 200, body = HostedActivity, headers(
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[put("/activities/{id}")]
pub(super) async fn edit_activity(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    version: IfMatch,
    content: Json<ActivityContent>,
) -> ApiResult<HttpResponse> {
    let (id, now) = (number(&id)?, state.clock.now());
    // Who may not know of it learns nothing of what is wrong with the body either.
    hosting::find(&state, staff.scope(), id).await?;
    let draft = hosting_check::checked(&state, staff.scope(), &content, now)?;
    let reviews = staff.grants().scope_of(ReviewActivities::NAME, &state.regions.current());
    let host = Host { reviews, ..host(&staff, &request) };
    let edited = hosting::edit(&state, host, (id, version.version()), draft, now).await?;
    Ok(shown(StatusCode::OK, &edited))
}

/// Says that a draft is finished, so that somebody else looks at it.
#[utoipa::path(
    tag = "activities",
    params(
        ("id" = i32, Path, description = "Number of the activity"),
        ("If-Match" = String, Header, description = "The version that is meant")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = HostedActivity), ProblemResponses)
)]
#[post("/activities/{id}/submit")]
pub(super) async fn submit_activity(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    version: IfMatch,
) -> ApiResult<HttpResponse> {
    step(&state, host(&staff, &request), &id, version, Step::Submit).await
}

/// Finds an activity good. Whoever wrote it cannot.
#[utoipa::path(
    tag = "activities",
    params(
        ("id" = i32, Path, description = "Number of the activity"),
        ("If-Match" = String, Header, description = "The version that is meant")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = HostedActivity), ProblemResponses)
)]
#[post("/activities/{id}/review")]
pub(super) async fn review_activity(
    staff: Permitted<ReviewActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    version: IfMatch,
) -> ApiResult<HttpResponse> {
    step(&state, host(&staff, &request), &id, version, Step::Approve).await
}

/// Gives an activity back to be changed.
#[utoipa::path(
    tag = "activities",
    params(
        ("id" = i32, Path, description = "Number of the activity"),
        ("If-Match" = String, Header, description = "The version that is meant")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = HostedActivity), ProblemResponses)
)]
#[post("/activities/{id}/return")]
pub(super) async fn return_activity(
    staff: Permitted<ReviewActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    version: IfMatch,
) -> ApiResult<HttpResponse> {
    step(&state, host(&staff, &request), &id, version, Step::Return).await
}

/// Publishes an activity that was reviewed.
#[utoipa::path(
    tag = "activities",
    params(
        ("id" = i32, Path, description = "Number of the activity"),
        ("If-Match" = String, Header, description = "The version that is meant")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = HostedActivity), ProblemResponses)
)]
#[post("/activities/{id}/publish")]
pub(super) async fn publish_activity(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    version: IfMatch,
) -> ApiResult<HttpResponse> {
    step(&state, host(&staff, &request), &id, version, Step::Publish).await
}

/// Calls an activity off and tells everybody who is signed up or waits.
#[utoipa::path(
    tag = "activities",
    params(
        ("id" = i32, Path, description = "Number of the activity"),
        ("If-Match" = String, Header, description = "The version that is meant")
    ),
    request_body = Cancellation,
    security(("access_token" = [])),
    responses((status = 200, body = HostedActivity), ProblemResponses)
)]
#[post("/activities/{id}/cancel")]
pub(super) async fn cancel_activity(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    version: IfMatch,
    body: Json<Cancellation>,
) -> ApiResult<HttpResponse> {
    let reason = body.into_inner().reason.trim().to_owned();
    if !(1..=100).contains(&reason.chars().count()) {
        return Err(wrong_field("/reason", "bad_length", "请填写取消原因，1 到 100 个字，报名的人会看到。"));
    }
    step(&state, host(&staff, &request), &id, version, Step::Cancel(reason)).await
}

async fn step(
    state: &AppState,
    host: Host,
    id: &str,
    version: IfMatch,
    step: Step,
) -> ApiResult<HttpResponse> {
    let place = (number(id)?, version.version());
    let taken = lifecycle::take(state, host, place, step, state.clock.now()).await?;
    Ok(shown(StatusCode::OK, &taken))
}

/// Drafts an activity like this one at another time.
#[utoipa::path(
    tag = "activities",
    params(("id" = i32, Path, description = "Number of the activity")),
    request_body = CopyTo,
    security(("access_token" = [])),
    responses((status = 201, body = DraftsMade), ProblemResponses)
)]
#[post("/activities/{id}/copy")]
pub(super) async fn copy_activity(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    body: Json<CopyTo>,
) -> ApiResult<HttpResponse> {
    let (now, starts_at) = (state.clock.now(), body.starts_at);
    if starts_at <= now {
        return Err(wrong_field("/starts_at", "in_the_past", "请填写将来的时间。"));
    }
    let host = host(&staff, &request);
    let made = repeat::copy(&state, host, number(&id)?, |_| Ok(vec![starts_at]), now).await?;
    Ok(personal::json(StatusCode::CREATED, &made))
}

/// Drafts a row of activities like this one: each week, every two weeks, or on the same weekday of each month.
#[utoipa::path(
    tag = "activities",
    params(("id" = i32, Path, description = "Number of the activity")),
    request_body = Repetition,
    security(("access_token" = [])),
    responses((status = 201, body = DraftsMade), ProblemResponses)
)]
#[post("/activities/{id}/repeat")]
pub(super) async fn repeat_activity(
    staff: Permitted<HostActivities>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<String>,
    body: Json<Repetition>,
) -> ApiResult<HttpResponse> {
    let host = host(&staff, &request);
    let starts = |known: &super::published::Activity| repeat::starts(known, &body);
    let made = repeat::copy(&state, host, number(&id)?, starts, state.clock.now()).await?;
    Ok(personal::json(StatusCode::CREATED, &made))
}

/// Draws a poster to print, with the mini-program code that opens the activity.
#[utoipa::path(
    tag = "activities",
    params(("id" = i32, Path, description = "Number of the activity")),
    security(("access_token" = [])),
    responses((status = 200, content_type = "image/svg+xml", body = String), ProblemResponses)
)]
#[get("/activities/{id}/poster")]
pub(super) async fn get_poster(
    staff: Permitted<HostActivities>,
    state: Data<AppState>,
    id: Path<String>,
) -> ApiResult<HttpResponse> {
    let reader = state.database.reader();
    let row = hosting::read(reader, number(&id)?).await?;
    staff.scope().require(&row.region_code).map_err(|_outside| no_such_activity())?;
    let activity = load(reader, vec![row]).await?.pop().ok_or_else(no_such_activity)?;
    let scene = CodeScene::new(format!("a={}", activity.row.id)).map_err(anyhow::Error::new)?;
    let env_version = if state.settings.production { EnvVersion::Release } else { EnvVersion::Develop };
    let wanted = MiniCodeRequest { scene: &scene, page: Some(PAGE), env_version, width_px: CODE_WIDTH_PX };
    let code = state.wechat.client.mini_code(&wanted).await.map_err(|error| {
        tracing::warn!(error = %error, "a mini-program code could not be drawn");
        ApiError::BadGateway {
            code: "no_mini_code",
            detail: "微信暂时没有给出小程序码，请稍后再试；如果一直这样，请联系管理员检查小程序设置。".into(),
        }
    })?;
    Ok(HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((header::CACHE_CONTROL, personal::NO_STORE))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("inline; filename=\"activity-{}.svg\"", activity.row.id),
        ))
        .body(poster::poster(&activity, &code)))
}
