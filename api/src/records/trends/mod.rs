//! How values develop: by day, week or month, and the seven days at home by which blood pressure is judged.
//!
//! Values are sealed, so the database cannot sum them up: the readings of one metric and one span lie side by
//! side and are read in one go.

mod buckets;
mod dto;
mod home;
mod routes;
mod service;
mod shading;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use self::dto::{HomeMean, HomeWeek};
pub(crate) use self::service::newest_home_week;

/// Adds `/people/{id}/trends` below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_home_week).service(routes::get_trend);
}
