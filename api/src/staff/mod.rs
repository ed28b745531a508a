//! Accounts of staff and the roles they hold.
//!
//! [`mod@write`] changes accounts and keeps what must hold of them whoever changes them; [`policy`] says who may
//! change whose.

mod dto;
pub mod policy;
mod routes;
mod service;
pub mod write;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds `/staff` and `/roles` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_staff)
        .service(routes::create_staff)
        .service(routes::get_staff)
        .service(routes::change_staff)
        .service(routes::replace_roles)
        .service(routes::end_staff_sessions)
        .service(routes::list_roles);
}
