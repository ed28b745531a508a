use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A new gateway.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGateway {
    #[schema(min_length = 1, max_length = 40, example = "一楼网关")]
    pub(super) name: String,
}

/// How a key is changed.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyRotation {
    /// Whether the present key ends at once, because it may have been stolen. Otherwise it counts until the
    /// new one is used, at most for a day.
    #[serde(default)]
    pub(super) at_once: bool,
}

/// A key, shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct GatewayKey {
    pub(super) gateway_id: Uuid,
    /// The bytes of this text are the key of HMAC-SHA-256.
    pub(super) key: String,
    pub(super) issued_at: DateTime<Utc>,
    /// Until when the former key counts.
    pub(super) former_key_until: Option<DateTime<Utc>>,
}
