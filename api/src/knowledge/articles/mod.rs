//! Articles, videos and notices.
//!
//! `routes` lists the addresses, `query` reads their parameters, `service` makes the answers that `dto`
//! describes; `write` is the way into the database, `content` what is entered, `body` and `rich_text` make what
//! may be shown of it, `terms` tells which revision is public when, `readings` counts who read,
//! `literacy_coverage` tells what nobody has written about yet.

pub mod body;
pub mod content;
pub(super) mod dto;
mod literacy_coverage;
pub(super) mod query;
mod reading_numbers;
pub mod readings;
pub mod rich_text;
mod routes;
pub(super) mod service;
pub mod terms;
pub mod write;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the articles below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_articles)
        .service(routes::get_article)
        .service(routes::count_reading)
        .service(routes::list_article_readings)
        .service(routes::get_literacy_coverage);
}
