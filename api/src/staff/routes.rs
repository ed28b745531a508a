use actix_web::http::header;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get, patch, post, put};
use serde::Serialize;
use uuid::Uuid;

use super::dto::{
    ChangedStaffMember, NewStaffMember, RoleList, SessionsEnded, StaffChange, StaffList, StaffListParameters,
    StaffMember, StaffRoles,
};
use super::service::{self, InCharge};
use crate::error::{ApiError, ApiResult};
use crate::http::if_match::{IfMatch, entity_tag};
use crate::identity::caller::Permitted;
use crate::identity::origin::Origin;
use crate::identity::permission::{AssignRoles, EndSessions, ManageStaff};
use crate::openapi::ProblemResponses;
use crate::state::AppState;

const DEFAULT_LIMIT: usize = 20;
const MOST_LIMIT: usize = 100;

/// Lists the members of staff in the caller's region and below.
#[utoipa::path(
    tag = "staff",
    params(StaffListParameters),
    security(("access_token" = [])),
    responses((status = 200, body = StaffList), ProblemResponses)
)]
#[get("/staff")]
pub(super) async fn list_staff(
    caller: Permitted<AssignRoles>,
    request: HttpRequest,
    state: Data<AppState>,
    parameters: Query<StaffListParameters>,
) -> ApiResult<HttpResponse> {
    let (after, limit) = (cursor(parameters.cursor.as_deref())?, limit(parameters.limit.as_deref())?);
    let caller = InCharge::new(&state, &caller, Origin::of(&request));
    Ok(personal(HttpResponse::Ok()).json(service::list(&state, &caller, after, limit).await?))
}

/// Makes an account with its first roles.
///
/// Nobody can grant more than they have themselves, in permissions or in region. Where a role demands a
/// second factor, `totp_uri` is what the member binds an authenticator with; it is shown once.
#[utoipa::path(
    tag = "staff",
    request_body = NewStaffMember,
    security(("access_token" = [])),
    responses(
        (status = 201, body = ChangedStaffMember, headers(
            ("Location" = String, description = "Address of the account"),
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[post("/staff")]
pub(super) async fn create_staff(
    caller: Permitted<ManageStaff>,
    request: HttpRequest,
    state: Data<AppState>,
    body: Json<NewStaffMember>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&state, &caller, Origin::of(&request));
    let created = service::create(&state, caller, body.into_inner()).await?;
    let location = format!("/api/v1/staff/{}", created.member.id);
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, location));
    Ok(versioned(response, created.member.version, &created))
}

/// Tells one account.
#[utoipa::path(
    tag = "staff",
    params(("id" = Uuid, Path, description = "Id of the member of staff")),
    security(("access_token" = [])),
    responses(
        (status = 200, body = StaffMember, headers(
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[get("/staff/{id}")]
pub(super) async fn get_staff(
    caller: Permitted<AssignRoles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&state, &caller, Origin::of(&request));
    let member = service::get(&state, &caller, id.into_inner()).await?;
    Ok(versioned(HttpResponse::Ok(), member.version, &member))
}

/// Changes an account: its name, whether it may log in, its password, its authenticator.
#[utoipa::path(
    tag = "staff",
    params(
        ("id" = Uuid, Path, description = "Id of the member of staff"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = StaffChange,
    security(("access_token" = [])),
    responses(
        (status = 200, body = ChangedStaffMember, headers(
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[patch("/staff/{id}")]
pub(super) async fn change_staff(
    caller: Permitted<ManageStaff>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
    body: Json<StaffChange>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&state, &caller, Origin::of(&request));
    let changed = service::change(&state, caller, id.into_inner(), version, body.into_inner()).await?;
    Ok(versioned(HttpResponse::Ok(), changed.member.version, &changed))
}

/// Replaces the roles of an account. Its sessions end at once.
#[utoipa::path(
    tag = "staff",
    params(
        ("id" = Uuid, Path, description = "Id of the member of staff"),
        ("If-Match" = String, Header, description = "The version that is edited")
    ),
    request_body = StaffRoles,
    security(("access_token" = [])),
    responses(
        (status = 200, body = ChangedStaffMember, headers(
            ("ETag" = String, description = "Version, for `If-Match`")
        )),
        ProblemResponses
    )
)]
#[put("/staff/{id}/roles")]
pub(super) async fn replace_roles(
    caller: Permitted<AssignRoles>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
    version: IfMatch,
    body: Json<StaffRoles>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&state, &caller, Origin::of(&request));
    let roles = body.into_inner().roles;
    let changed = service::replace_roles(&state, caller, id.into_inner(), version, roles).await?;
    Ok(versioned(HttpResponse::Ok(), changed.member.version, &changed))
}

/// Ends every session of an account.
#[utoipa::path(
    tag = "staff",
    params(("id" = Uuid, Path, description = "Id of the member of staff")),
    security(("access_token" = [])),
    responses((status = 200, body = SessionsEnded), ProblemResponses)
)]
#[post("/staff/{id}/end-sessions")]
pub(super) async fn end_staff_sessions(
    caller: Permitted<EndSessions>,
    request: HttpRequest,
    state: Data<AppState>,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let caller = InCharge::new(&state, &caller, Origin::of(&request));
    let sessions = service::end_sessions(&state, caller, id.into_inner()).await?;
    Ok(personal(HttpResponse::Ok()).json(SessionsEnded { sessions }))
}

/// Lists the roles there are and what each permits.
#[utoipa::path(
    tag = "staff",
    security(("access_token" = [])),
    responses((status = 200, body = RoleList), ProblemResponses)
)]
#[get("/roles")]
pub(super) async fn list_roles(
    _caller: Permitted<AssignRoles>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let items = service::roles(&state).await?;
    Ok(personal(HttpResponse::Ok()).json(RoleList { items, next: None }))
}

fn personal(mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    response.insert_header((header::CACHE_CONTROL, "private, no-store"));
    response
}

fn versioned(mut response: HttpResponseBuilder, version: i32, body: &impl Serialize) -> HttpResponse {
    response.insert_header((header::ETAG, entity_tag(version)));
    personal(response).json(body)
}

fn cursor(text: Option<&str>) -> ApiResult<Option<Uuid>> {
    let given = text.filter(|text| !text.is_empty());
    given
        .map(|text| {
            text.parse()
                .map_err(|_not_an_id| ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。"))
        })
        .transpose()
}

fn limit(text: Option<&str>) -> ApiResult<usize> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(DEFAULT_LIMIT);
    };
    let limit = text.parse().ok().filter(|limit| (1..=MOST_LIMIT).contains(limit));
    limit.ok_or_else(|| ApiError::bad_parameter("limit", "请填写 1 到 100 的整数，例如 limit=20。"))
}
