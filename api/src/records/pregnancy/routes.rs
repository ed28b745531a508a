use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, delete, get, put};
use uuid::Uuid;

use super::dto::{NewPregnancy, PregnancyView};
use super::service;
use crate::consents::{self, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::http::personal;
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::people::age::civil_day;
use crate::people::{PersonAccess, Scope};
use crate::records::access;
use crate::state::AppState;

/// Tells the latest pregnancy of a person.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person")),
    responses((status = 200, body = PregnancyView), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/people/{id}/pregnancy")]
pub(super) async fn get_pregnancy(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let access = access::to_read(&state, &resident, id.into_inner(), now).await?;
    let told = service::of_person(&state, state.database.reader(), access.person_id()).await?;
    let told = told.ok_or_else(|| ApiError::NotFound {
        code: "no_pregnancy",
        detail: "还没有填写孕期。怀孕后填写，体重和血压会按孕期的标准来看。".into(),
    })?;
    Ok(personal::json(StatusCode::OK, &told.view(&state.catalogue, civil_day(now))))
}

/// Keeps a pregnancy, or its end, in place of what was told before. What is measured from now on is judged by it.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person")),
    request_body = NewPregnancy,
    responses((status = 200, body = PregnancyView), ProblemResponses),
    security(("access_token" = []))
)]
#[put("/people/{id}/pregnancy")]
pub(super) async fn put_pregnancy(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    body: Json<NewPregnancy>,
) -> ApiResult<HttpResponse> {
    let (id, now) = (id.into_inner(), state.clock.now());
    let told = service::checked(&state.catalogue, &body, now)?;
    let (shared, wanted) = (state.get_ref().clone(), told.clone());
    let kept = state.database.write(move |transaction| {
        let (state, told) = (shared.clone(), wanted.clone());
        Box::pin(async move {
            let access =
                PersonAccess::open(transaction, &state.vault, &resident, id, Scope::RecordsWrite, now)
                    .await?;
            let consent = consents::require(transaction, &state.vault, id, Purpose::Records, now).await?;
            service::keep(&state, transaction, (&access, consent), &told, now).await
        })
    });
    kept.await?;
    Ok(personal::json(StatusCode::OK, &told.view(&state.catalogue, civil_day(now))))
}

/// Forgets a pregnancy that was told, for instance by mistake. One that ended is told with its end instead.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person")),
    responses((status = 204, description = "Forgotten"), ProblemResponses),
    security(("access_token" = []))
)]
#[delete("/people/{id}/pregnancy")]
pub(super) async fn delete_pregnancy(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
) -> ApiResult<HttpResponse> {
    let (id, now) = (id.into_inner(), state.clock.now());
    let shared = state.get_ref().clone();
    let gone = state.database.write(move |transaction| {
        let state = shared.clone();
        Box::pin(async move {
            let access =
                PersonAccess::open(transaction, &state.vault, &resident, id, Scope::RecordsWrite, now)
                    .await?;
            service::remove(transaction, access.person_id()).await
        })
    });
    gone.await?;
    Ok(personal::nothing())
}
