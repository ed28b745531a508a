//! Chinese search without a dictionary, alike on SQLite and PostgreSQL.
//!
//! Words are not cut: every two neighbouring characters are a token, so that 控烟 is found in 禁止控烟区.
//! Titles are also found by pinyin, by its initials, and through pinyin by characters that sound alike;
//! what a topic is called and words that people use for it find all that is about it. [`index`] writes the
//! tokens in the transaction of what they tell about, [`find`] asks for them, [`highlight`] marks what was
//! looked for.

pub mod adding;
pub mod answers;
pub mod doc;
mod dto;
pub mod expression;
pub mod find;
pub mod highlight;
pub mod index;
pub mod names;
pub mod question;
pub mod ranking;
pub mod rebuild;
mod routes;
mod service;
pub mod sources;
mod text;
mod tokens;
pub mod topic_words;

use utoipa_actix_web::service_config::ServiceConfig;

pub use self::text::normalized;

/// Adds the search below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::search);
}
