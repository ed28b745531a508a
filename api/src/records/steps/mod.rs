//! Steps that WeChat counts: 31 days, encrypted for the session of the phone, refreshed when the mini-program opens.
//!
//! One reading for each day. Today's grows until the day is over, so a higher count takes the place of the one
//! before; a lower one changes nothing. What the owner corrected or deleted stays as they left it.

mod dto;
mod routes;
mod service;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds `/people/{id}/steps/wechat` below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::add_wechat_steps);
}
