//! Groups of screens, such as all lobbies of a street.

mod dto;
mod routes;
mod service;

pub(super) use service::require_screens;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_screen_groups)
        .service(routes::create_screen_group)
        .service(routes::get_screen_group)
        .service(routes::replace_screen_group)
        .service(routes::delete_screen_group);
}
