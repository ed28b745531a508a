use serde::Deserialize;
use utoipa::IntoParams;

/// How often the player does what it does, for tests and for slow lines.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by the page itself; here only so that they are documented and checked")]
pub(super) struct PlayerParameters {
    /// Seconds between questions for a new manifest, 60 by default; at most 60, so that an emergency message shows in time
    #[param(value_type = Option<f64>, minimum = 0.2, maximum = 60)]
    poll_s: Option<String>,
    /// Seconds between signs of life and reports of plays, 60 by default
    #[param(value_type = Option<f64>, minimum = 0.2, maximum = 240)]
    heartbeat_s: Option<String>,
}
