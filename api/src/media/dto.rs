use chrono::{DateTime, Utc};
use entity::{media, media_variant};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::picture::ORIGINAL;
use crate::hex::lower_hex;
use crate::http::patch::Patch;

/// What a medium is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum MediaKind {
    Image,
    Video,
    Audio,
}

impl From<media::Kind> for MediaKind {
    fn from(kind: media::Kind) -> Self {
        match kind {
            media::Kind::Image => Self::Image,
            media::Kind::Video => Self::Video,
            media::Kind::Audio => Self::Audio,
        }
    }
}

impl From<MediaKind> for media::Kind {
    fn from(kind: MediaKind) -> Self {
        match kind {
            MediaKind::Image => Self::Image,
            MediaKind::Video => Self::Video,
            MediaKind::Audio => Self::Audio,
        }
    }
}

/// One file of a medium.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct MediaFile {
    /// `original`, or of a picture a width (`320`, `750`, `1125`) or `cover` (5:4). A size that the picture
    /// does not reach is not listed; its address gives the original.
    #[schema(example = "750")]
    pub(super) name: String,
    /// On this server.
    #[schema(example = "/media/0193a1b2-0000-7000-8000-000000000001/750")]
    pub(super) url: String,
    #[schema(example = "image/jpeg")]
    pub(super) content_type: String,
    pub(super) size_bytes: i64,
    /// SHA-256 of the file in hexadecimal digits.
    pub(super) sha256: String,
    /// In pixels; `null` for sound.
    pub(super) width: Option<i32>,
    pub(super) height: Option<i32>,
}

/// A picture, a video or a spoken text.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Media {
    pub(super) id: Uuid,
    pub(super) kind: MediaKind,
    /// What it shows, for those who do not see it.
    pub(super) alt: Option<String>,
    /// What is said in it, or stands on its slides.
    pub(super) transcript: Option<String>,
    /// The picture shown before a video plays.
    pub(super) poster_id: Option<Uuid>,
    /// `null` for pictures.
    pub(super) duration_ms: Option<i64>,
    /// The original first.
    pub(super) files: Vec<MediaFile>,
    pub(super) region_code: String,
    pub(super) created_at: DateTime<Utc>,
    /// For `If-Match`.
    pub(super) version: i32,
}

impl Media {
    pub(super) fn new(medium: media::Model, variants: Vec<media_variant::Model>) -> Self {
        let original = MediaFile {
            name: ORIGINAL.to_owned(),
            url: url(medium.id, ORIGINAL),
            content_type: medium.content_type,
            size_bytes: medium.size_bytes,
            sha256: lower_hex(&medium.sha256),
            width: medium.width,
            height: medium.height,
        };
        let others = variants.into_iter().map(|variant| MediaFile {
            url: url(variant.media_id, &variant.name),
            name: variant.name,
            content_type: variant.content_type,
            size_bytes: variant.size_bytes,
            sha256: lower_hex(&variant.sha256),
            width: Some(variant.width),
            height: Some(variant.height),
        });
        Self {
            id: medium.id,
            kind: medium.kind.into(),
            alt: medium.alt,
            transcript: medium.transcript,
            poster_id: medium.poster_id,
            duration_ms: medium.duration_ms,
            files: std::iter::once(original).chain(others).collect(),
            region_code: medium.region_code,
            created_at: *medium.created_at,
            version: medium.version,
        }
    }
}

fn url(id: Uuid, name: &str) -> String {
    format!("/media/{id}/{name}")
}

/// Media, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MediaList {
    pub(super) items: Vec<Media>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct MediaListParameters {
    /// Only these.
    pub(super) kind: Option<MediaKind>,
    /// Where the page before ended.
    pub(super) cursor: Option<Uuid>,
    /// 1 to 100; 20 where it is missing.
    pub(super) limit: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UploadParameters {
    /// Whose staff may change it; where it is missing, the region of the caller's first role that may upload.
    #[param(example = "440307009001")]
    pub(super) region: Option<String>,
}

/// What to change; what is left out stays, `null` removes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MediaChange {
    /// What it shows, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) alt: Patch<String>,
    /// What is said in it, at most 20,000 characters; not for pictures.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(super) transcript: Patch<String>,
    /// Id of the picture shown before a video plays.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub(super) poster_id: Patch<Uuid>,
}

/// The file, as the whole body or as the part `file` of a form.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct MediaForm {
    /// JPEG, PNG, WebP, GIF (its first picture), MP4 with H.264 and AAC, M4A or MP3.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    pub(super) file: String,
}
