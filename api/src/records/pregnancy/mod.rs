//! The latest pregnancy of a woman, as she told it: in it other limits hold, and only with its first day can
//! the weight be judged. Sealed like values.
//!
//! A reading keeps what it was found to be, so a pregnancy that is told, ended or forgotten later changes
//! nothing of what was measured before.

mod dto;
mod holding;
mod routes;
mod service;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use self::holding::HOLDING;
pub(super) use self::service::{Told, of_person};
use crate::vault::Column;

/// Where a pregnancy stands sealed.
pub const PREGNANCY: Column = Column { table: "pregnancy", column: "pregnancy_cell" };

/// Adds `/people/{id}/pregnancy` below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::get_pregnancy).service(routes::put_pregnancy).service(routes::delete_pregnancy);
}
