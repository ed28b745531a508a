use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, delete, get, put};
use uuid::Uuid;

use super::dto::{GoalList, GoalView, NewGoal};
use super::service;
use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::http::personal;
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::people::{PersonAccess, Scope};
use crate::records::access;
use crate::records::metrics::Metric;
use crate::records::readings::newest_two;
use crate::state::AppState;

/// Lists what a person aims at, and whether the newest reading is there.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person")),
    responses((status = 200, body = GoalList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/people/{id}/goals")]
pub(super) async fn list_goals(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let access = access::to_read(&state, &resident, id.into_inner(), state.clock.now()).await?;
    let (reader, person_id) = (state.database.reader(), access.person_id());
    let mut newest = newest_two(&state, reader, person_id).await?;
    newest.sort_unstable_by_key(|reading| std::cmp::Reverse((reading.row.measured_at, reading.row.id)));
    let goals = service::of_person(&state, reader, person_id).await?;
    let items = goals.iter().filter_map(|goal| {
        let metric = state.catalogue.metric(&goal.metric)?;
        let reading = newest.iter().find(|reading| reading.row.metric == goal.metric);
        Some(goal.view(metric, reading.and_then(|reading| reading.content.as_ref())))
    });
    Ok(personal::json(StatusCode::OK, &GoalList { items: items.collect(), next: None }))
}

/// Sets what a person aims at in one metric, in place of what was set before.
#[utoipa::path(
    tag = "records",
    params(
        ("id" = Uuid, Path, description = "Id of the person"),
        ("metric" = String, Path, description = "Code of `/metrics-catalogue`")
    ),
    request_body = NewGoal,
    responses((status = 200, body = GoalView), ProblemResponses),
    security(("access_token" = []))
)]
#[put("/people/{id}/goals/{metric}")]
pub(super) async fn put_goal(
    state: Data<AppState>,
    resident: Resident,
    path: Path<(Uuid, String)>,
    body: Json<NewGoal>,
) -> ApiResult<HttpResponse> {
    let ((id, code), now) = (path.into_inner(), state.clock.now());
    let metric = metric(&state, &code)?.clone();
    let limits = service::checked(&metric, &body)?;
    let shared = state.get_ref().clone();
    let kept = state.database.write(move |transaction| {
        let (state, code, limits) = (shared.clone(), code.clone(), limits.clone());
        Box::pin(async move {
            let access =
                PersonAccess::open(transaction, &state.vault, &resident, id, Scope::RecordsWrite, now)
                    .await?;
            let consent = consents::require(transaction, &state.vault, id, Purpose::Records, now).await?;
            service::keep(&state, transaction, (&access, consent), &code, &limits, now).await
        })
    });
    Ok(personal::json(StatusCode::OK, &kept.await?.view(&metric, None)))
}

/// Gives a goal up.
#[utoipa::path(
    tag = "records",
    params(
        ("id" = Uuid, Path, description = "Id of the person"),
        ("metric" = String, Path, description = "Code of `/metrics-catalogue`")
    ),
    responses((status = 204, description = "Given up"), ProblemResponses),
    security(("access_token" = []))
)]
#[delete("/people/{id}/goals/{metric}")]
pub(super) async fn delete_goal(
    state: Data<AppState>,
    resident: Resident,
    path: Path<(Uuid, String)>,
) -> ApiResult<HttpResponse> {
    let ((id, code), now) = (path.into_inner(), state.clock.now());
    metric(&state, &code)?;
    let shared = state.get_ref().clone();
    let gone = state.database.write(move |transaction| {
        let (state, code) = (shared.clone(), code.clone());
        Box::pin(async move {
            let access =
                PersonAccess::open(transaction, &state.vault, &resident, id, Scope::RecordsWrite, now)
                    .await?;
            service::remove(transaction, access.person_id(), &code).await
        })
    });
    gone.await?;
    Ok(personal::nothing())
}

fn metric<'s>(state: &'s AppState, code: &str) -> ApiResult<&'s Metric> {
    state.catalogue.metric(code).ok_or_else(|| ApiError::NotFound {
        code: "no_such_metric",
        detail: "没有这个测量项目，请返回重新选择。".into(),
    })
}
