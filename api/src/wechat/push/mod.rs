//! What WeChat pushes: events about messages and about checked media.
//!
//! A push is verified, kept and answered `success` at once, because WeChat waits five seconds and then
//! sends it again. Whoever an event concerns takes it from the [`inbox`] later, exactly once.

mod event;
mod message;
mod query;
mod receive;
mod routes;
mod xml;

pub mod consume;
pub mod inbox;

use utoipa_actix_web::service_config::ServiceConfig;

pub use event::{Delivery, EventKind, TemplateChoice, WechatEvent};

use crate::secret::Secret;
use crate::wechat::crypto::push_cipher::PushCipher;

/// What pushes are signed and encrypted with.
#[derive(Clone, Debug)]
pub struct PushKeys {
    /// Signs.
    pub token: Secret,
    /// Encrypts. Where it is set, a push that is not encrypted is refused: only the signature of an
    /// encrypted one covers the message.
    pub cipher: Option<PushCipher>,
}

/// Adds `/wechat/push`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::verify_address).service(routes::receive_push);
}
