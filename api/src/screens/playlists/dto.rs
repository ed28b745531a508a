use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A playlist.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Playlist {
    pub(super) id: Uuid,
    pub(super) region_code: String,
    pub(super) name: String,
    pub(super) items: Vec<PlaylistItem>,
    /// Grows by one with every change; for `If-Match`.
    pub(super) version: i32,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

/// An item of a playlist, and whether it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaylistItem {
    pub(super) media_id: Option<Uuid>,
    pub(super) article_id: Option<i32>,
    /// How long it is shown; `null` is the usual time.
    pub(super) duration_s: Option<u32>,
    /// Title of the article, or what the medium shows.
    pub(super) title: Option<String>,
    /// Whether screens show it now: an article that is withdrawn or over is left out.
    pub(super) shown: bool,
}

/// A medium or the card of an article; exactly one of the two.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaylistEntry {
    /// A video or a picture.
    pub(super) media_id: Option<Uuid>,
    /// An article, of which the card is shown: title, summary and cover.
    pub(super) article_id: Option<i32>,
    /// How long it is shown. A video takes its own time where this is missing, a picture 12 s, a card 20 s.
    #[schema(minimum = 3, maximum = 3600)]
    pub(super) duration_s: Option<u32>,
}

/// Playlists, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaylistList {
    pub(super) items: Vec<Playlist>,
    /// For the parameter `cursor`; null on the last page.
    pub(super) next: Option<String>,
}

/// A new playlist.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPlaylist {
    #[schema(example = "440307009000")]
    pub(super) region_code: String,
    #[schema(min_length = 1, max_length = 40)]
    pub(super) name: String,
    #[schema(max_items = 200)]
    pub(super) items: Vec<PlaylistEntry>,
}

/// A playlist as it shall be.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaylistChange {
    #[schema(min_length = 1, max_length = 40)]
    pub(super) name: String,
    #[schema(max_items = 200)]
    pub(super) items: Vec<PlaylistEntry>,
}
