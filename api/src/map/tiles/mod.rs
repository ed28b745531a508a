//! The map as vector tiles: OGC API Tiles 1.0 (OGC 20-057), `TileJSON` and a style for `MapLibre`.
//!
//! Tiles are made from the snapshot when they are first asked for and kept in each encoding
//! ([`TileCache`]). Positions are WGS-84, as the standards demand: the map of WeChat, which draws GCJ-02, takes
//! no vector tiles.

mod cache;
mod documents;
mod dto;
mod links;
mod responses;
mod routes;
mod selection;
mod style;
mod tile_matrix_set;

use utoipa_actix_web::service_config::ServiceConfig;

pub use cache::TileCache;
pub use documents::archive_metadata;
pub(super) use links::{link_of_collection, links_of_landing_page};

/// Adds the tiles below `/map`.
pub fn configure_tiles(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_tile).service(routes::get_collection_tile);
}

/// Adds what describes them.
pub fn configure_documents(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::get_tile_json)
        .service(routes::get_style)
        .service(routes::list_tile_sets)
        .service(routes::get_tile_set)
        .service(routes::list_collection_tile_sets)
        .service(routes::get_collection_tile_set)
        .service(routes::list_tile_matrix_sets)
        .service(routes::get_tile_matrix_set);
}
