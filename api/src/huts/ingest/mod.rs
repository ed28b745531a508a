//! What gateways send: readings, each answered for itself, so that a bad one never keeps the others out.

mod clock;
mod decode;
mod dto;
mod items;
mod owner;
mod routes;
mod service;
mod store;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::take_readings);
}
