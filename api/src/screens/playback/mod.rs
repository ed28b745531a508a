//! What players tell: that they live, and what they played.

mod dto;
mod heartbeat;
pub(super) mod plays;
mod routes;
mod statistics;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::beat).service(routes::report_plays).service(routes::get_screen_statistics);
}
