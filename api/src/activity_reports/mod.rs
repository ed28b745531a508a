//! What the office reports of its activities: who is on the list, the ledger of a year (台账), statistics.
//!
//! Lists of people are for those who run the activity; every person on one can see that it was read, and
//! files are noted in the audit log. Ledger and statistics tell numbers only.

mod figures;
mod ledger;
mod registrants;
mod routes;
mod sheets;
mod statistics;
mod words;

mod dto;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds `/activities/{id}/registrations`, `/activity-ledger` and `/activity-statistics` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_registrations)
        .service(routes::get_activity_ledger)
        .service(routes::get_activity_statistics);
}
