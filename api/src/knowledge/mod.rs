//! What residents read: topics, articles, services, health officers, health days and the first screen.
//!
//! Reads never touch the database, except the search. They see one immutable state ([`published`]) that
//! is replaced whole when something is published; what may be seen at an instant is computed from it, so
//! that an article appears and disappears on the second without a job.

pub mod articles;
mod audience;
mod directory;
pub(crate) mod dto;
pub mod health_days;
mod home;
pub mod import;
pub mod load;
pub mod officers;
pub mod published;
pub mod publishing;
pub(crate) mod query;
pub mod revision;
pub mod services;
pub mod topics;
pub mod watch;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds what residents read below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .configure(topics::configure)
        .configure(import::configure)
        .configure(articles::configure)
        .configure(publishing::configure)
        .configure(directory::configure)
        .configure(services::configure)
        .configure(officers::configure)
        .configure(health_days::configure)
        .configure(home::configure);
}

/// Adds the pages that belong to what residents read.
pub fn configure_pages(services: &mut ServiceConfig<'_>) {
    services.configure(publishing::configure_pages);
}
