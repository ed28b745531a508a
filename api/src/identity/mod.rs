//! Who is calling: log-in, sessions, tokens, and what each caller may do.
//!
//! Handlers learn who is calling from [`caller`] and in no other way. A resident logs in with WeChat
//! ([`accounts`]); every log-in is a [`session`], whose short access tokens ([`tokens`]) are renewed with
//! refresh tokens that work once ([`refresh`]). [`permission`] names what staff may be permitted,
//! [`grants`] reads what they are.

pub mod accounts;
pub mod caller;
pub mod cleanup;
mod client;
pub mod columns;
pub mod credentials;
mod dto;
pub mod grants;
mod holding;
pub mod origin;
pub mod password;
pub mod permission;
pub mod refresh;
mod refusal;
mod routes;
pub mod second_factor;
mod service;
pub mod session;
mod staff_login;
mod throttle;
pub mod tokens;
pub mod totp;

pub(crate) use self::holding::SESSIONS;
use utoipa_actix_web::service_config::ServiceConfig;

/// Adds log-in and one's own sessions below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::log_in_with_wechat)
        .service(routes::log_in_staff)
        .service(routes::refresh_session)
        .service(routes::log_out)
        .service(routes::list_sessions)
        .service(routes::end_sessions)
        .service(routes::end_session)
        .service(routes::begin_totp)
        .service(routes::confirm_totp)
        .service(routes::change_password);
}

/// Adds the public keys, whose place RFC 8615 prescribes.
pub fn configure_well_known(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_signing_keys);
}
