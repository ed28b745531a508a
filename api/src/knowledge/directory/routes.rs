use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, put};

use super::dto::{
    HealthDayYear, HealthDayYearContent, OfficerContent, OfficerRecord, ServiceContent, ServiceRecord,
    ServiceRecordList, SynonymList, TopicSynonyms,
};
use super::upkeep::not_found;
use super::{health_days, officers, services, synonyms};
use crate::error::ApiResult;
use crate::http::if_match::IfMatch;
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::EditDirectory;
use crate::knowledge::publishing::worker::Worker;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Lists the hotlines, clinics and doors to other apps of one's regions as they are kept, also doors that are not
/// enabled yet.
#[utoipa::path(
    tag = "knowledge",
    security(("access_token" = [])),
    responses((status = 200, body = ServiceRecordList), ProblemResponses)
)]
#[get("/service-records")]
pub(super) async fn list_service_records(
    caller: Permitted<EditDirectory>,
    request: HttpRequest,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let items = services::list(&state, &worker).await?;
    Ok(personal::json(StatusCode::OK, &ServiceRecordList { items, next: None }))
}

/// Gives a hotline, a clinic or a door to another app as it is kept, to be changed.
#[utoipa::path(
    tag = "knowledge",
    params(
        ("id" = String, Path, description = "Id of the service", example = "emergency-120")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = ServiceRecord, headers(("ETag" = String, description = "Version, for `If-Match`"))), ProblemResponses)
)]
#[get("/services/{id}")]
pub(super) async fn get_service(
    caller: Permitted<EditDirectory>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = services::get(&state, &worker, &path).await?;
    Ok(personal::versioned(StatusCode::OK, done.version, &done))
}

/// Makes or changes a hotline, a clinic or a door to another app. Residents see it at once.
#[utoipa::path(
    tag = "knowledge",
    params(
        ("id" = String, Path, description = "Id of the service", example = "emergency-120"),
        ("If-Match" = Option<String>, Header, description = "The version that is edited; missing for a new one")
    ),
    request_body = ServiceContent,
    security(("access_token" = [])),
    responses((status = 200, body = ServiceRecord, headers(("ETag" = String, description = "Version, for `If-Match`"))), ProblemResponses)
)]
#[put("/services/{id}")]
pub(super) async fn put_service(
    caller: Permitted<EditDirectory>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
    seen: Option<IfMatch>,
    body: Json<ServiceContent>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = services::put(&state, worker, path.into_inner(), seen, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::OK, done.version, &done))
}

/// Takes a hotline, a clinic or a door to another app away.
#[utoipa::path(
    tag = "knowledge",
    params(
        ("id" = String, Path, description = "Id of the service", example = "emergency-120"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "Taken away"), ProblemResponses)
)]
#[delete("/services/{id}")]
pub(super) async fn delete_service(
    caller: Permitted<EditDirectory>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    services::delete(&state, worker, path.into_inner(), seen).await?;
    Ok(personal::nothing())
}

/// Gives a post of a health officer as it is kept, to be changed.
#[utoipa::path(
    tag = "knowledge",
    params(
        ("id" = String, Path, description = "Id of the post", example = "officer-01")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = OfficerRecord, headers(("ETag" = String, description = "Version, for `If-Match`"))), ProblemResponses)
)]
#[get("/officers/{id}")]
pub(super) async fn get_officer(
    caller: Permitted<EditDirectory>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = officers::get(&state, &worker, &path).await?;
    Ok(personal::versioned(StatusCode::OK, done.version, &done))
}

/// Makes or changes a post of a health officer. Residents see it at once.
#[utoipa::path(
    tag = "knowledge",
    params(
        ("id" = String, Path, description = "Id of the post", example = "officer-01"),
        ("If-Match" = Option<String>, Header, description = "The version that is edited; missing for a new one")
    ),
    request_body = OfficerContent,
    security(("access_token" = [])),
    responses((status = 200, body = OfficerRecord, headers(("ETag" = String, description = "Version, for `If-Match`"))), ProblemResponses)
)]
#[put("/officers/{id}")]
pub(super) async fn put_officer(
    caller: Permitted<EditDirectory>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
    seen: Option<IfMatch>,
    body: Json<OfficerContent>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = officers::put(&state, worker, path.into_inner(), seen, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::OK, done.version, &done))
}

/// Takes a post of a health officer away.
#[utoipa::path(
    tag = "knowledge",
    params(
        ("id" = String, Path, description = "Id of the post", example = "officer-01"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "Taken away"), ProblemResponses)
)]
#[delete("/officers/{id}")]
pub(super) async fn delete_officer(
    caller: Permitted<EditDirectory>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    officers::delete(&state, worker, path.into_inner(), seen).await?;
    Ok(personal::nothing())
}

