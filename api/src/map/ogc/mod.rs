//! The map for GIS programs.

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds OGC API Features below `/map`.
pub fn configure(_services: &mut ServiceConfig<'_>) {}
