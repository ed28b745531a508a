//! The container of `.osm.pbf` (OpenStreetMap wiki, "PBF Format"): blobs one after the other, each of bounded
//! size, most of them compressed.

use std::io::{ErrorKind, Read};

use flate2::{Decompress, FlushDecompress, Status};

use super::error::OsmError;
use super::wire::{Fields, Malformed, Value};

/// The format's own bound for the header of a blob.
const MOST_HEADER_BYTES: u32 = 64 << 10;
/// The format's own bound for a blob, compressed or not.
const MOST_BLOB_BYTES: usize = 32 << 20;
/// What a file may demand of its readers.
const SUPPORTED: [&[u8]; 2] = [b"OsmSchema-V0.6", b"DenseNodes"];

/// Reads block by block; holds one at a time.
#[derive(Debug)]
pub(crate) struct Blocks<R> {
    source: R,
    offset: u64,
    compressed: Vec<u8>,
    block: Vec<u8>,
}

/// A block with its place in the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block<'b> {
    pub(crate) offset: u64,
    pub(crate) bytes: &'b [u8],
}

/// The blob in front of its data.
#[derive(Default)]
struct Header {
    kind: Vec<u8>,
    size: Option<u64>,
}

impl Block<'_> {
    pub(crate) fn malformed(&self, what: &'static str) -> OsmError {
        OsmError::Malformed { offset: self.offset, what }
    }
}

impl<R: Read> Blocks<R> {
    /// Begins at the start of a file.
    pub(crate) fn new(source: R) -> Self {
        Self { source, offset: 0, compressed: Vec::new(), block: Vec::new() }
    }

    /// The next block of primitives; `None` at the end of the file. The first block of the file is looked at
    /// here; blocks of kinds that are not known are left out, as the format demands.
    pub(crate) fn next(&mut self) -> Result<Option<Block<'_>>, OsmError> {
        loop {
            let offset = self.offset;
            let Some(header) = self.header(offset)? else {
                return if offset == 0 { Err(OsmError::NotOsm) } else { Ok(None) };
            };
            let is_first = offset == 0;
            if is_first != (header.kind == b"OSMHeader") {
                return Err(OsmError::NotOsm);
            }
            self.blob(offset, header.size)?;
            if is_first {
                check_demands(&Block { offset, bytes: &self.block })?;
            } else if header.kind == b"OSMData" {
                return Ok(Some(Block { offset, bytes: &self.block }));
            }
        }
    }

    fn header(&mut self, offset: u64) -> Result<Option<Header>, OsmError> {
        let mut length = [0; 4];
        let got = self.fill(&mut length)?;
        if got == 0 {
            return Ok(None);
        }
        let length = u32::from_be_bytes(length);
        if got < 4 || length > MOST_HEADER_BYTES {
            return Err(if offset == 0 { OsmError::NotOsm } else { damaged(offset, got, 4) });
        }
        let mut bytes = vec![0; length as usize];
        let got = self.fill(&mut bytes)?;
        if got < bytes.len() {
            return Err(if offset == 0 { OsmError::NotOsm } else { OsmError::Truncated { offset } });
        }
        let header = header_of(&bytes).map_err(|Malformed| match offset {
            0 => OsmError::NotOsm,
            offset => OsmError::Malformed { offset, what: "的说明无法识别" },
        })?;
        Ok(Some(header))
    }

    fn blob(&mut self, offset: u64, size: Option<u64>) -> Result<(), OsmError> {
        let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= MOST_BLOB_BYTES);
        let size = size.ok_or(OsmError::Malformed { offset, what: "超过 32 MB" })?;
        // Grows with what is really there, not with what was promised.
        self.compressed.clear();
        let got = Read::by_ref(&mut self.source).take(size as u64).read_to_end(&mut self.compressed)?;
        self.offset += got as u64;
        if got < size {
            return Err(OsmError::Truncated { offset });
        }
        self.block.clear();
        unpack(&self.compressed, &mut self.block, offset)
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, OsmError> {
        let mut got = 0;
        while let Some(rest) = buffer.get_mut(got..).filter(|rest| !rest.is_empty()) {
            match self.source.read(rest) {
                Ok(0) => break,
                Ok(count) => got += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.offset += got as u64;
        Ok(got)
    }
}

fn damaged(offset: u64, got: usize, needed: usize) -> OsmError {
    if got < needed {
        OsmError::Truncated { offset }
    } else {
        OsmError::Malformed { offset, what: "的长度不可能" }
    }
}

fn header_of(bytes: &[u8]) -> Result<Header, Malformed> {
    let mut header = Header::default();
    for field in Fields::of(bytes) {
        match field? {
            (1, Value::Bytes(kind)) => header.kind = kind.to_vec(),
            (3, Value::Varint(size)) => header.size = Some(size),
            _ => {}
        }
    }
    Ok(header)
}

/// Appends what a blob holds, decompressed.
fn unpack(blob: &[u8], block: &mut Vec<u8>, offset: u64) -> Result<(), OsmError> {
    let malformed = |what| OsmError::Malformed { offset, what };
    let mut size = None;
    let mut data = None;
    for field in Fields::of(blob) {
        match field.map_err(|Malformed| malformed("无法识别"))? {
            (1, Value::Bytes(raw)) => {
                if raw.len() > MOST_BLOB_BYTES {
                    return Err(malformed("超过 32 MB"));
                }
                block.extend_from_slice(raw);
                return Ok(());
            }
            (2, Value::Varint(raw_size)) => size = usize::try_from(raw_size).ok(),
            (3, Value::Bytes(zlib)) => data = Some(zlib),
            (4..=7, _) => return Err(OsmError::Unsupported("zlib 以外的压缩方式".to_owned())),
            _ => {}
        }
    }
    let data = data.ok_or_else(|| malformed("没有内容"))?;
    let size = size.filter(|size| *size <= MOST_BLOB_BYTES).ok_or_else(|| malformed("超过 32 MB"))?;
    inflate(data, size, block).ok_or_else(|| malformed("解压失败"))
}

/// Decompresses exactly `size` bytes; `None` where there are others.
fn inflate(data: &[u8], size: usize, block: &mut Vec<u8>) -> Option<()> {
    // Deflate cannot shrink to less than a thousandth: what claims to is not allocated for.
    if size / 1100 > data.len() {
        return None;
    }
    // One byte more than promised, to notice a stream that goes on.
    block.reserve_exact(size + 1);
    let mut inflater = Decompress::new(true);
    loop {
        let before = (inflater.total_in(), inflater.total_out());
        let rest = data.get(usize::try_from(before.0).ok()?..)?;
        let status = inflater.decompress_vec(rest, block, FlushDecompress::Finish).ok()?;
        if status == Status::StreamEnd {
            return (block.len() == size).then_some(());
        }
        if block.len() > size || before == (inflater.total_in(), inflater.total_out()) {
            return None;
        }
    }
}

fn check_demands(header: &Block<'_>) -> Result<(), OsmError> {
    for field in Fields::of(header.bytes) {
        if let (4, Value::Bytes(demanded)) = field.map_err(|Malformed| header.malformed("无法识别"))?
            && !SUPPORTED.contains(&demanded)
        {
            let shown = String::from_utf8_lossy(demanded).chars().take(40).collect();
            return Err(OsmError::Unsupported(shown));
        }
    }
    Ok(())
}
