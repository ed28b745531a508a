//! The player: one page with its service worker, which are part of the program.
//!
//! Everything is served with a policy that lets the page load nothing from strangers. The version is the
//! hash of all files; the worker keeps the files of one version together, and a change of any file makes
//! another version.

mod dto;
mod files;
mod routes;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_player).service(routes::get_player_file);
}
