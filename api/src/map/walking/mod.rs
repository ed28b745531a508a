//! Walking on the map: networks of regions, what can be reached, and what officers close or add.
//!
//! `published` holds the networks in memory as `map::published` holds the places; `load` is the one way a
//! network comes into the database; `reach` and `ways` answer phones; `edits` is what officers draw.

mod dto;
mod edits;
mod edits_routes;
pub mod load;
pub mod published;
mod reach;
mod routes;
pub mod watch;
pub mod ways;

pub(super) use dto::WalkMethod;
pub(super) use routes::walker;
use utoipa_actix_web::service_config::ServiceConfig;

/// Adds `/reach` below `/api/v1/map`.
pub fn configure_map(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_reach);
}

/// Adds `/walking` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(edits_routes::list_closures)
        .service(edits_routes::add_closure)
        .service(edits_routes::change_closure)
        .service(edits_routes::remove_closure)
        .service(edits_routes::list_links)
        .service(edits_routes::add_link)
        .service(edits_routes::change_link)
        .service(edits_routes::remove_link);
}
