//! Streets as bytes: small, of a known version, and noticed when damaged.
//!
//! `KNET`, the version, the numbers of nodes and edges, then both as differences to the one before, each a
//! varint of seven bits a byte; at the end the CRC-32 of everything before it. Both lists are sorted, so the
//! differences are small: a node takes about five bytes, an edge three.

use flate2::Crc;

use super::streets::{Edge, Node, Streets, to_u32};

const MAGIC: &[u8; 4] = b"KNET";
const VERSION: u8 = 1;
/// A node and an edge take at least this many bytes each.
const LEAST_BYTES: usize = 2;
const STEPS: u64 = 1;
const ONE_WAY: u64 = 2;

/// Why bytes are no streets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StreetsError {
    /// They are of something else.
    #[error("这不是步行路网数据")]
    NotStreets,
    /// A later program wrote them.
    #[error("步行路网数据的版本 {0} 无法识别，请用新版本程序，或重新运行 kangtu network load")]
    UnknownVersion(u8),
    /// They are not what was written.
    #[error("步行路网数据已损坏，请重新运行 kangtu network load")]
    Damaged,
}

impl Streets {
    /// Writes the streets.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(VERSION);
        out.extend_from_slice(&to_u32(self.nodes.len()).to_le_bytes());
        out.extend_from_slice(&to_u32(self.edges.len()).to_le_bytes());
        let (mut lon, mut lat) = (0, 0);
        for node in &self.nodes {
            write_signed(i64::from(node.lon_e7) - lon, &mut out);
            write_signed(i64::from(node.lat_e7) - lat, &mut out);
            (lon, lat) = (i64::from(node.lon_e7), i64::from(node.lat_e7));
        }
        let mut from = 0;
        for edge in &self.edges {
            let flags = if edge.steps { STEPS } else { 0 } | if edge.one_way { ONE_WAY } else { 0 };
            // The list is sorted by this end.
            write(((u64::from(edge.from) - from) << 2) | flags, &mut out);
            write_signed(i64::from(edge.to) - i64::from(edge.from), &mut out);
            from = u64::from(edge.from);
        }
        out.extend_from_slice(&checksum(&out).to_le_bytes());
        out
    }

    /// Reads what [`Streets::to_bytes`] wrote. Nothing is allocated that the bytes cannot fill.
    ///
    /// # Errors
    /// When they are of something else or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StreetsError> {
        let content = bytes.strip_prefix(MAGIC).ok_or(StreetsError::NotStreets)?;
        let (&version, content) = content.split_first().ok_or(StreetsError::NotStreets)?;
        if version != VERSION {
            return Err(StreetsError::UnknownVersion(version));
        }
        read(bytes, content).ok_or(StreetsError::Damaged)
    }
}

fn read(bytes: &[u8], content: &[u8]) -> Option<Streets> {
    let (content, sum) = content.split_last_chunk::<4>()?;
    let summed = bytes.get(..bytes.len().checked_sub(4)?)?;
    if checksum(summed) != u32::from_le_bytes(*sum) {
        return None;
    }
    let (nodes, content) = content.split_first_chunk::<4>()?;
    let (edges, mut content) = content.split_first_chunk::<4>()?;
    let [nodes, edges] = [*nodes, *edges].map(|count| u32::from_le_bytes(count) as usize);
    if nodes.checked_add(edges)? > content.len() / LEAST_BYTES {
        return None;
    }
    let streets =
        Streets { nodes: read_nodes(nodes, &mut content)?, edges: read_edges(edges, nodes, &mut content)? };
    content.is_empty().then_some(streets)
}

fn read_nodes(count: usize, content: &mut &[u8]) -> Option<Vec<Node>> {
    let mut nodes = Vec::with_capacity(count);
    let (mut lon, mut lat) = (0_i64, 0_i64);
    for _ in 0..count {
        lon = lon.checked_add(take_signed(content)?)?;
        lat = lat.checked_add(take_signed(content)?)?;
        nodes.push(Node { lon_e7: i32::try_from(lon).ok()?, lat_e7: i32::try_from(lat).ok()? });
    }
    Some(nodes)
}

fn read_edges(count: usize, nodes: usize, content: &mut &[u8]) -> Option<Vec<Edge>> {
    let mut edges = Vec::with_capacity(count);
    let mut from = 0_u64;
    for _ in 0..count {
        let word = take(content)?;
        from = from.checked_add(word >> 2)?;
        let start = u32::try_from(from).ok()?;
        let end = u32::try_from(i64::from(start).checked_add(take_signed(content)?)?).ok()?;
        if start == end || start.max(end) as usize >= nodes {
            return None;
        }
        let (steps, one_way) = (word & STEPS != 0, word & ONE_WAY != 0);
        edges.push(Edge { from: start, to: end, steps, one_way });
    }
    Some(edges)
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
fn write(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn write_signed(number: i64, out: &mut Vec<u8>) {
    write(((number << 1) ^ (number >> 63)).cast_unsigned(), out);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn take_signed(bytes: &mut &[u8]) -> Option<i64> {
    let number = take(bytes)?;
    Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
}
