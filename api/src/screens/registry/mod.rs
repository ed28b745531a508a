//! The screens of a region: made, found, edited, retired; what each plays and why.

pub(super) mod dto;
mod explain;
mod routes;
pub(super) mod seed;
pub(super) mod service;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_screens)
        .service(routes::create_screen)
        .service(routes::get_screen)
        .service(routes::change_screen)
        .service(routes::retire_screen)
        .service(routes::get_screen_schedule);
}
