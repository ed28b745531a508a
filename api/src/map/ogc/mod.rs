//! The map for GIS programs and browsers: OGC API Features Part 1, version 1.0 (OGC 17-069r4).
//!
//! Every resource comes as JSON for programs and as a plain page for people; the parameter `f` or
//! the header `Accept` chooses. Layers are collections, places are features, positions are WGS-84
//! (CRS84). Lists of features are written from bytes that the snapshot holds ready.
//!
//! Part 2 (18-058r1): positions come in the systems that `crs` of a layer lists, in the order of axes
//! that each system has. The official test suite sends boxes in EPSG:4326 and 4490 as longitude, latitude;
//! in China such a box has an impossible latitude. It is refused with words about the order, because an
//! empty answer would leave an officer who swapped the axes without a hint; a certification run lists
//! CRS84 and EPSG:3857 alone.
//!
//! Part 3 (19-079r2) and CQL2 (21-065r2): `filter` and one parameter for each property of a layer.
//! Part 5: `/schema`. Of the drafts: `sortby`, `properties`, `q`.
//!
//! Pages: a cursor names the revision that its walk began in, and earlier revisions are kept for a
//! while, so that a walk sees one state of the layer. Where the revision is gone (many edits, a
//! restart, another replica), a walk in the order of ids goes on by id in the current state: nothing
//! comes twice, nothing that was there all along is missing. QGIS then gets its layer instead of an error.
//! A sorted walk cannot go on like that and is answered 410.
//!
//! Staff change places at the same addresses (Part 4, `transactions`).

mod answer;
mod cursor;
mod datetime;
mod definition;
pub(super) mod documents;
mod download;
pub(super) mod dto;
mod features;
mod given_system;
pub(super) mod links;
mod negotiation;
mod openapi30;
mod pages;
mod query;
pub(super) mod reference_systems;
pub(super) mod responses;
mod routes;
mod schema;
mod seen;
mod selection;
mod transactions;

pub(super) use seen::Seen;
use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the first page of the site, which leads to the map.
pub fn configure_front_page(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_front_page);
}

/// Adds OGC API Features below `/map`. Addresses are matched in this order, so the busiest comes first.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_items)
        .service(routes::get_item)
        .service(routes::get_queryables)
        .service(routes::get_sortables)
        .service(routes::get_schema)
        .service(routes::get_functions)
        .service(transactions::create_item)
        .service(transactions::replace_item)
        .service(transactions::update_item)
        .service(transactions::delete_item)
        .service(transactions::items_options)
        .service(transactions::item_options)
        .service(routes::get_collection)
        .service(routes::list_collections)
        .service(routes::get_landing_page)
        .service(routes::get_api_definition)
        .service(routes::get_conformance);
}
