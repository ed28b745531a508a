use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::build::{Whose, build};
use super::dto::DayParameters;
use super::{as_pdf, csv};
use crate::error::ApiResult;
use crate::http::personal::NO_STORE;
use crate::identity::caller::Resident;
use crate::openapi::ProblemResponses;
use crate::people::{PersonAccess, Relation, Scope};
use crate::privacy::access_log::What;
use crate::state::AppState;

/// The health report of a person as PDF on A4, with charts, for the doctor. Three months where nothing is said.
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person"), DayParameters),
    responses((status = 200, body = Vec<u8>, content_type = "application/pdf"), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/people/{id}/report.pdf")]
pub(super) async fn get_report(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<DayParameters>,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let days = asked.of_report(now)?;
    let access = opened(&state, &resident, id.into_inner(), What::Records, now).await?;
    let whose = Whose { person: access.person(), birth_date: access.birth_date() };
    let bytes = as_pdf(build(&state, whose, days, now).await?).await?;
    Ok(file("application/pdf", &format!("health-report-{}.pdf", days.last), bytes))
}

/// All readings of a person that count as a table (CSV in UTF-8 with a byte order mark).
#[utoipa::path(
    tag = "records",
    params(("id" = Uuid, Path, description = "Id of the person"), DayParameters),
    responses((status = 200, body = String, content_type = "text/csv"), ProblemResponses),
    security(("access_token" = []))
)]
#[get("/people/{id}/measurements.csv")]
pub(super) async fn get_table(
    state: Data<AppState>,
    resident: Resident,
    id: Path<Uuid>,
    asked: Query<DayParameters>,
) -> ApiResult<HttpResponse> {
    let now = state.clock.now();
    let days = asked.of_table(now)?;
    let access = opened(&state, &resident, id.into_inner(), What::Export, now).await?;
    let bytes = csv::table(&state, access.person_id(), days).await?;
    Ok(file("text/csv; charset=utf-8", "health-records.csv", bytes))
}

fn file(media_type: &'static str, name: &str, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, NO_STORE))
        .body(bytes)
}

/// Opens a record to be read and notes it for the person.
async fn opened(
    state: &AppState,
    resident: &Resident,
    person_id: Uuid,
    what: What,
    now: DateTime<Utc>,
) -> ApiResult<PersonAccess> {
    let reader = state.database.reader();
    let access =
        PersonAccess::open(reader, &state.vault, resident, person_id, Scope::RecordsRead, now).await?;
    if access.relation() != Relation::Own {
        let (shared, noted) = (state.clone(), access.clone());
        let note = state.database.write_together(move |transaction| {
            let (state, access) = (shared.clone(), noted.clone());
            Box::pin(async move { access.note_reading(transaction, &state, what, now).await })
        });
        note.await?;
    }
    Ok(access)
}
