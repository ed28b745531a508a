//! Administrative regions: the tree that decides where staff may act.

mod asked;
mod dto;
mod routes;
pub mod tree;

pub use asked::asked;
pub use tree::{RegionScope, RegionTree, Regions};
use utoipa_actix_web::service_config::ServiceConfig;

/// Adds `/regions` below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_regions);
}
