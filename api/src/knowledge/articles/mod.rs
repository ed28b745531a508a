//! Articles, videos and notices.
//!
//! `routes` lists the addresses, `query` reads their parameters, `service` makes the answers that `dto`
//! describes; `write` is the way into the database, `body` and `rich_text` make what may be shown of a
//! source, `readings` counts who read.

pub mod body;
pub(super) mod dto;
mod query;
pub mod readings;
pub mod rich_text;
mod routes;
pub(super) mod service;
pub mod write;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the articles below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_articles).service(routes::get_article).service(routes::count_reading);
}
