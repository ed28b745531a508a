//! Subscribe messages to residents: what they agreed to, what is to be told, and the sending of it.
//!
//! A feature calls [`enqueue`] in the transaction of its reason and [`cancel`] when the reason is gone;
//! [`sender::run`] sends what is due, [`events::run`] acts on what WeChat tells by itself. A message goes
//! out at most once: whoever cannot know whether it went out says `unknown` and leaves it to an event or
//! to an operator.

mod credits;
mod dto;
mod holding;
mod outbox;
mod outcome;
mod recipient;
mod routes;
mod service;
mod settle;
mod subscription;
mod template;

pub mod claim;
pub mod comparison;
pub mod events;
pub mod retention;
pub mod sender;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use holding::HOLDING;
pub use outbox::{
    Addressee, Enqueued, Message, PAYLOAD, Reason, cancel, cancel_about, enqueue, enqueue_all, insert,
};

/// Adds `/me/message-subscriptions`, `/message-templates` and `/message-outbox` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_message_subscriptions)
        .service(routes::report_message_subscriptions)
        .service(routes::list_message_templates)
        .service(routes::put_message_template)
        .service(routes::list_outbox_messages)
        .service(routes::settle_outbox_message);
}