/// Gives the words that people use for a topic.
#[utoipa::path(
    tag = "knowledge",
    params(
        ("id" = String, Path, description = "Id of the topic", example = "salt")
    ),
    security(("access_token" = [])),
    responses((status = 200, body = TopicSynonyms, headers(("ETag" = String, description = "Version, for `If-Match`"))), ProblemResponses)
)]
#[get("/topics/{id}/synonyms")]
pub(super) async fn get_topic_synonyms(
    caller: Permitted<EditDirectory>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = synonyms::get(&state, &worker, &path).await?;
    Ok(personal::versioned(StatusCode::OK, done.version, &done))
}

/// Puts words for a topic in the place of those that were there. The search knows them at once.
#[utoipa::path(
    tag = "knowledge",
    params(
        ("id" = String, Path, description = "Id of the topic", example = "salt"),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    request_body = SynonymList,
    security(("access_token" = [])),
    responses((status = 200, body = TopicSynonyms, headers(("ETag" = String, description = "Version, for `If-Match`"))), ProblemResponses)
)]
#[put("/topics/{id}/synonyms")]
pub(super) async fn put_topic_synonyms(
    caller: Permitted<EditDirectory>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
    seen: IfMatch,
    body: Json<SynonymList>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let done = synonyms::put(&state, worker, path.into_inner(), seen, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::OK, done.version, &done))
}

/// Gives what is known better about a health day in one year.
#[utoipa::path(
    tag = "knowledge",
    params(
        ("id" = String, Path, description = "Id of the health day", example = "sleep_day"),
        ("year" = i32, Path, description = "Year from 2000 to 2100", example = 2026)
    ),
    security(("access_token" = [])),
    responses((status = 200, body = HealthDayYear, headers(("ETag" = String, description = "Version, for `If-Match`"))), ProblemResponses)
)]
#[get("/health-days/{id}/years/{year}")]
pub(super) async fn get_health_day_year(
    caller: Permitted<EditDirectory>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let (id, year) = (path.0.clone(), year(&path.1)?);
    let done = health_days::get(&state, &worker, &id, year).await?;
    Ok(personal::versioned(StatusCode::OK, done.version, &done))
}

/// Writes the theme of a health day in one year, or its days where the rule is wrong.
#[utoipa::path(
    tag = "knowledge",
    params(
        ("id" = String, Path, description = "Id of the health day", example = "sleep_day"),
        ("year" = i32, Path, description = "Year from 2000 to 2100", example = 2026),
        ("If-Match" = Option<String>, Header, description = "The version that is edited; missing for a new one")
    ),
    request_body = HealthDayYearContent,
    security(("access_token" = [])),
    responses((status = 200, body = HealthDayYear, headers(("ETag" = String, description = "Version, for `If-Match`"))), ProblemResponses)
)]
#[put("/health-days/{id}/years/{year}")]
pub(super) async fn put_health_day_year(
    caller: Permitted<EditDirectory>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(String, String)>,
    seen: Option<IfMatch>,
    body: Json<HealthDayYearContent>,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let (id, year) = (path.0.clone(), year(&path.1)?);
    let done = health_days::put(&state, worker, (id, year), seen, body.into_inner()).await?;
    Ok(personal::versioned(StatusCode::OK, done.version, &done))
}

/// Leaves a year to the rule again.
#[utoipa::path(
    tag = "knowledge",
    params(
        ("id" = String, Path, description = "Id of the health day", example = "sleep_day"),
        ("year" = i32, Path, description = "Year from 2000 to 2100", example = 2026),
        ("If-Match" = String, Header, description = "The version that was seen")
    ),
    security(("access_token" = [])),
    responses((status = 204, description = "Taken away"), ProblemResponses)
)]
#[delete("/health-days/{id}/years/{year}")]
pub(super) async fn delete_health_day_year(
    caller: Permitted<EditDirectory>,
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(String, String)>,
    seen: IfMatch,
) -> ApiResult<HttpResponse> {
    let worker = Worker::new(&caller, &request);
    let (id, year) = (path.0.clone(), year(&path.1)?);
    health_days::delete(&state, worker, (id, year), seen).await?;
    Ok(personal::nothing())
}

/// A year that cannot be one has no health days.
fn year(text: &str) -> ApiResult<i32> {
    text.parse().ok().filter(|year| (2000..=2100).contains(year)).ok_or_else(not_found)
}
