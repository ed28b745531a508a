//! A document as a zip (ECMA-376, part 2), opened within limits.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::source::Refusal;

const MOST_ENTRIES: usize = 3_000;
/// Of one part of the text.
pub(super) const MOST_TEXT_BYTES: u64 = 30 * 1024 * 1024;
/// Of one picture.
pub(super) const MOST_PICTURE_BYTES: u64 = 20 * 1024 * 1024;
/// Of everything that is read.
const MOST_BYTES: u64 = 150 * 1024 * 1024;
/// Text of documents shrinks to a tenth, tables to a fiftieth.
const LARGEST_RATIO: u64 = 200;
/// Below this a ratio means nothing.
const HARMLESS_BYTES: u64 = 1024 * 1024;

/// An open document.
pub(super) struct Package {
    archive: ZipArchive<Cursor<Vec<u8>>>,
    read_bytes: u64,
}

impl Package {
    pub(super) fn open(file: Vec<u8>) -> Result<Self, Refusal> {
        let archive = ZipArchive::new(Cursor::new(file)).map_err(|_not_a_zip| Refusal::Damaged)?;
        if archive.len() > MOST_ENTRIES {
            return Err(Refusal::Bomb);
        }
        Ok(Self { archive, read_bytes: 0 })
    }

    /// Whether there is such a part.
    pub(super) fn has(&mut self, name: &str) -> bool {
        self.archive.by_name(name).is_ok()
    }

    /// Reads a part; `None` if there is none. What the zip says about lengths is checked, not believed.
    pub(super) fn read(&mut self, name: &str, most_bytes: u64) -> Result<Option<Vec<u8>>, Refusal> {
        let Ok(part) = self.archive.by_name(name) else {
            return Ok(None);
        };
        let packed_bytes = part.compressed_size();
        let mut bytes = Vec::new();
        let read = part.take(most_bytes + 1).read_to_end(&mut bytes);
        read.map_err(|_damaged| Refusal::Damaged)?;
        let size = bytes.len() as u64;
        self.read_bytes += size;
        let is_bomb = size > most_bytes
            || self.read_bytes > MOST_BYTES
            || (size > HARMLESS_BYTES && size / packed_bytes.max(1) > LARGEST_RATIO);
        if is_bomb { Err(Refusal::Bomb) } else { Ok(Some(bytes)) }
    }

    /// Reads a part of text; empty if there is none.
    pub(super) fn text(&mut self, name: &str) -> Result<String, Refusal> {
        let bytes = self.read(name, MOST_TEXT_BYTES)?.unwrap_or_default();
        let text = String::from_utf8(bytes).map_err(|_not_utf8| Refusal::Damaged)?;
        Ok(text.trim_start_matches('\u{feff}').to_owned())
    }
}
