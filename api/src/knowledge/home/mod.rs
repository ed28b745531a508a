//! The first screen, in one call.

mod dto;
mod routes;
mod service;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the first screen below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_home);
}
