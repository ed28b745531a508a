//! An MP4 file that was received: checked, and written anew so that it plays while it loads.
//!
//! The frames stay as they are. The table of contents goes to the front, where a player needs it first, and
//! what tells of place, maker and device is blanked. Nothing but the kinds of boxes that play gets through.

use sha2::{Digest, Sha256};

use super::content::Refusal;
use super::mp4::{self, BoxHeader, HEADER_BYTES, Moved, Movie};
use super::store::FileFacts;
use crate::error::{ApiError, ApiResult};
use crate::files::{Files, NewFile};

/// Largest file of a video.
pub(super) const MOST_VIDEO_BYTES: usize = 200 * 1024 * 1024;
const LONGEST_MS: u64 = 60 * 60 * 1_000;
const MOST_MOOV_BYTES: u64 = 16 * 1024 * 1024;
const MOST_FTYP_BYTES: u64 = 4 * 1024;
/// Boxes at the top of a file; a screen recorder writes some hundred.
const MOST_BOXES: usize = 2_000;
const COPIED_BYTES: u64 = 4 * 1024 * 1024;

/// Where a box stands.
#[derive(Clone, Copy, Debug)]
struct Placed {
    header: BoxHeader,
    start: u64,
}

impl Placed {
    fn content(&self) -> std::ops::Range<u64> {
        self.start + self.header.header_bytes..self.start + self.header.size_bytes
    }
}

#[derive(Debug, Default)]
struct Layout {
    ftyp: Option<Placed>,
    moov: Option<Placed>,
    data: Vec<Placed>,
}

/// Writes the file `from` anew as `to`; what it shows, and what was written.
pub(super) async fn remake(
    files: &Files,
    from: &str,
    size_bytes: u64,
    to: &str,
) -> ApiResult<(Movie, FileFacts)> {
    let layout = layout(files, from, size_bytes).await?;
    let (ftyp, moov) = layout.ftyp.zip(layout.moov).ok_or(Refusal::Damaged)?;
    if moov.header.size_bytes > MOST_MOOV_BYTES || ftyp.header.size_bytes > MOST_FTYP_BYTES {
        return Err(Refusal::Damaged.into());
    }
    let brands = files.read(from, ftyp.content()).await?;
    let mut contents = files.read(from, moov.content()).await?.to_vec();
    let movie = mp4::movie(&contents)?;
    if movie.duration_ms > LONGEST_MS {
        return Err(Refusal::TooLong.into());
    }
    let mut place = 16 + brands.len() as u64 + contents.len() as u64;
    let mut moved = Vec::new();
    for data in &layout.data {
        let from = data.content();
        let bytes = from.end - from.start;
        moved.push(Moved { from, to: place + 8 });
        place += 8 + bytes;
    }
    mp4::rewrite(&mut contents, &moved)?;
    let content_type = if movie.picture.is_some() { "video/mp4" } else { "audio/mp4" };
    let mut copy = Copy { file: files.begin(to).await?, hash: Sha256::new() };
    copy.add_box(*b"ftyp", &brands).await?;
    copy.add_box(*b"moov", &contents).await?;
    for part in &moved {
        copy.add_header(*b"mdat", part.from.end - part.from.start).await?;
        let mut start = part.from.start;
        while start < part.from.end {
            let end = part.from.end.min(start + COPIED_BYTES);
            copy.add(&files.read(from, start..end).await?).await?;
            start = end;
        }
    }
    let size_bytes = copy.file.size_bytes();
    copy.file.finish().await?;
    Ok((movie, FileFacts { sha256: copy.hash.finalize().into(), size_bytes, content_type }))
}

/// Finds the boxes at the top, each of which must end where the next begins.
async fn layout(files: &Files, name: &str, size_bytes: u64) -> ApiResult<Layout> {
    let (mut found, mut start) = (Layout::default(), 0);
    for _ in 0..MOST_BOXES {
        if start == size_bytes {
            return Ok(found);
        }
        let available = size_bytes - start;
        let bytes = files.read(name, start..start + available.min(HEADER_BYTES)).await?;
        let header = mp4::header(&bytes, available)?;
        let placed = Placed { header, start };
        match &header.kind {
            b"ftyp" if found.ftyp.is_none() => found.ftyp = Some(placed),
            b"moov" if found.moov.is_none() => found.moov = Some(placed),
            b"ftyp" | b"moov" => return Err(Refusal::Damaged.into()),
            b"mdat" => found.data.push(placed),
            b"moof" | b"mfra" | b"sidx" => return Err(Refusal::Fragmented.into()),
            _ => {}
        }
        start += header.size_bytes;
    }
    Err(Refusal::Damaged.into())
}

struct Copy {
    file: NewFile,
    hash: Sha256,
}

impl Copy {
    async fn add(&mut self, bytes: &[u8]) -> ApiResult<()> {
        self.hash.update(bytes);
        Ok(self.file.write(bytes).await?)
    }

    async fn add_header(&mut self, kind: [u8; 4], content_bytes: u64) -> ApiResult<()> {
        let size = u32::try_from(content_bytes + 8).map_err(|_too_large| ApiError::from(Refusal::Damaged))?;
        self.add(&size.to_be_bytes()).await?;
        self.add(&kind).await
    }

    async fn add_box(&mut self, kind: [u8; 4], content: &[u8]) -> ApiResult<()> {
        self.add_header(kind, content.len() as u64).await?;
        self.add(content).await
    }
}
