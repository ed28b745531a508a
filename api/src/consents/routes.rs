use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, put};

use super::dto::{ConsentAgreement, ConsentList, ConsentParameters, GivenConsent};
use super::{Purpose, ledger, service};
use crate::audit;
use crate::error::ApiResult;
use crate::http::personal;
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::people::{PersonAccess, Scope};
use crate::privacy::erasure::journal;
use crate::state::AppState;

/// Tells every purpose with its text, and whether the person agreed.
#[utoipa::path(
    tag = "consents",
    params(ConsentParameters),
    responses((status = 200, body = ConsentList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/me/consents")]
pub(super) async fn list_consents(
    state: Data<AppState>,
    resident: Resident,
    parameters: Query<ConsentParameters>,
) -> ApiResult<HttpResponse> {
    let person_id = parameters.person.unwrap_or(resident.person_id);
    let (reader, now) = (state.database.reader(), state.clock.now());
    let access = PersonAccess::open(reader, &state.vault, &resident, person_id, Scope::Manage, now).await?;
    Ok(personal::json(StatusCode::OK, &service::list(reader, &access, now).await?))
}

/// Agrees to a purpose. Agreeing again changes nothing.
#[utoipa::path(
    tag = "consents",
    params(("purpose" = Purpose, Path, description = "What is agreed to"), ConsentParameters),
    request_body = ConsentAgreement,
    responses((status = 204, description = "Agreed"), ProblemResponses),
    security(("access_token" = []))
)]
#[put("/me/consents/{purpose}")]
pub(super) async fn give_consent(
    state: Data<AppState>,
    resident: Resident,
    purpose: Path<Purpose>,
    parameters: Query<ConsentParameters>,
    body: Json<ConsentAgreement>,
) -> ApiResult<HttpResponse> {
    let person_id = parameters.person.unwrap_or(resident.person_id);
    let agreed = GivenConsent { purpose: *purpose, text_version: body.text_version };
    let (state, now) = (state.get_ref().clone(), state.clock.now());
    let database = state.database.clone();
    database
        .write(move |transaction| {
            let state = state.clone();
            Box::pin(async move {
                let access =
                    PersonAccess::open(transaction, &state.vault, &resident, person_id, Scope::Manage, now)
                        .await?;
                if let Some(event) = ledger::give(transaction, &state, &access, agreed, now).await? {
                    audit::append(transaction, &event, now).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(personal::nothing())
}

/// Takes a consent back. What was kept for the purpose is erased with it.
#[utoipa::path(
    tag = "consents",
    params(("purpose" = Purpose, Path, description = "What is taken back"), ConsentParameters),
    responses((status = 204, description = "Withdrawn, or never given"), ProblemResponses),
    security(("access_token" = []))
)]
#[delete("/me/consents/{purpose}")]
pub(super) async fn withdraw_consent(
    state: Data<AppState>,
    resident: Resident,
    purpose: Path<Purpose>,
    parameters: Query<ConsentParameters>,
) -> ApiResult<HttpResponse> {
    let person_id = parameters.person.unwrap_or(resident.person_id);
    let purpose = purpose.into_inner();
    let now = state.clock.now();
    let (database, shared) = (state.database.clone(), state.get_ref().clone());
    database
        .write(move |transaction| {
            let state = shared.clone();
            Box::pin(async move {
                let access =
                    PersonAccess::open(transaction, &state.vault, &resident, person_id, Scope::Manage, now)
                        .await?;
                ledger::withdraw(transaction, &state, &access, purpose, now).await
            })
        })
        .await?;
    journal::follow_at_once(&state).await;
    Ok(personal::nothing())
}
