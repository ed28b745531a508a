//! Screens in lobbies: what they are, what plays on them when, and the page that plays it.
//!
//! Workers say what plays in rules of a calendar ([`schedule`]); a screen gets a manifest of instants and
//! files for three days ahead and needs no rules, no clock of its own and, once the files are there, no
//! network. A screen is a device with a token, never a person.

mod alarms;
mod device;
mod emergencies;
mod groups;
mod in_charge;
mod manifest;
mod page;
mod pairing;
mod plan;
mod playback;
mod playlists;
mod registry;
pub mod schedule;
mod slots;
mod time_of_day;

use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

pub use registry::seed::{SeedScreen, plant};

use crate::state::AppState;

/// Adds screens and what belongs to them below `/api/v1`.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .configure(pairing::configure)
        .configure(registry::configure)
        .configure(alarms::configure)
        .configure(groups::configure)
        .configure(playlists::configure)
        .configure(slots::configure)
        .configure(emergencies::configure)
        .configure(manifest::configure)
        .configure(playback::configure);
}

/// Adds the player at `/screen`.
pub fn configure_page(services: &mut ServiceConfig<'_>) {
    page::configure(services);
}

/// Job: tells workers of screens that went silent, in working hours and once until they are heard of again.
///
/// # Errors
/// When the database fails.
pub async fn tell_silence(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<usize> {
    Ok(alarms::tell(state, now).await?)
}

/// Job: forgets reports of plays that were added up long ago, and codes that nobody typed in.
///
/// # Errors
/// When the database fails.
pub async fn forget(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    Ok(playback::plays::forget(state, now).await? + pairing::service::forget(state, now).await?)
}
