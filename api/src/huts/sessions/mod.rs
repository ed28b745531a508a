//! Who sits in front of the devices: told by the code of the hut, by the code of the resident, or by staff.
//!
//! One session is open in a hut at a time, for three minutes; the first set of values that is measured during
//! it is the person's, and ends it. Who comes next opens the next one.

mod dto;
mod find;
mod open;
mod page;
mod routes;
mod service;
mod span;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) use self::service::end_for_closing;
pub(super) use self::span::{Span, first_that_covers};

/// Adds the page below `/hut`.
pub(super) fn configure_page(services: &mut ServiceConfig<'_>) {
    services.service(page::show_hut_page);
}

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::get_hut_code)
        .service(routes::show_hut_code)
        .service(routes::open_hut_session)
        .service(routes::get_hut_session)
        .service(routes::leave_hut)
        .service(routes::confirm_hut_reading)
        .service(routes::make_person_code)
        .service(routes::open_session_with_person_code)
        .service(routes::find_people_at_hut)
        .service(routes::open_session_for_person);
}
