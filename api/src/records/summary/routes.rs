use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get};
use uuid::Uuid;

use super::dto::{RecordSummary, SummaryParameters};
use super::service;
use crate::consents::{self, Purpose};
use crate::error::ApiResult;
use crate::http::personal;
use crate::identity::caller::Resident;
use crate::map::nearby::Whereabouts;
use crate::openapi::ProblemResponses;
use crate::records::access;
use crate::state::AppState;

/// Tells a person's record at one glance.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person"), SummaryParameters),
    responses((status = 200, body = RecordSummary), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/people/{id}/summary")]
pub(super) async fn get_summary(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<SummaryParameters>,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let SummaryParameters { lon, lat, datum } = asked.into_inner();
    let whereabouts = Whereabouts::parse(lon.as_deref(), lat.as_deref(), datum.as_deref())?;
    let access = access::to_read(&state, &resident, id.into_inner(), now).await?;
    if whereabouts.is_some() {
        let reader = state.database.reader();
        consents::require(reader, &state.vault, resident.person_id, Purpose::Location, now).await?;
    }
    let summary = service::summary(&state, access.person_id(), whereabouts, now).await?;
    Ok(personal::json(StatusCode::OK, &summary))
}
