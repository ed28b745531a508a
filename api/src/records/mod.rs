//! Health records: what a person and those who act for them measured, and what becomes of it.
//!
//! Values are sealed with the person's key and leave the cell only in an answer to somebody who may read them
//! (`PersonAccess`); each reading by somebody else is noted for the person. Nothing is written without the
//! person's consent to `records`, for steps of WeChat to `steps`.
//!
//! [`metrics`] is what can be measured, [`readings`] the one way in, `summary` and `trends` what is told of it,
//! [`goals`] and [`reminders`] what the person wants, [`pregnancy`] in what other limits hold, `steps` what WeChat counts, [`alerts`] and [`digest`] what
//! officers of the community are told where the person agreed.

mod access;
pub mod alerts;
pub mod digest;
pub mod goals;
mod holding;
pub mod metrics;
pub mod pregnancy;
pub mod readings;
pub mod reminders;
mod span;
mod steps;
mod summary;
mod trends;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use self::holding::{ALERTS, MEASUREMENTS, QUARANTINE, STEPS};
pub(crate) use self::trends::{HomeMean, HomeWeek, newest_home_week};

/// Adds the addresses of this feature below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .configure(metrics::configure)
        .configure(readings::configure)
        .configure(summary::configure)
        .configure(trends::configure)
        .configure(goals::configure)
        .configure(pregnancy::configure)
        .configure(reminders::configure)
        .configure(steps::configure);
}
