//! The map for phones: few and small answers, ready to be drawn, in the datum of the phone's map.
//!
//! All of it is answered from the published snapshot. `routes` lists the addresses, `query` reads
//! their parameters, `service` and `changes` make the answers, which `dto` and `geojson` describe.

pub(super) mod answer;
mod changes;
mod dto;
pub(super) mod geojson;
mod phone_numbers;
pub(super) mod query;
mod routes;
mod service;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds what phones call below `/api/v1/map`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_layers)
        .service(routes::get_view)
        .service(routes::get_place)
        .service(routes::list_nearest)
        .service(routes::list_changes);
}
