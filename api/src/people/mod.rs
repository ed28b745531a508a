//! Persons: residents, their families, and who may act for whom.
//!
//! Whatever belongs to a person is reached through [`PersonAccess`], which knows what the viewer is to the
//! person at this moment ([`scope`]). A minor is in the family of a guardian, whose access ends by the
//! clock on the day the minor is of age ([`age`]); an adult without an account is kept by a caretaker. Both
//! can hand the record over to the person's own account. A proxy may do what its scopes say until it
//! expires or either side ends it.

mod access;
pub mod age;
mod dto;
mod hand_over;
mod hand_over_routes;
mod holding;
pub mod masking;
pub mod profile;
mod proxies;
mod proxy_routes;
pub mod record;
mod routes;
pub mod scope;
mod service;

use utoipa_actix_web::service_config::ServiceConfig;

pub use self::access::{PersonAccess, no_such_person};
pub use self::dto::Sex;
pub(crate) use self::holding::{FAMILY, PROXIES};
pub use self::scope::{ProxyScope, Relation, Scope};
pub(crate) use self::service::known_region;

/// Adds the addresses of this feature.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::list_people)
        .service(routes::add_person)
        .service(routes::get_person)
        .service(routes::edit_person)
        .service(routes::remove_person)
        .service(hand_over_routes::offer_hand_over)
        .service(hand_over_routes::accept_hand_over)
        .service(proxy_routes::list_proxies)
        .service(proxy_routes::invite_proxy)
        .service(proxy_routes::accept_proxy)
        .service(proxy_routes::end_proxy);
}
