//! What a person aims at: for each metric limits that its numbers shall keep within. Sealed like values.

mod dto;
mod holding;
mod routes;
mod service;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) use self::dto::GoalView;
pub(crate) use self::holding::HOLDING;
pub use self::service::Goal;
pub(crate) use self::service::{by_id, of_person};
use crate::vault::Column;

/// Where goals stand sealed.
pub const GOAL: Column = Column { table: "health_goal", column: "goal_cell" };

/// Adds `/people/{id}/goals` below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_goals).service(routes::put_goal).service(routes::delete_goal);
}
