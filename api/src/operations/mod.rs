//! Whether the server lives and is ready, for the machines that watch it.

mod dto;
mod routes;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds `/healthz` and `/readyz`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_health).service(routes::get_readiness);
}
