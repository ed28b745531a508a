//! All tiles in one file for a content delivery network: `PMTiles` version 3
//! (protomaps/PMTiles, `spec/v3/spec.md`).
//!
//! Tiles go out as they are made; only the directory is held in memory. The header and the root
//! directory come first, in the 16 KiB that every reader fetches at once, then the tiles along the
//! Hilbert curve, then the metadata and the leaf directories.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Seek, SeekFrom, Write};

use flate2::{Compression, write::GzEncoder};

use super::address::TileAddress;
use super::encode::write_varint;
use super::tile_set::TileSet;
use crate::bbox::Bbox;
use crate::snapshot::LayerSnapshot;

const HEADER_BYTES: u64 = 127;
/// Where tiles begin: header and root directory lie before.
const TILES_AT: u64 = 16_384;
/// Entries of a leaf directory; doubled until the root directory fits.
const LEAF_ENTRIES: usize = 4096;
/// Zoom that viewers begin at: a sub-district fits on a screen.
const FIRST_LOOK_ZOOM: u8 = 12;
const GZIP: u8 = 2;
const MVT: u8 = 1;
/// Level of compression with the best saving per time.
const GZIP_LEVEL: u32 = 6;

/// What an archive holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ArchiveSummary {
    /// Tiles that show something.
    pub tiles: u64,
    /// Different ones among them.
    pub contents: u64,
    /// Size of the archive.
    pub bytes: u64,
}

/// A tile, or several in a row with the same content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    tile_id: u64,
    /// From the begin of its section.
    offset: u64,
    length: u32,
    /// Tiles; 0 for a leaf directory.
    run: u32,
}

/// The tiles while they are written.
#[derive(Default)]
struct Contents {
    entries: Vec<Entry>,
    known: HashMap<[u64; 2], (u64, u32)>,
    bytes: u64,
    tiles: u64,
    /// First and last with a tile.
    zooms: Option<(u8, u8)>,
}

/// Writes an archive of these layers with all zooms up to `max_zoom`. `metadata` is a JSON object that
/// names the `vector_layers`. `progress` is told after each zoom how many tiles there are by then.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_pmtiles(
    layers: &[&LayerSnapshot],
    max_zoom: u8,
    metadata: &str,
    out: &mut (impl Write + Seek),
    mut progress: impl FnMut(u8, u64),
) -> io::Result<ArchiveSummary> {
    out.seek(SeekFrom::Start(TILES_AT))?;
    let mut contents = Contents::default();
    let mut zoom = 0;
    TileSet::new(layers).generate(
        max_zoom,
        || (),
        |(), tile| gzipped(&tile),
        |address, tile| {
            if address.zoom() > zoom {
                progress(zoom, contents.tiles);
                zoom = address.zoom();
            }
            contents.add(address, &tile?, out)
        },
    )?;
    progress(zoom, contents.tiles);
    let metadata = gzipped(metadata.as_bytes())?;
    out.write_all(&metadata)?;
    let (root, leaves) = directories(&contents.entries)?;
    out.write_all(&leaves)?;
    let header = Header {
        root_bytes: root.len() as u64,
        metadata_bytes: metadata.len() as u64,
        leaf_bytes: leaves.len() as u64,
        zooms: contents.zooms.unwrap_or_default(),
        bounds: bounds_of(layers),
        contents: &contents,
    };
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&header.to_bytes())?;
    out.write_all(&root)?;
    out.flush()?;
    Ok(ArchiveSummary {
        tiles: contents.tiles,
        contents: contents.known.len() as u64,
        bytes: TILES_AT + contents.bytes + header.metadata_bytes + header.leaf_bytes,
    })
}

impl Contents {
    fn add(&mut self, address: TileAddress, tile: &[u8], out: &mut impl Write) -> io::Result<()> {
        let length = u32::try_from(tile.len()).map_err(io::Error::other)?;
        let (offset, length) = match self.known.entry(digest(tile)) {
            std::collections::hash_map::Entry::Occupied(known) => *known.get(),
            std::collections::hash_map::Entry::Vacant(vacant) => {
                out.write_all(tile)?;
                let offset = self.bytes;
                self.bytes += u64::from(length);
                *vacant.insert((offset, length))
            }
        };
        self.tiles += 1;
        let (first_zoom, _) = self.zooms.unwrap_or((address.zoom(), 0));
        self.zooms = Some((first_zoom, address.zoom()));
        let tile_id = address.hilbert_id();
        match self.entries.last_mut() {
            Some(last) if last.offset == offset && last.tile_id + u64::from(last.run) == tile_id => {
                last.run += 1;
            }
            _ => self.entries.push(Entry { tile_id, offset, length, run: 1 }),
        }
        Ok(())
    }
}

