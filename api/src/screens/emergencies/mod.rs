//! Emergency messages: what screens show before anything else, until it is over or withdrawn.

mod dto;
mod routes;
mod service;

use entity::screen_emergency::Level;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_screen_emergencies)
        .service(routes::send_screen_emergency)
        .service(routes::withdraw_screen_emergency);
}

/// The word of a level.
pub(super) fn level_word(level: Level) -> &'static str {
    match level {
        Level::Blue => "blue",
        Level::Yellow => "yellow",
        Level::Orange => "orange",
        Level::Red => "red",
    }
}
