use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a player shows, and what it will be known by.
#[derive(Serialize, ToSchema)]
pub(super) struct Pairing {
    /// To be shown, six digits.
    #[schema(example = "405172")]
    pub(super) code: String,
    /// To be kept secret. It opens nothing until the code was typed in.
    pub(super) token: String,
    pub(super) expires_at: DateTime<Utc>,
}

/// What a player got when it began.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PairingClaim {
    #[schema(min_length = 6, max_length = 6)]
    pub(super) code: String,
    #[schema(format = Password)]
    pub(super) token: String,
}

/// How far the pairing is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PairingProgress {
    pub(super) state: PairingState,
    /// The screen that the player is now.
    #[schema(required)]
    pub(super) screen_id: Option<Uuid>,
}

/// Whether a code was typed in.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PairingState {
    /// Not yet: ask again after some seconds.
    Waiting,
    /// It was: the token is that of the screen.
    Paired,
}

/// The code that a player shows.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PairingCode {
    #[schema(min_length = 6, max_length = 6, example = "405172")]
    pub(super) code: String,
}

/// A token for a box that cannot show a code.
#[derive(Serialize, ToSchema)]
pub(super) struct ScreenToken {
    /// Shown once.
    pub(super) token: String,
}
