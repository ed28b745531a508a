//! Who comes to an activity: tickets, check-in at the door with and without a network, and at the venue by
//! oneself.
//!
//! Every way in leads through `admission`, so that a person is in once, whoever lets them in, and a scan
//! that is sent again is one. What stands in the codes is in `codes`, why somebody is refused in
//! `refusal`.

mod admission;
mod answers;
mod codes;
mod conflicts;
mod dto;
mod gate;
pub(crate) mod guests;
mod holding;
pub(crate) mod host;
pub(crate) mod phones;
pub(crate) mod reading;
pub(crate) mod refusal;
mod scans;
mod tickets;
mod venue;

use entity::check_in;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use self::holding::HOLDING;
pub(crate) use self::tickets::own_registration;

/// Adds the ticket of `/registrations/{id}` and what happens at the door of `/activities/{id}` below
/// `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(tickets::get_ticket)
        .service(scans::check_in_people)
        .service(scans::undo_check_ins)
        .service(scans::find_registrants)
        .service(scans::count_attendance)
        .service(gate::get_gate_bundle)
        .service(gate::upload_offline_scans)
        .service(conflicts::list_check_in_conflicts)
        .service(conflicts::settle_check_in_conflict)
        .service(venue::get_venue_code)
        .service(venue::check_oneself_in);
}

/// The people of an activity who are in.
fn arrived(activity_id: i32) -> SelectStatement {
    check_in::Entity::find()
        .select_only()
        .column(check_in::Column::RegistrationPersonId)
        .filter(check_in::Column::ActivityId.eq(activity_id))
        .filter(check_in::Column::RevertedAt.is_null())
        .into_query()
}
