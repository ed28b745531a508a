//! Nodes and ways of a block.

use super::blocks::Block;
use super::error::OsmError;
use super::wire::{Fields, Malformed, Packed, Value, signed};

/// Degrees of a position are multiples of this many nanodegrees unless the block says otherwise.
const GRANULARITY: i64 = 100;
/// Nanodegrees of the seven decimals that positions are kept with.
const NANODEGREES: i64 = 100;

/// The tags of a node or way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tags<'t> {
    strings: &'t [&'t [u8]],
    pairs: &'t [(u32, u32)],
}

/// A node: an id, and a position in units of 1e-7 degrees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OsmNode<'t> {
    pub(crate) id: i64,
    pub(crate) lon_e7: i64,
    pub(crate) lat_e7: i64,
    pub(crate) tags: Tags<'t>,
}

/// A way: the ids of its nodes in their order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OsmWay<'t> {
    pub(crate) id: i64,
    pub(crate) nodes: &'t [i64],
    pub(crate) tags: Tags<'t>,
}

impl<'t> Tags<'t> {
    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'t str> {
        self.pairs.iter().find_map(|&(k, v)| {
            let found = self.strings.get(k as usize)?;
            (*found == key.as_bytes()).then(|| self.strings.get(v as usize))??.utf8()
        })
    }

    /// Tags with these keys and values.
    pub(super) fn of(strings: &'t [&'t [u8]], pairs: &'t [(u32, u32)]) -> Self {
        Self { strings, pairs }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

trait Utf8 {
    fn utf8(&self) -> Option<&str>;
}

impl Utf8 for &[u8] {
    fn utf8(&self) -> Option<&str> {
        std::str::from_utf8(self).ok()
    }
}

/// Where positions are counted from.
struct Scale {
    granularity: i64,
    lat_offset: i64,
    lon_offset: i64,
}

impl Scale {
    fn e7(&self, number: i64, offset: i64) -> i64 {
        let nanodegrees = self.granularity.saturating_mul(number).saturating_add(offset);
        // Rounded, not cut: other granularities fall between the seven decimals.
        nanodegrees.saturating_add(NANODEGREES / 2).div_euclid(NANODEGREES)
    }
}

/// What a block is made of, found before its groups are read.
pub(super) struct Parts<'b> {
    pub(super) strings: Vec<&'b [u8]>,
    pub(super) groups: Vec<&'b [u8]>,
    scale: Scale,
}

pub(super) fn parts<'b>(block: &Block<'b>) -> Result<Parts<'b>, Malformed> {
    let mut parts = Parts {
        strings: Vec::new(),
        groups: Vec::new(),
        scale: Scale { granularity: GRANULARITY, lat_offset: 0, lon_offset: 0 },
    };
    for field in Fields::of(block.bytes) {
        match field? {
            (1, Value::Bytes(table)) => {
                for string in Fields::of(table) {
                    if let (1, Value::Bytes(string)) = string? {
                        parts.strings.push(string);
                    }
                }
            }
            (2, Value::Bytes(group)) => parts.groups.push(group),
            (17, Value::Varint(number)) => parts.scale.granularity = number.cast_signed(),
            (19, Value::Varint(number)) => parts.scale.lat_offset = number.cast_signed(),
            (20, Value::Varint(number)) => parts.scale.lon_offset = number.cast_signed(),
            _ => {}
        }
    }
    Ok(parts)
}

/// Calls `found` with every way of a block.
pub(crate) fn ways(block: &Block<'_>, mut found: impl FnMut(OsmWay<'_>)) -> Result<(), OsmError> {
    read_ways(block, &mut found).map_err(|Malformed| block.malformed("中的线无法识别"))
}

fn read_ways(block: &Block<'_>, found: &mut impl FnMut(OsmWay<'_>)) -> Result<(), Malformed> {
    let parts = parts(block)?;
    let (mut nodes, mut pairs) = (Vec::new(), Vec::new());
    for group in &parts.groups {
        for field in Fields::of(group) {
            if let (3, Value::Bytes(way)) = field? {
                let id = read_way(way, &mut nodes, &mut pairs)?;
                found(OsmWay { id, nodes: &nodes, tags: Tags { strings: &parts.strings, pairs: &pairs } });
            }
        }
    }
    Ok(())
}

