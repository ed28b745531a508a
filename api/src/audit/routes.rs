use actix_web::http::header;
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use serde_json::json;

use super::dto::AuditRowList;
use super::event::{Action, Actor, AuditEvent};
use super::query::AuditParameters;
use super::{record, service};
use crate::error::ApiResult;
use crate::identity::caller::Permitted;
use crate::identity::permission::ReadAudit;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Shows the audit log, newest first.
///
/// Auditors of a region see what concerns their region and those below; rows without a region are shown
/// only to auditors of the whole installation. Reading is itself noted.
#[utoipa::path(
    tag = "audit",
    params(AuditParameters),
    responses((status = 200, body = AuditRowList), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/audit")]
pub(super) async fn list_audit(
    request: HttpRequest,
    state: Data<AppState>,
    auditor: Permitted<ReadAudit>,
    parameters: Query<AuditParameters>,
) -> ApiResult<HttpResponse> {
    let query = parameters.read()?;
    if let Some(region) = &query.region {
        auditor.scope().require(region)?;
    }
    let page = service::page(&state.database, auditor.scope(), &query).await?;
    let looked_for = json!({
        "action": query.action.map(Action::as_str),
        "actor": query.actor,
        "region": query.region,
        "from": query.from,
        "to": query.to,
        "rows": page.items.len(),
    });
    let event = AuditEvent::new(Action::AuditRead, Actor::Staff(auditor.staff_id)).with(looked_for);
    // Not answered when it cannot be noted.
    record(&state, event.by_request(&request)).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(page))
}
