//! Figures about those who share their records: counted once a month, and kept only as far as they may be told.
//!
//! Counting once, for all regions together, keeps two looks at different moments, or at a street and its
//! communities, from telling what one look does not.

mod dto;
mod indicators;
mod pressures;
mod routes;
mod snapshot;
mod suppression;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) use self::snapshot::count_month;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_follow_up_figures);
}
