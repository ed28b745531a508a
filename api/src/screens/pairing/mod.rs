//! Pairing: a player shows a code, a worker types it in at the screen's page, the player begins.
//!
//! A television in a lobby has no keyboard, so the code goes from the screen to the worker and not the
//! other way. The player gets its token together with the code; the token is worth nothing until somebody
//! who may manage screens has typed that code in. A code is used once and dies after ten minutes, and
//! knowing one gives nothing without the token.

mod dto;
mod routes;
pub(super) mod service;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::begin_pairing)
        .service(routes::finish_pairing)
        .service(routes::pair_screen)
        .service(routes::issue_screen_token)
        .service(routes::revoke_screen_token);
}
