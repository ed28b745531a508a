//! Tiles that are ready to send, in each encoding.

use std::convert::Infallible;
use std::fmt;

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use geodata::snapshot::LayerSnapshot;
use geodata::tiles::{TileAddress, content_hash, tile};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::documents::Credits;
use super::links::MVT;
use crate::http::compression::{Encoding, preferred};
use crate::http::etag::EntityTag;
use crate::http::ready::ASK_EACH_TIME;

/// Memory for tiles.
const CACHE_BYTES: u64 = 48 * 1024 * 1024;
/// Tiles that fit if they are of the usual size.
const USUAL_TILES: usize = 8_000;
/// What a tile costs beside its bytes.
const OVERHEAD_BYTES: u64 = 160;
/// Below this a compressed body saves no packet.
const SMALLEST_BYTES: usize = 512;

/// The tiles that were asked for last. A tile is found by what it shows, so after an edit the tiles of the
/// neighbourhood are made anew and all others stay.
pub struct TileCache {
    tiles: Cache<Key, ReadyTile, ByteWeight>,
    /// Of the map that they are of.
    pub(super) credits: Credits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    address: TileAddress,
    /// Of the layers asked for, in their order.
    content_hash: u64,
    encoding: Option<Encoding>,
}

/// A tile as it is sent; without bytes where nothing is to be seen.
#[derive(Clone, Debug)]
struct ReadyTile {
    body: Bytes,
    encoding: Option<Encoding>,
    /// Of the tile before compression.
    tag: EntityTag,
    /// As it is sent, with the suffix of the encoding.
    tag_header: Option<HeaderValue>,
}

#[derive(Clone)]
struct ByteWeight;

impl Weighter<Key, ReadyTile> for ByteWeight {
    fn weight(&self, _: &Key, tile: &ReadyTile) -> u64 {
        tile.body.len() as u64 + OVERHEAD_BYTES
    }
}

impl Default for TileCache {
    fn default() -> Self {
        Self {
            tiles: Cache::with_weighter(USUAL_TILES, CACHE_BYTES, ByteWeight),
            credits: Credits::default(),
        }
    }
}

impl fmt::Debug for TileCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TileCache").field("tiles", &self.tiles.len()).finish_non_exhaustive()
    }
}

impl TileCache {
    /// The answer with the tile of these layers: 200, 204 where nothing is to be seen, or 304 where the
    /// client holds it.
    pub(super) fn answer(
        &self,
        request: &HttpRequest,
        layers: &[&LayerSnapshot],
        address: TileAddress,
    ) -> HttpResponse {
        let tile = self.ready(layers, address, preferred(request.headers()));
        if tile.body.is_empty() {
            return HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, ASK_EACH_TIME)).finish();
        }
        if request.headers().contains_key(header::IF_NONE_MATCH)
            && let Some(unchanged) = tile.tag.not_modified(request, ASK_EACH_TIME)
        {
            return unchanged;
        }
        let mut answer = HttpResponse::Ok();
        answer
            .insert_header((header::CONTENT_TYPE, HeaderValue::from_static(MVT)))
            .insert_header((header::CACHE_CONTROL, ASK_EACH_TIME))
            .insert_header((header::VARY, HeaderValue::from_static("Accept-Encoding")));
        if let Some(encoding) = tile.encoding {
            answer.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name())));
        }
        if let Some(tag) = tile.tag_header {
            answer.insert_header((header::ETAG, tag));
        }
        answer.body(tile.body)
    }

    fn ready(
        &self,
        layers: &[&LayerSnapshot],
        address: TileAddress,
        encoding: Option<Encoding>,
    ) -> ReadyTile {
        let key = Key { address, content_hash: content_hash(layers, address), encoding };
        let make = || {
            let plain = encoding.and_then(|_| self.tiles.get(&Key { encoding: None, ..key }));
            let plain = plain.unwrap_or_else(|| ReadyTile::plain(tile(layers, address)));
            Ok::<_, Infallible>(encoding.map_or(plain.clone(), |encoding| plain.compressed(encoding)))
        };
        // Whoever asks for the same tile meanwhile waits for this one.
        let Ok(ready) = self.tiles.get_or_insert_with(&key, make);
        ready
    }
}

impl ReadyTile {
    fn plain(tile: Vec<u8>) -> Self {
        let tag = EntityTag::of(&tile, "mvt");
        let tag_header = HeaderValue::from_str(&tag.header_value()).ok();
        Self { body: tile.into(), encoding: None, tag, tag_header }
    }

    /// The same tile compressed, unless that saves nothing.
    fn compressed(self, encoding: Encoding) -> Self {
        if self.body.len() < SMALLEST_BYTES {
            return self;
        }
        match encoding.compress(&self.body) {
            Ok(compressed) if compressed.len() < self.body.len() => {
                let plain_tag = self.tag.header_value();
                let tag = format!("{}-{}\"", plain_tag.trim_end_matches('"'), encoding.name());
                Self {
                    body: compressed.into(),
                    encoding: Some(encoding),
                    tag: self.tag,
                    tag_header: HeaderValue::from_str(&tag).ok(),
                }
            }
            _ => self,
        }
    }
}
