//! A file that comes in: recognised, made fit to be shown, and kept once.

use std::sync::Arc;

use entity::media::{self, Kind};
use sha2::{Digest, Sha256};

use super::content::{self, Format, HEAD_BYTES, Refusal};
use super::picture::{self, MOST_PICTURE_BYTES, ORIGINAL, Rendition};
use super::store::{FileFacts, MediaStore, Origin, Sized, Texts, Written, object};
use super::{mp3, video};
use crate::error::ApiResult;
use crate::http::upload::Upload;

/// Largest file of spoken text in MP3.
const MOST_SOUND_BYTES: usize = 40 * 1024 * 1024;
/// Name of the object that a video is received in.
const RECEIVED: &str = "received";

/// What became of a file.
#[derive(Clone, Debug)]
pub struct Received {
    /// The medium.
    pub medium: media::Model,
    /// Whether it is new; the same file sent again is the same medium.
    pub is_new: bool,
}

/// Receives a file of any kind that is taken.
///
/// # Errors
/// 422 where it is none or damaged, 413 where it is too large, and what [`Upload::next`] returns.
pub(super) async fn receive(store: &MediaStore, upload: &mut Upload, origin: Origin) -> ApiResult<Received> {
    let mut head = Vec::new();
    while head.len() < HEAD_BYTES {
        let Some(piece) = upload.next().await? else { break };
        head.extend_from_slice(&piece);
    }
    let format = content::format_of(&head)?;
    match format {
        Format::Jpeg | Format::Png | Format::WebP | Format::Gif => {
            upload.limit(MOST_PICTURE_BYTES);
            keep_picture(store, upload.whole(head).await?, origin, Texts::default()).await
        }
        Format::Mp3 => {
            upload.limit(MOST_SOUND_BYTES);
            keep_audio(store, upload.whole(head).await?, origin, Texts::default()).await
        }
        Format::Mp4 => {
            upload.limit(video::MOST_VIDEO_BYTES);
            receive_video(store, head, upload, origin).await
        }
    }
}

/// Keeps a picture in every size.
///
/// # Errors
/// 422 where it is none that is taken, or damaged.
pub async fn keep_picture(
    store: &MediaStore,
    file: Vec<u8>,
    origin: Origin,
    texts: Texts,
) -> ApiResult<Received> {
    let format = content::format_of(&file)?;
    if !matches!(format, Format::Jpeg | Format::Png | Format::WebP | Format::Gif) {
        return Err(Refusal::OtherPicture.into());
    }
    let source_sha256 = sha256(&file);
    if let Some(medium) = store.known(source_sha256).await? {
        return Ok(Received { medium, is_new: false });
    }
    let permit = Arc::clone(&store.decoding).acquire_owned().await.map_err(anyhow::Error::from)?;
    let made = tokio::task::spawn_blocking(move || {
        let made = picture::renditions(&file, format);
        drop(permit);
        made
    });
    let made =
        made.await.map_err(|panic| anyhow::Error::new(panic).context("a picture broke its decoder"))??;
    let unfinished = store.begin().await?;
    let (mut original, mut variants) = (None, Vec::new());
    for Rendition { name, bytes, content_type, width, height } in made {
        let file = FileFacts { sha256: sha256(&bytes), size_bytes: bytes.len() as u64, content_type };
        store.files.put(&object(unfinished.id, name), bytes).await?;
        if name == ORIGINAL {
            original = Some((file, (width, height)));
        } else {
            variants.push(Sized { name, file, width, height });
        }
    }
    let (original, size) = original.ok_or(Refusal::Damaged)?;
    let written =
        Written { kind: Kind::Image, source_sha256, original, size: Some(size), duration_ms: None, variants };
    let (medium, is_new) = store.keep(unfinished, written, origin, texts).await?;
    Ok(Received { medium, is_new })
}

/// Keeps spoken text in MP3.
///
/// # Errors
/// 422 where it is none, or damaged.
pub async fn keep_audio(
    store: &MediaStore,
    file: Vec<u8>,
    origin: Origin,
    texts: Texts,
) -> ApiResult<Received> {
    let source_sha256 = sha256(&file);
    if let Some(medium) = store.known(source_sha256).await? {
        return Ok(Received { medium, is_new: false });
    }
    let sound = mp3::frames(&file)?;
    let unfinished = store.begin().await?;
    let original = FileFacts {
        sha256: sha256(&sound.bytes),
        size_bytes: sound.bytes.len() as u64,
        content_type: "audio/mpeg",
    };
    store.files.put(&object(unfinished.id, ORIGINAL), sound.bytes).await?;
    let written = Written {
        kind: Kind::Audio,
        source_sha256,
        original,
        size: None,
        duration_ms: Some(sound.duration_ms),
        variants: Vec::new(),
    };
    let (medium, is_new) = store.keep(unfinished, written, origin, texts).await?;
    Ok(Received { medium, is_new })
}

/// Keeps a video, or spoken text in the same kind of file, that is in memory.
///
/// # Errors
/// 422 where it is none that phones play, or damaged.
pub async fn keep_video(
    store: &MediaStore,
    file: Vec<u8>,
    origin: Origin,
    texts: Texts,
) -> ApiResult<Received> {
    let source_sha256 = sha256(&file);
    if let Some(medium) = store.known(source_sha256).await? {
        return Ok(Received { medium, is_new: false });
    }
    let unfinished = store.begin().await?;
    let size_bytes = file.len() as u64;
    store.files.put(&object(unfinished.id, RECEIVED), file).await?;
    finish_video(store, unfinished, source_sha256, size_bytes, origin, texts).await
}

async fn receive_video(
    store: &MediaStore,
    head: Vec<u8>,
    upload: &mut Upload,
    origin: Origin,
) -> ApiResult<Received> {
    let unfinished = store.begin().await?;
    let mut file = store.files.begin(&object(unfinished.id, RECEIVED)).await?;
    let mut hash = Sha256::new();
    hash.update(&head);
    file.write(&head).await?;
    while let Some(piece) = upload.next().await? {
        hash.update(&piece);
        file.write(&piece).await?;
    }
    let (size_bytes, source_sha256) = (file.size_bytes(), hash.finalize().into());
    file.finish().await?;
    if let Some(medium) = store.known(source_sha256).await? {
        return Ok(Received { medium, is_new: false });
    }
    finish_video(store, unfinished, source_sha256, size_bytes, origin, Texts::default()).await
}

async fn finish_video(
    store: &MediaStore,
    unfinished: super::store::Unfinished,
    source_sha256: [u8; 32],
    size_bytes: u64,
    origin: Origin,
    texts: Texts,
) -> ApiResult<Received> {
    let received = object(unfinished.id, RECEIVED);
    let (movie, original) =
        video::remake(&store.files, &received, size_bytes, &object(unfinished.id, ORIGINAL)).await?;
    store.files.delete(&received).await?;
    let written = Written {
        kind: if movie.picture.is_some() { Kind::Video } else { Kind::Audio },
        source_sha256,
        original,
        size: movie.picture,
        duration_ms: Some(movie.duration_ms),
        variants: Vec::new(),
    };
    let (medium, is_new) = store.keep(unfinished, written, origin, texts).await?;
    Ok(Received { medium, is_new })
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
