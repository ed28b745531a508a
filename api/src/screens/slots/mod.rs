//! Slots: which playlist plays on which screens, on which days, from when until when.

mod check;
mod dto;
mod routes;
mod service;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_screen_slots)
        .service(routes::create_screen_slot)
        .service(routes::get_screen_slot)
        .service(routes::replace_screen_slot)
        .service(routes::delete_screen_slot);
}
