//! Activities in the calendar of a phone: iCalendar for everybody, for one activity, and for one resident.
//!
//! The resident's own calendar has a secret address, of which only the hash is kept. It tells activities,
//! never names: calendars are shared with families and employers.

mod dto;
mod feed;
mod holding;
mod ical;
mod routes;
mod tokens;

pub(crate) use holding::HOLDING;
use utoipa_actix_web::service_config::ServiceConfig;

/// Adds `/activities.ics`, `/activities/{id}.ics`, `/calendars/{token}.ics` and `/me/calendar` below `/api/v1`.
/// Must stand before `/activities/{id}`, which would take the second for an id.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::get_activities_calendar)
        .service(routes::get_activity_calendar)
        .service(routes::get_personal_calendar)
        .service(routes::show_calendar_address)
        .service(routes::make_calendar_address)
        .service(routes::revoke_calendar_address);
}
