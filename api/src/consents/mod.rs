//! What residents agreed to, for whom, to which text, and what they took back.
//!
//! Browsing needs no consent. Every other purpose has a text of its own; agreeing and withdrawing are one
//! request each. A withdrawal erases in the same transaction what was kept for the purpose (个人信息保护法,
//! article 47): the phone number, the steps, the health records. Nothing is kept for `location`; what was
//! shared with health officers is closed to them at once.

mod dto;
mod ledger;
mod purpose;
mod requirement;
mod routes;
mod service;

use utoipa_actix_web::service_config::ServiceConfig;

pub use self::dto::GivenConsent;
pub(crate) use self::ledger::HOLDING;
pub use self::ledger::{end_for_hand_over, give, must_cover_child};
pub use self::purpose::Purpose;
pub(crate) use self::requirement::has_lapsed;
pub use self::requirement::{ConsentGiven, require};

/// Adds the addresses of this feature.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_consents).service(routes::give_consent).service(routes::withdraw_consent);
}