/// 128 bits that tell contents apart.
fn digest(tile: &[u8]) -> [u64; 2] {
    [0, 1].map(|salt| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(salt);
        hasher.write(tile);
        hasher.finish()
    })
}

/// The root directory and, one after another, the leaf directories it leads to.
fn directories(entries: &[Entry]) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let room = usize::try_from(TILES_AT - HEADER_BYTES).unwrap_or(0);
    let root = directory(entries)?;
    if root.len() <= room {
        return Ok((root, Vec::new()));
    }
    let mut leaf_entries = LEAF_ENTRIES;
    loop {
        let mut leaves = Vec::new();
        let mut pointers = Vec::new();
        for part in entries.chunks(leaf_entries) {
            let leaf = directory(part)?;
            let length = u32::try_from(leaf.len()).map_err(io::Error::other)?;
            let offset = leaves.len() as u64;
            pointers.extend(part.first().map(|first| Entry {
                tile_id: first.tile_id,
                offset,
                length,
                run: 0,
            }));
            leaves.extend(leaf);
        }
        let root = directory(&pointers)?;
        if root.len() <= room {
            return Ok((root, leaves));
        }
        leaf_entries *= 2;
    }
}

fn directory(entries: &[Entry]) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    write_varint(entries.len() as u64, &mut text);
    let mut previous_id = 0;
    for entry in entries {
        write_varint(entry.tile_id - previous_id, &mut text);
        previous_id = entry.tile_id;
    }
    for entry in entries {
        write_varint(entry.run.into(), &mut text);
    }
    for entry in entries {
        write_varint(entry.length.into(), &mut text);
    }
    let mut previous_end = None;
    for entry in entries {
        let follows = previous_end == Some(entry.offset);
        write_varint(if follows { 0 } else { entry.offset + 1 }, &mut text);
        previous_end = Some(entry.offset + u64::from(entry.length));
    }
    gzipped(&text)
}

struct Header<'c> {
    root_bytes: u64,
    metadata_bytes: u64,
    leaf_bytes: u64,
    /// First and last with a tile.
    zooms: (u8, u8),
    bounds: Bbox,
    contents: &'c Contents,
}

impl Header<'_> {
    fn to_bytes(&self) -> Vec<u8> {
        let metadata_at = TILES_AT + self.contents.bytes;
        let mut bytes = b"PMTiles\x03".to_vec();
        for number in [
            HEADER_BYTES,
            self.root_bytes,
            metadata_at,
            self.metadata_bytes,
            metadata_at + self.metadata_bytes,
            self.leaf_bytes,
            TILES_AT,
            self.contents.bytes,
            self.contents.tiles,
            self.contents.entries.len() as u64,
            self.contents.known.len() as u64,
        ] {
            bytes.extend(number.to_le_bytes());
        }
        // Along the curve; how directories and tiles are compressed; what tiles are; first and last zoom.
        let (first_zoom, last_zoom) = self.zooms;
        bytes.extend([1, GZIP, GZIP, MVT, first_zoom, last_zoom]);
        let Bbox { west, south, east, north } = self.bounds;
        for degrees in [west, south, east, north] {
            bytes.extend(ten_millionths(degrees).to_le_bytes());
        }
        bytes.push(FIRST_LOOK_ZOOM.clamp(first_zoom, last_zoom));
        for degrees in [west.midpoint(east), south.midpoint(north)] {
            bytes.extend(ten_millionths(degrees).to_le_bytes());
        }
        bytes
    }
}

fn bounds_of(layers: &[&LayerSnapshot]) -> Bbox {
    let extents = layers.iter().filter_map(|layer| layer.extent());
    extents.reduce(|all, other| all.union(&other)).unwrap_or(Bbox::WORLD)
}

#[expect(clippy::cast_possible_truncation, reason = "degrees are at most 180")]
fn ten_millionths(degrees: f64) -> i32 {
    (degrees * 1e7).round() as i32
}

fn gzipped(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL));
    encoder.write_all(bytes)?;
    encoder.finish()
}
