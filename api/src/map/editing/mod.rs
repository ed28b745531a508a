//! How staff change the map.
//!
//! A place is changed at its own address by OGC API Features Part 4 (`ogc::transactions`), in a draft beside
//! what is live, or with many others by sending back what was exported (`bulk`). In each way the body is read
//! by `body`, judged by `judgement` with the rules of imports, and `changes` decides: where the rules of the
//! region (`rules`) ask nobody else, it is on the map before the answer leaves; otherwise it waits as a draft
//! until the people who have to agree did (`drafts`, `review`).
//!
//! Whatever is replaced stays in the history (`versions`), from which a draft can be made again.

pub(super) mod body;
mod bulk;
mod bulk_file;
pub(super) mod changes;
pub(super) mod content;
mod draft_views;
mod drafts;
mod dto;
pub(super) mod editor;
mod judgement;
mod photos;
mod review;
mod routes;
mod rules;
mod stored_drafts;
mod versions;

use std::time::Duration;

use utoipa_actix_web::service_config::ServiceConfig;

/// How long sending many changes may take.
pub const LONGEST_BULK_EDIT: Duration = Duration::from_mins(2);

/// Adds what staff call below `/api/v1/map`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::drafts::list_map_drafts)
        .service(routes::drafts::create_map_draft)
        .service(routes::drafts::get_map_draft)
        .service(routes::drafts::save_map_draft)
        .service(routes::drafts::discard_map_draft)
        .service(routes::drafts::submit_map_draft)
        .service(routes::drafts::recall_map_draft)
        .service(routes::drafts::approve_map_draft)
        .service(routes::drafts::return_map_draft)
        .service(routes::history::list_held_places)
        .service(routes::history::list_place_history)
        .service(routes::history::get_place_version)
        .service(routes::history::restore_place_version)
        .service(routes::history::put_place_photos)
        .service(routes::rules::list_map_review_rules)
        .service(routes::rules::put_map_review_rule)
        .service(routes::rules::delete_map_review_rule)
        .service(routes::bulk::edit_many_places);
}