fn read_way(way: &[u8], nodes: &mut Vec<i64>, pairs: &mut Vec<(u32, u32)>) -> Result<i64, Malformed> {
    let (mut keys, mut values) = (Packed::default(), Packed::default());
    let mut way_id = 0;
    nodes.clear();
    for field in Fields::of(way) {
        match field? {
            (1, Value::Varint(number)) => way_id = number.cast_signed(),
            (2, Value::Bytes(packed)) => keys = Packed::of(packed),
            (3, Value::Bytes(packed)) => values = Packed::of(packed),
            (8, Value::Bytes(packed)) => {
                for id in Packed::of(packed).deltas() {
                    nodes.push(id?);
                }
            }
            _ => {}
        }
    }
    read_pairs(keys, values, pairs)?;
    Ok(way_id)
}

pub(super) fn read_pairs(
    keys: Packed<'_>,
    values: Packed<'_>,
    pairs: &mut Vec<(u32, u32)>,
) -> Result<(), Malformed> {
    pairs.clear();
    for (key, value) in keys.zip(values) {
        pairs.push((string_number(key?)?, string_number(value?)?));
    }
    Ok(())
}

fn string_number(number: u64) -> Result<u32, Malformed> {
    u32::try_from(number).map_err(|_too_large| Malformed)
}

/// Calls `found` with every node of a block.
pub(crate) fn nodes(block: &Block<'_>, mut found: impl FnMut(OsmNode<'_>)) -> Result<(), OsmError> {
    read_nodes(block, &mut found).map_err(|Malformed| block.malformed("中的点无法识别"))
}

fn read_nodes(block: &Block<'_>, found: &mut impl FnMut(OsmNode<'_>)) -> Result<(), Malformed> {
    let parts = parts(block)?;
    let mut pairs = Vec::new();
    for group in &parts.groups {
        for field in Fields::of(group) {
            match field? {
                (1, Value::Bytes(node)) => read_node(node, &parts, &mut pairs, found)?,
                (2, Value::Bytes(dense)) => read_dense(dense, &parts, &mut pairs, found)?,
                _ => {}
            }
        }
    }
    Ok(())
}

fn read_node(
    node: &[u8],
    parts: &Parts<'_>,
    pairs: &mut Vec<(u32, u32)>,
    found: &mut impl FnMut(OsmNode<'_>),
) -> Result<(), Malformed> {
    let (mut keys, mut values) = (Packed::default(), Packed::default());
    let (mut id, mut lat, mut lon) = (0, 0, 0);
    for field in Fields::of(node) {
        match field? {
            (1, Value::Varint(number)) => id = signed(number),
            (2, Value::Bytes(packed)) => keys = Packed::of(packed),
            (3, Value::Bytes(packed)) => values = Packed::of(packed),
            (8, Value::Varint(number)) => lat = signed(number),
            (9, Value::Varint(number)) => lon = signed(number),
            _ => {}
        }
    }
    read_pairs(keys, values, pairs)?;
    tell(parts, id, lat, lon, pairs, found);
    Ok(())
}

fn tell(
    parts: &Parts<'_>,
    id: i64,
    lat: i64,
    lon: i64,
    pairs: &[(u32, u32)],
    found: &mut impl FnMut(OsmNode<'_>),
) {
    found(OsmNode {
        id,
        lon_e7: parts.scale.e7(lon, parts.scale.lon_offset),
        lat_e7: parts.scale.e7(lat, parts.scale.lat_offset),
        tags: Tags { strings: &parts.strings, pairs },
    });
}

fn read_dense(
    dense: &[u8],
    parts: &Parts<'_>,
    pairs: &mut Vec<(u32, u32)>,
    found: &mut impl FnMut(OsmNode<'_>),
) -> Result<(), Malformed> {
    let [mut ids, mut lats, mut lons, mut tags] = [Packed::default(); 4];
    for field in Fields::of(dense) {
        match field? {
            (1, Value::Bytes(packed)) => ids = Packed::of(packed),
            (8, Value::Bytes(packed)) => lats = Packed::of(packed),
            (9, Value::Bytes(packed)) => lons = Packed::of(packed),
            (10, Value::Bytes(packed)) => tags = Packed::of(packed),
            _ => {}
        }
    }
    let (mut lats, mut lons) = (lats.deltas(), lons.deltas());
    for id in ids.deltas() {
        let lat = lats.next().ok_or(Malformed)??;
        let lon = lons.next().ok_or(Malformed)??;
        pairs.clear();
        // Keys and values take turns; a zero ends those of a node. Without any tags there are no zeros.
        while let Some(key) = tags.next().transpose()?.filter(|key| *key != 0) {
            let value = tags.next().ok_or(Malformed)??;
            pairs.push((string_number(key)?, string_number(value)?));
        }
        tell(parts, id?, lat, lon, pairs, found);
    }
    Ok(())
}
