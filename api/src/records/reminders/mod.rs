//! When somebody is told that something is to be measured: in the app and, where they agreed to it, by WeChat.
//!
//! What is told names nothing but that there is a reminder; what is to be measured stands sealed in the plan and is
//! seen only in the app. The job [`due`] asks anew whether whoever is told still may act for the person.

mod dto;
pub mod due;
mod holding;
mod routes;
mod schedule;
mod service;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use self::holding::HOLDING;
use crate::vault::Column;

/// Where plans stand sealed.
pub const PLAN: Column = Column { table: "health_reminder", column: "plan_cell" };

/// Adds `/people/{id}/reminders` below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_reminders)
        .service(routes::add_reminder)
        .service(routes::edit_reminder)
        .service(routes::delete_reminder);
}
