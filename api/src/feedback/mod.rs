//! What people who came thought of an activity: stars and a few words, once for each person.
//!
//! It may be changed for a week. The public, and the office in its ledger, sees the mean once ten people have
//! answered, so that nobody's answer can be told from it; the words, without names, are for those who run the
//! activity, and only once they were looked at.

mod dto;
mod holding;
mod mean;
mod routes;
mod service;

pub(crate) use holding::HOLDING;
pub use mean::mean;
use utoipa_actix_web::service_config::ServiceConfig;

/// Adds `/registrations/{id}/feedback` and `/activities/{id}/feedback` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::give_feedback)
        .service(routes::list_own_feedback)
        .service(routes::get_feedback_summary)
        .service(routes::list_feedback_comments);
}
