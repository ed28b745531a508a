//! Gateways: the boxes that send what the devices of a hut measured, and how they prove who they are.
//!
//! A key is made here, shown once and kept sealed, so that signatures can be verified. Each message is signed
//! with its path ([`signed`]) and numbered ([`window`]): one that was recorded on its way is refused when it
//! is sent again, and so is one that was signed with a key that was revoked.

mod dto;
mod routes;
mod service;
mod signed;
mod window;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) use self::signed::{Envelope, GatewayHeaders, Message, SignedMessage};

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::add_gateway).service(routes::rotate_gateway_key).service(routes::revoke_gateway);
}
