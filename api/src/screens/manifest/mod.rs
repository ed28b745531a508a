//! What a player fetches: the manifest, and a plain playlist for boxes that know nothing else.

mod dto;
mod m3u;
mod resolve;
mod routes;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_manifest).service(routes::get_m3u);
}
