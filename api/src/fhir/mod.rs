//! The record as FHIR R4 (4.0.1) at `/fhir`, to take along and to bring in.
//!
//! A person is a `Patient`, a reading an `Observation` that keeps HL7's vital-signs profiles. Whoever calls is a
//! resident with the same scopes and consents as everywhere (`people::access`), what is read is noted for the person,
//! and what is brought in goes through the one door of `records`. Errors are `OperationOutcome`.
//!
//! `rules` tests what comes in beyond what validators look at: units as UCUM writes them, slices, invariants.

mod access;
mod capability;
mod codes;
mod collection;
mod dto;
mod exchange;
mod further;
mod further_routes;
mod import;
mod observation;
mod outcome;
mod patient;
mod queries;
mod resource;
mod routes;
mod rules;
mod search;

use utoipa_actix_web::service_config::ServiceConfig;

pub use self::collection::collection;
pub use self::outcome::ERROR_FORM;

/// Adds the addresses below `/fhir`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::get_capabilities)
        .service(routes::get_everything)
        .service(routes::get_patient)
        .service(routes::search_observations)
        .service(routes::get_observation)
        .service(further_routes::get_goal)
        .service(further_routes::get_consent)
        .service(further_routes::get_related_person)
        .service(further_routes::get_provenance)
        .service(further_routes::get_device)
        .service(routes::run_transaction);
}
