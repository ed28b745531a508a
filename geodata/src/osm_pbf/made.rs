//! Makes `.osm.pbf` files for tests, from the format's description.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// A node or way to be written.
pub(crate) type Made<P> = (i64, P, Vec<(String, String)>);

/// A file: its nodes in degrees, its ways, and how it is packed.
#[derive(Debug, Clone)]
pub(crate) struct MadeFile {
    pub(crate) nodes: Vec<Made<(f64, f64)>>,
    pub(crate) ways: Vec<Made<Vec<i64>>>,
    pub(crate) dense: bool,
    pub(crate) zlib: bool,
}

pub(crate) fn node(id: i64, lon: f64, lat: f64, tags: &[(&str, &str)]) -> Made<(f64, f64)> {
    (id, (lon, lat), owned(tags))
}

pub(crate) fn way(id: i64, nodes: &[i64], tags: &[(&str, &str)]) -> Made<Vec<i64>> {
    (id, nodes.to_vec(), owned(tags))
}

fn owned(tags: &[(&str, &str)]) -> Vec<(String, String)> {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

impl MadeFile {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.blocks().concat()
    }

    pub(crate) fn block_ends(&self) -> Vec<usize> {
        let ends = self.blocks().into_iter().scan(0, |end, block| {
            *end += block.len();
            Some(*end)
        });
        ends.collect()
    }

    fn blocks(&self) -> Vec<Vec<u8>> {
        let pack =
            |block: &[u8]| if self.zlib { zlib_blob("OSMData", block) } else { raw_blob("OSMData", block) };
        let mut table = Table::default();
        let mut group = Vec::new();
        if self.dense {
            bytes(2, &self.dense(&mut table), &mut group);
        } else {
            for (id, (lon, lat), tags) in &self.nodes {
                let mut message = Vec::new();
                number(1, zigzag(*id), &mut message);
                table.tags(tags, &mut message);
                number(8, zigzag(units(*lat)), &mut message);
                number(9, zigzag(units(*lon)), &mut message);
                bytes(1, &message, &mut group);
            }
        }
        let nodes = block(table, &group);
        let mut table = Table::default();
        let mut group = Vec::new();
        for (id, nodes, tags) in &self.ways {
            let mut message = Vec::new();
            number(1, id.cast_unsigned(), &mut message);
            table.tags(tags, &mut message);
            bytes(8, &deltas(nodes.iter().copied()), &mut message);
            bytes(3, &message, &mut group);
        }
        let ways = block(table, &group);
        vec![header(&["OsmSchema-V0.6", "DenseNodes"]), pack(&nodes), pack(&ways)]
    }

    fn dense(&self, table: &mut Table) -> Vec<u8> {
        let mut message = Vec::new();
        bytes(1, &deltas(self.nodes.iter().map(|(id, ..)| *id)), &mut message);
        bytes(8, &deltas(self.nodes.iter().map(|(_, (_, lat), _)| units(*lat))), &mut message);
        bytes(9, &deltas(self.nodes.iter().map(|(_, (lon, _), _)| units(*lon))), &mut message);
        let mut pairs = Vec::new();
        for (.., tags) in &self.nodes {
            for (key, value) in tags {
                varint(table.number(key), &mut pairs);
                varint(table.number(value), &mut pairs);
            }
            pairs.push(0);
        }
        bytes(10, &pairs, &mut message);
        message
    }
}

/// The strings of a block; the first is empty, because zero ends the tags of a dense node.
struct Table(Vec<String>);

impl Default for Table {
    fn default() -> Self {
        Self(vec![String::new()])
    }
}

impl Table {
    fn number(&mut self, text: &str) -> u64 {
        let place = self.0.iter().position(|known| known == text).unwrap_or_else(|| {
            self.0.push(text.to_owned());
            self.0.len() - 1
        });
        place as u64
    }

    fn tags(&mut self, tags: &[(String, String)], message: &mut Vec<u8>) {
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for (key, value) in tags {
            varint(self.number(key), &mut keys);
            varint(self.number(value), &mut values);
        }
        bytes(2, &keys, message);
        bytes(3, &values, message);
    }
}

fn block(table: Table, group: &[u8]) -> Vec<u8> {
    let mut strings = Vec::new();
    for string in table.0 {
        bytes(1, string.as_bytes(), &mut strings);
    }
    let mut block = Vec::new();
    bytes(1, &strings, &mut block);
    bytes(2, group, &mut block);
    block
}

/// The first blob of a file.
pub(crate) fn header(demands: &[&str]) -> Vec<u8> {
    let mut block = Vec::new();
    for demand in demands {
        bytes(4, demand.as_bytes(), &mut block);
    }
    raw_blob("OSMHeader", &block)
}

pub(crate) fn zlib_blob(kind: &str, block: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(block).unwrap();
    let mut blob = Vec::new();
    number(2, block.len() as u64, &mut blob);
    bytes(3, &encoder.finish().unwrap(), &mut blob);
    framed(kind, &blob)
}

/// A blob that promises another size than it has.
pub(crate) fn lying_blob(kind: &str, block: &[u8], promised: u64) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(block).unwrap();
    let mut blob = Vec::new();
    number(2, promised, &mut blob);
    bytes(3, &encoder.finish().unwrap(), &mut blob);
    framed(kind, &blob)
}

fn raw_blob(kind: &str, block: &[u8]) -> Vec<u8> {
    let mut blob = Vec::new();
    bytes(1, block, &mut blob);
    framed(kind, &blob)
}

fn framed(kind: &str, blob: &[u8]) -> Vec<u8> {
    let mut header = Vec::new();
    bytes(1, kind.as_bytes(), &mut header);
    number(3, blob.len() as u64, &mut header);
    let mut out = u32::try_from(header.len()).unwrap().to_be_bytes().to_vec();
    out.extend(header);
    out.extend_from_slice(blob);
    out
}

fn number(field: u64, value: u64, out: &mut Vec<u8>) {
    varint(field << 3, out);
    varint(value, out);
}

fn bytes(field: u64, value: &[u8], out: &mut Vec<u8>) {
    varint(field << 3 | 2, out);
    varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn deltas(values: impl Iterator<Item = i64>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut before = 0;
    for value in values {
        varint(zigzag(value - before), &mut out);
        before = value;
    }
    out
}

fn units(degrees: f64) -> i64 {
    (degrees * 1e7).round() as i64
}
