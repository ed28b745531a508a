//! How much of a region, and how many of its people, have places near enough: an estimate from the map, never
//! the indicator of a survey.
//!
//! `gathering` takes everything together that a result depends on, `answer` computes and words it, `desk`
//! remembers answers, `runs` keeps them with their inputs, `residents` is how numbers of people come in.

mod answer;
pub mod desk;
mod dto;
mod gathering;
mod question;
pub mod residents;
mod routes;
pub mod runs;

pub use dto::CoverageReport;
pub use question::{Asked, Question};
use utoipa_actix_web::service_config::ServiceConfig;

/// Adds `/coverage` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_coverage);
}
