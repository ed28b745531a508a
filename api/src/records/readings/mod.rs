//! Readings: the one way in ([`intake`]), correction, deletion, and the list.
//!
//! Each reading has a `uid` of its sender, so a phone may send it as often as it likes. What cannot be a
//! reading goes to quarantine with the reason; what is rare is asked again and lies there until it is confirmed. A correction is a new reading that
//! takes the place of the old one, which stays; a deletion empties the cells of a reading and of all before
//! it, and leaves that there was one, so that a late repeat does not bring it back.

mod anew;
mod cell;
mod check;
mod context;
mod dto;
mod history;
pub mod intake;
mod judge;
mod latest;
mod list;
mod past;
mod quarantine;
mod removal;
mod routes;
mod sending;
mod store;

use utoipa_actix_web::service_config::ServiceConfig;

pub use self::cell::{Content, Part, QUARANTINED, VALUE};
pub use self::check::{Doubt, Reason};
pub use self::context::{Arm, Context, Meal, Posture};
pub(super) use self::dto::{AssessmentView, MeasurementView};
pub(super) use self::latest::{newest as newest_of, newest_two};
pub(super) use self::list::view;
pub use self::quarantine::turned_away;
pub(super) use self::quarantine::{collect as collect_quarantine, keep as keep_rejected};
pub(super) use self::store::sealed;
pub use self::store::{Reading, in_range, open, opened};

/// Adds `/people/{id}/measurements` below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_rejected_measurements)
        .service(routes::list_measurements)
        .service(routes::add_measurements)
        .service(routes::get_measurement)
        .service(routes::delete_measurement);
}
