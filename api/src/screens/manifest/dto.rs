use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Everything a player needs until `valid_until`, in instants: it knows no rules of a calendar.
///
/// The same inputs give the same bytes: nothing in here changes only because time passes, until the next
/// six hours begin.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Manifest {
    pub(super) screen_id: Uuid,
    pub(super) screen_name: String,
    /// IANA name of the zone in which the player tells the time.
    #[schema(example = "Asia/Shanghai")]
    pub(super) time_zone: String,
    /// From when on it tells what plays: the beginning of the six hours in which it was asked for.
    pub(super) generated_at: DateTime<Utc>,
    /// Until when it tells what plays: always at least 66 hours ahead of the request.
    pub(super) valid_until: DateTime<Utc>,
    /// What plays when, without gaps and without overlap from `generated_at` to `valid_until`.
    pub(super) slots: Vec<ManifestSlot>,
    pub(super) playlists: Vec<ManifestPlaylist>,
    /// Every file that the playlists need. Files never change: another content has another address.
    pub(super) assets: Vec<ManifestAsset>,
    /// The playlist for times that `slots` does not tell of, and for players that do not know the time.
    /// `null` is the slide that every player has.
    #[schema(required)]
    pub(super) fallback: Option<Uuid>,
    /// Shown at once and before anything else.
    #[schema(required)]
    pub(super) emergency: Option<ManifestEmergency>,
    /// In percent.
    #[schema(minimum = 0, maximum = 100)]
    pub(super) volume: i32,
    /// When there is no sound.
    pub(super) quiet_hours: Vec<ManifestSpan>,
}

/// What plays from one instant until another.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ManifestSlot {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    /// `null` is the slide that every player has.
    #[schema(required)]
    pub(super) playlist: Option<Uuid>,
    /// For reports of plays; `null` where no slot plays.
    #[schema(required)]
    pub(super) slot: Option<Uuid>,
}

/// Items that play one after the other, from the beginning again after the last.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ManifestPlaylist {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) items: Vec<ManifestItem>,
}

/// A file or a card.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ManifestItem {
    /// For reports of plays.
    pub(super) key: String,
    /// The file that is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) asset: Option<String>,
    /// The card that is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) card: Option<ManifestCard>,
    /// In seconds.
    pub(super) duration: f64,
    /// Not shown before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<DateTime<Utc>>,
    /// Not shown from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<DateTime<Utc>>,
}

/// The card of an article, which the player draws.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ManifestCard {
    pub(super) title: String,
    pub(super) text: String,
    /// Where it is known from.
    pub(super) source: String,
    /// The picture beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cover: Option<String>,
}

/// A file to keep.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ManifestAsset {
    pub(super) id: String,
    #[schema(example = "/media/019a5b3c-0000-7000-8000-000000000000/original")]
    pub(super) url: String,
    /// In hexadecimal.
    #[schema(min_length = 64, max_length = 64)]
    pub(super) sha256: String,
    pub(super) bytes: i64,
    #[schema(example = "video/mp4")]
    pub(super) mime: String,
    /// In seconds; `null` for pictures.
    #[schema(required)]
    pub(super) duration: Option<f64>,
}

/// A message that is shown before anything else.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ManifestEmergency {
    pub(super) id: Uuid,
    /// `blue`, `yellow`, `orange` or `red`.
    pub(super) level: &'static str,
    pub(super) message: String,
    pub(super) until: DateTime<Utc>,
}

/// From one instant until another.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ManifestSpan {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
}
