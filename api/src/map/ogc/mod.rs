//! The map for GIS programs and browsers: OGC API Features Part 1, version 1.0 (OGC 17-069r4).
//!
//! Every resource comes as JSON for programs and as a plain page for people; the parameter `f` or
//! the header `Accept` chooses. Layers are collections, places are features, positions are WGS-84
//! (CRS84). Lists of features are written from bytes that the snapshot holds ready.

mod answer;
mod cursor;
mod datetime;
mod definition;
mod documents;
mod download;
mod dto;
mod features;
mod links;
mod negotiation;
mod openapi30;
mod pages;
mod query;
mod responses;
mod routes;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds OGC API Features below `/map`. Addresses are matched in this order, so the busiest comes first.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_items)
        .service(routes::get_item)
        .service(routes::get_collection)
        .service(routes::list_collections)
        .service(routes::get_landing_page)
        .service(routes::get_api_definition)
        .service(routes::get_conformance);
}
