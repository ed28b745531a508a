//! Activities that residents sign up for: what is offered, by whom, where and when.
//!
//! Staff draft an activity, somebody else looks at it, then it is published (`lifecycle`). What residents read
//! comes from memory (`published`); whoever publishes raises `activity_revision`, which replicas follow
//! (`watch`). Who signs up is the business of `registrations`.

mod draft;
mod dto;
mod hosting;
mod hosting_check;
mod hosting_dto;
mod hosting_routes;
mod lifecycle;
mod listing;
mod load;
mod place_port;
mod poster;
pub mod published;
mod repeat;
pub mod revision;
mod roster;
mod roster_dto;
mod roster_routes;
mod routes;
pub mod search;
mod text;
pub mod watch;
mod wording;

use utoipa_actix_web::service_config::ServiceConfig;

pub use self::draft::{ActivityDraft, QuestionDraft, insert};
pub use self::load::load;
pub use self::text::when;

use crate::error::ApiError;

/// Adds the addresses of this feature below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_activities)
        .service(routes::get_activity)
        .service(hosting_routes::create_activity)
        .service(hosting_routes::list_hosted_activities)
        .service(hosting_routes::get_hosted_activity)
        .service(hosting_routes::edit_activity)
        .service(hosting_routes::submit_activity)
        .service(hosting_routes::review_activity)
        .service(hosting_routes::return_activity)
        .service(hosting_routes::publish_activity)
        .service(hosting_routes::cancel_activity)
        .service(hosting_routes::copy_activity)
        .service(hosting_routes::repeat_activity)
        .service(hosting_routes::get_poster)
        .service(roster_routes::list_key_groups)
        .service(roster_routes::list_series)
        .service(roster_routes::create_series)
        .service(roster_routes::edit_series)
        .service(roster_routes::list_lecturers)
        .service(roster_routes::create_lecturer)
        .service(roster_routes::edit_lecturer);
}

/// 404 about an activity: there is none, or none the caller may know of.
pub fn no_such_activity() -> ApiError {
    ApiError::NotFound {
        code: "no_such_activity",
        detail: "没有找到这个活动，可能已经下架，请返回活动列表。".into(),
    }
}
