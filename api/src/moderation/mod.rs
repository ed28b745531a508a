//! What residents write and show is looked at before others see it.
//!
//! A feature checks a text with [`check_text`] before its transaction, refuses what is rejected with
//! [`CheckedText::accepted`], and writes the verdict with [`AcceptedText::record`] in the transaction that
//! saves the text. Until [`standing_of`] its subject is `Pass`, nobody but the author sees it. A check that
//! cannot be made ends in review by a person, never in an error and never in a pass.
//!
//! Pictures are recorded with [`image::record`] in the transaction that saves them and sent to the check
//! with [`image::request_check`] afterwards; the result comes by a push.

mod check;
mod dto;
mod holding;
mod item;
mod plain_form;
mod routes;
mod service;
mod word_list;

pub mod events;
pub mod image;
pub mod sweep;

use utoipa_actix_web::service_config::ServiceConfig;

pub use check::{AcceptedText, CheckedText, check_text};
pub(crate) use holding::HOLDING;
pub use item::{Purpose, Standing, Subject, TEXT, standing_of, withdraw};
pub use word_list::WordList;

/// Adds `/moderation` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_moderation_items)
        .service(routes::approve_moderation_item)
        .service(routes::reject_moderation_item);
}
