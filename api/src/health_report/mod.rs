//! A person's record on paper and as a table: A4 pages with charts for the doctor, and all readings as CSV.
//!
//! `build` puts into words what was measured in some months; [`as_pdf`] and [`sections`] give it a form, for the
//! person and for whoever holds a share link.

mod build;
mod chart;
mod content;
mod csv;
mod dto;
mod home;
mod page;
mod pdf;
mod routes;

use chrono::{DateTime, Months, Utc};
use entity::person;
use sea_orm::EntityTrait;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

pub use self::build::{Days, Whose, build};
pub use self::content::{HomeSheet, Report, Row, Section};
pub use self::page::sections;
use crate::error::ApiResult;
use crate::people::age::civil_day;
use crate::people::profile;
use crate::state::AppState;

const YEAR: Months = Months::new(12);

/// Adds `/people/{id}/report.pdf` and `/people/{id}/measurements.csv` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_report).service(routes::get_table);
}

/// The last year of a person as PDF, for their export; `None` where nothing was measured.
///
/// # Errors
/// When the database fails or a cell is damaged.
pub async fn of_last_year(
    state: &AppState,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<Option<Vec<u8>>> {
    let reader = state.database.reader();
    let Some(person) = person::Entity::find_by_id(person_id).one(reader).await? else { return Ok(None) };
    let birth_date = profile::birth_date(reader, &state.vault, &person).await?;
    let last = civil_day(now);
    let days = Days { first: last.checked_sub_months(YEAR).unwrap_or(last), last };
    let report = build(state, Whose { person: &person, birth_date }, days, now).await?;
    if report.sections.is_empty() { Ok(None) } else { as_pdf(report).await.map(Some) }
}

/// A report as PDF; the work is done beside the threads that answer.
///
/// # Errors
/// When it cannot be written, which is a fault of the program.
pub async fn as_pdf(report: Report) -> ApiResult<Vec<u8>> {
    let written = tokio::task::spawn_blocking(move || pdf::write(&report)).await;
    Ok(written.map_err(anyhow::Error::new)??)
}
