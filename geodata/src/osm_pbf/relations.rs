//! Relations of a block: which ways make up an area.

use super::blocks::Block;
use super::error::OsmError;
use super::primitives::{Tags, parts, read_pairs};
use super::wire::{Fields, Malformed, Packed, Value};

/// Members of this type are ways (`Relation.MemberType`).
const WAY: u64 = 1;

/// A relation with the ways among its members.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OsmRelation<'t> {
    pub(crate) id: i64,
    /// Ids of member ways, and whether they bound a hole.
    pub(crate) ways: &'t [(i64, bool)],
    pub(crate) tags: Tags<'t>,
}

/// Calls `found` with every relation of a block.
pub(crate) fn relations(block: &Block<'_>, mut found: impl FnMut(OsmRelation<'_>)) -> Result<(), OsmError> {
    read(block, &mut found).map_err(|Malformed| block.malformed("中的关系无法识别"))
}

fn read(block: &Block<'_>, found: &mut impl FnMut(OsmRelation<'_>)) -> Result<(), Malformed> {
    let parts = parts(block)?;
    let (mut ways, mut pairs) = (Vec::new(), Vec::new());
    for group in &parts.groups {
        for field in Fields::of(group) {
            if let (4, Value::Bytes(relation)) = field? {
                let id = read_one(relation, &parts.strings, &mut ways, &mut pairs)?;
                found(OsmRelation { id, ways: &ways, tags: Tags::of(&parts.strings, &pairs) });
            }
        }
    }
    Ok(())
}

fn read_one(
    relation: &[u8],
    strings: &[&[u8]],
    ways: &mut Vec<(i64, bool)>,
    pairs: &mut Vec<(u32, u32)>,
) -> Result<i64, Malformed> {
    let [mut keys, mut values, mut roles, mut ids, mut kinds] = [Packed::default(); 5];
    let mut relation_id = 0;
    for field in Fields::of(relation) {
        match field? {
            (1, Value::Varint(number)) => relation_id = number.cast_signed(),
            (2, Value::Bytes(packed)) => keys = Packed::of(packed),
            (3, Value::Bytes(packed)) => values = Packed::of(packed),
            (8, Value::Bytes(packed)) => roles = Packed::of(packed),
            (9, Value::Bytes(packed)) => ids = Packed::of(packed),
            (10, Value::Bytes(packed)) => kinds = Packed::of(packed),
            _ => {}
        }
    }
    ways.clear();
    for ((id, kind), role) in ids.deltas().zip(kinds).zip(roles) {
        let (id, kind, role) = (id?, kind?, role?);
        if kind == WAY {
            let role = usize::try_from(role).ok().and_then(|place| strings.get(place));
            ways.push((id, role.is_some_and(|role| *role == b"inner")));
        }
    }
    read_pairs(keys, values, pairs)?;
    Ok(relation_id)
}
