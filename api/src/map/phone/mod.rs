//! The map for phones.

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds what phones call below `/api/v1/map`.
pub fn configure(_services: &mut ServiceConfig<'_>) {}
