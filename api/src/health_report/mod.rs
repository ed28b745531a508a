//! A person's record on paper and as a table: A4 pages with charts for the doctor, and all readings as CSV.
//!
//! `build` puts into words what was measured in some months; [`as_pdf`] and [`sections`] give it a form, for the
//! person and for whoever holds a share link.

mod build;
mod chart;
mod content;
mod csv;
mod dto;
mod page;
mod pdf;
mod routes;

use utoipa_actix_web::service_config::ServiceConfig;

pub use self::build::{Days, Whose, build};
pub use self::content::{Report, Row, Section};
pub use self::page::sections;
use crate::error::ApiResult;

/// Adds `/people/{id}/report.pdf` and `/people/{id}/measurements.csv` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_report).service(routes::get_table);
}

/// A report as PDF; the work is done beside the threads that answer.
///
/// # Errors
/// When it cannot be written, which is a fault of the program.
pub async fn as_pdf(report: Report) -> ApiResult<Vec<u8>> {
    let written = tokio::task::spawn_blocking(move || pdf::write(&report)).await;
    Ok(written.map_err(anyhow::Error::new)??)
}
