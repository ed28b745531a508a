//! Playlists: videos, pictures and cards of articles that play one after the other.

mod dto;
mod routes;
pub(super) mod service;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_playlists)
        .service(routes::create_playlist)
        .service(routes::get_playlist)
        .service(routes::replace_playlist)
        .service(routes::delete_playlist);
}
