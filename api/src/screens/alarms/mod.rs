//! Screens that went silent, told to the workers of their region once, in working hours.

mod dto;
mod routes;
mod service;
mod silence;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) use self::silence::tell;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_screen_alarms);
}
