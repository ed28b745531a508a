//! The pictures of an article that is imported: fetched or taken out, and kept as media of this server.
//!
//! A picture that cannot be had is told in the report; the text never waits for it.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use entity::media;
use futures_util::{StreamExt, stream};
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::SHOWN;
use super::report::LostPicture;
use crate::error::{ApiError, ApiResult};
use crate::knowledge::articles::body::{Block, EMBEDDED, media_id};
use crate::media::{Origin, Texts, keep_picture};
use crate::state::AppState;

const MOST_PICTURES: usize = 60;
const AT_ONCE: usize = 3;
/// For all of them.
const LONGEST: Duration = Duration::from_secs(75);
/// Of an address that is told in the report.
const TOLD_CHARS: usize = 120;

/// Blocks whose pictures are all on this server.
pub(super) struct Settled {
    pub(super) blocks: Vec<Block>,
    pub(super) media_ids: Vec<Uuid>,
    pub(super) lost: Vec<LostPicture>,
}

/// A picture that was had, or why not.
type Had = Result<media::Model, (String, String)>;

/// Brings every picture of the blocks to this server. `embedded` are those that came along.
pub(super) async fn settle(
    state: &AppState,
    blocks: Vec<Block>,
    embedded: BTreeMap<String, Vec<u8>>,
    origin: &Origin,
) -> ApiResult<Settled> {
    let mut wanted: Vec<(String, Option<String>)> = Vec::new();
    for block in &blocks {
        if let Block::Image { src, alt, .. } = block
            && !wanted.iter().any(|(known, _)| known == src)
        {
            wanted.push((src.clone(), alt.clone()));
        }
    }
    let had = bring(state, wanted, embedded, origin).await?;
    let mut settled = Settled { blocks: Vec::new(), media_ids: Vec::new(), lost: Vec::new() };
    for block in blocks {
        let Block::Image { src, alt, .. } = block else {
            settled.blocks.push(block);
            continue;
        };
        match had.get(&src) {
            Some(Ok(medium)) => {
                settled.media_ids.push(medium.id);
                settled.blocks.push(shown(medium, alt));
            }
            Some(Err((code, message))) => settled.lost.push(lost(&src, code, message)),
            None => settled.lost.push(lost(
                &src,
                "too_many",
                "图片太多，只下载了前 60 张。其余请另存后自己上传。",
            )),
        }
    }
    settled.media_ids.sort_unstable();
    settled.media_ids.dedup();
    Ok(settled)
}

fn shown(medium: &media::Model, alt: Option<String>) -> Block {
    let pixels = |side: Option<i32>| side.and_then(|side| u32::try_from(side).ok());
    Block::Image {
        src: format!("/media/{}/{SHOWN}", medium.id),
        alt: alt.or_else(|| medium.alt.clone()),
        width: pixels(medium.width),
        height: pixels(medium.height),
    }
}

fn lost(src: &str, code: &str, message: &str) -> LostPicture {
    let is_within = src.starts_with("data:") || src.starts_with(EMBEDDED);
    let address = (!is_within).then(|| src.chars().take(TOLD_CHARS).collect());
    LostPicture { address, code: code.to_owned(), message: message.to_owned() }
}

async fn bring(
    state: &AppState,
    mut wanted: Vec<(String, Option<String>)>,
    mut embedded: BTreeMap<String, Vec<u8>>,
    origin: &Origin,
) -> ApiResult<BTreeMap<String, Had>> {
    wanted.truncate(MOST_PICTURES);
    let sources: Vec<String> = wanted.iter().map(|(src, _)| src.clone()).collect();
    let work = wanted.into_iter().map(|(src, alt)| {
        let came_along = embedded.remove(&src);
        async move {
            let had = one(state, &src, came_along, alt, origin).await?;
            Ok::<_, ApiError>((src, had))
        }
    });
    let mut had = BTreeMap::new();
    let mut work = Box::pin(stream::iter(work.collect::<Vec<_>>()).buffer_unordered(AT_ONCE));
    let deadline = tokio::time::Instant::now() + LONGEST;
    while let Ok(Some(done)) = tokio::time::timeout_at(deadline, work.next()).await {
        let (src, done) = done?;
        had.insert(src, done);
    }
    for src in sources {
        had.entry(src).or_insert_with(|| {
            Err(("unreachable".to_owned(), "下载花的时间太长，没有等它。请把图片另存后自己上传。".to_owned()))
        });
    }
    Ok(had)
}

async fn one(
    state: &AppState,
    src: &str,
    came_along: Option<Vec<u8>>,
    alt: Option<String>,
    origin: &Origin,
) -> ApiResult<Had> {
    if let Some(id) = media_id(src) {
        let own = media::Entity::find_by_id(id).one(state.database.reader()).await?;
        return Ok(own
            .filter(|medium| medium.kind == media::Kind::Image)
            .ok_or_else(|| ("gone".to_owned(), "这张图片已经不在这里了，请重新上传。".to_owned())));
    }
    let bytes = match came_along {
        Some(bytes) => bytes,
        None if src.starts_with(EMBEDDED) => {
            return Ok(Err(("damaged_file".to_owned(), "文档里缺了这张图片，请自己上传。".to_owned())));
        }
        None if src.starts_with("data:") => match data(src) {
            Some(bytes) => bytes,
            None => {
                return Ok(Err((
                    "damaged_file".to_owned(),
                    "贴进来的这张图片不完整，请自己上传。".to_owned(),
                )));
            }
        },
        None => match state.pictures.fetch(src).await {
            Ok(bytes) => bytes,
            Err(failure) => return Ok(Err((failure.code().to_owned(), failure.message().to_owned()))),
        },
    };
    let texts = Texts { alt, ..Texts::default() };
    match keep_picture(&state.media, bytes, origin.clone(), texts).await {
        Ok(received) => Ok(Ok(received.medium)),
        // What is wrong with the picture is no reason to lose the article.
        Err(ApiError::Invalid { errors }) => Ok(Err(errors
            .into_iter()
            .next()
            .map_or_else(Default::default, |error| (error.code, error.message)))),
        Err(error) => Err(error),
    }
}

/// The bytes of an address that holds them itself (RFC 2397).
fn data(src: &str) -> Option<Vec<u8>> {
    let (head, encoded) = src.strip_prefix("data:")?.split_once(',')?;
    if !head.ends_with(";base64") {
        return None;
    }
    let encoded: String = encoded.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(encoded).ok()
}
