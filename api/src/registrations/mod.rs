//! Signing up for activities, waiting in line, and giving seats back.
//!
//! The promise: no seat is sold twice, no confirmed resident is lost, whatever happens to the process, the
//! network or the phone. `seats` takes and gives back, `line` decides who is next, `offer` when a seat is
//! offered instead of given, `sign_up` does one call in one transaction that shares its commit with others,
//! `numbers` shows everybody whether it all adds up.

mod answers;
mod cancel;
mod desk;
mod desk_routes;
mod dto;
mod eligibility;
mod holding;
mod line;
mod numbers;
mod offer;
mod plan;
mod routes;
mod seats;
mod sign_up;
pub mod strikes;
mod tell;
mod view;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use self::cancel::{after_edit, call_off};
pub use self::dto::{Answered, Declaration, NewRegistration};
pub(crate) use self::holding::HOLDING;
pub use self::line::settle_due;
pub use self::numbers::{Numbers, audit_all, audit_at_start};
pub(crate) use self::seats::Locked;
pub use self::seats::SeatGuard;
pub use self::sign_up::sign_up;

/// Adds the addresses of this feature below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::sign_up)
        .service(routes::list_my_registrations)
        .service(routes::get_registration)
        .service(routes::cancel_registration)
        .service(routes::cancel_registration_of_person)
        .service(routes::accept_offer)
        .service(routes::get_activity_audit)
        .service(desk_routes::sign_up_at_desk)
        .service(desk_routes::take_registration_back)
        .service(desk_routes::excuse_absence)
        .service(desk_routes::recount_seats);
}
