//! What a person may demand of whoever keeps their data: to see who read it, to get it, to have it erased.

pub mod access_log;
pub mod erasure;
pub mod exports;
pub mod holdings;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the addresses of this feature.
pub fn configure(services: &mut ServiceConfig<'_>) {
    access_log::configure(services);
    exports::configure(services);
    erasure::configure(services);
}
