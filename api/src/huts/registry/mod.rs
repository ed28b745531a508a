//! Which huts there are, what stands in them, and what in them needs somebody.

mod devices;
mod dto;
mod first_aid;
mod routes;
mod service;
mod standing;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) use self::dto::DeviceKind;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_huts)
        .service(routes::create_hut)
        .service(routes::get_hut)
        .service(routes::change_hut)
        .service(routes::add_hut_device)
        .service(routes::change_hut_device)
        .service(routes::fill_first_aid_box)
        .service(routes::check_first_aid_box)
        .service(routes::list_first_aid_checks);
}
