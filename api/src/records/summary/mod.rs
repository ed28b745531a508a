//! What a person's record says at one glance: the newest of everything, how it stands to the goals, the week at
//! home, and where help is near.

mod dto;
mod routes;
mod service;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds `/people/{id}/summary` below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_summary);
}
