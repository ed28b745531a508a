//! The topics that residents browse.

mod dto;
mod routes;
mod service;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the topics below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_topics);
}
