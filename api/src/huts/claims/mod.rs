//! Taking a reading with the code that stood on the slip.

mod dto;
mod routes;
mod service;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::claim_reading);
}
