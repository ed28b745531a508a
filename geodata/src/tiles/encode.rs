//! Mapbox Vector Tile 2.1 in protocol buffers, written without copies of the whole.

use std::borrow::Cow;
use std::collections::HashMap;

use super::address::EXTENT;

/// Version of the specification that layers name.
const VERSION: u64 = 2;

/// What a feature's geometry is (section 4.3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Point = 1,
    Line = 2,
    Polygon = 3,
}

/// Names of attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Name,
    Layer,
    Icon,
    RegionCode,
    Region,
    Demo,
    Cluster,
    Count,
    ExpansionZoom,
}

const KEYS: usize = 9;

impl Key {
    fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Layer => "layer",
            Self::Icon => "icon",
            Self::RegionCode => "region_code",
            Self::Region => "region",
            Self::Demo => "demo",
            Self::Cluster => "cluster",
            Self::Count => "count",
            Self::ExpansionZoom => "expansion_zoom",
        }
    }
}

/// Value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Value<'f> {
    Text(Cow<'f, str>),
    Number(u32),
    True,
}

/// One layer of a tile while it is written.
pub(super) struct LayerWriter<'f> {
    name: &'f str,
    features: Vec<u8>,
    key_places: [Option<u32>; KEYS],
    keys: Vec<u8>,
    value_places: HashMap<Value<'f>, u32>,
    /// The last value of each key: neighbours mostly share theirs, and comparing costs less than looking up.
    last_values: [Option<(Value<'f>, u32)>; KEYS],
    values: Vec<u8>,
    tags: Vec<u32>,
    body: Vec<u8>,
}

/// The commands of a geometry (section 4.3).
#[derive(Debug, Default)]
pub(super) struct Commands {
    words: Vec<u32>,
    at: [i32; 2],
}

impl<'f> LayerWriter<'f> {
    pub(super) fn new(name: &'f str) -> Self {
        Self {
            name,
            features: Vec::new(),
            key_places: [None; KEYS],
            keys: Vec::new(),
            value_places: HashMap::new(),
            last_values: [const { None }; KEYS],
            values: Vec::new(),
            tags: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Gives the next feature an attribute.
    pub(super) fn tag(&mut self, key: Key, value: Value<'f>) {
        let known = self.key_places.iter().flatten().count();
        let place = match self.key_places.get_mut(key as usize) {
            Some(Some(place)) => *place,
            Some(unused) => {
                let place = small(known);
                *unused = Some(place);
                write_bytes(3, key.name().as_bytes(), &mut self.keys);
                place
            }
            None => return,
        };
        let value = self.value(key, value);
        self.tags.extend([place, value]);
    }

    /// Place of a value in the table of the layer.
    fn value(&mut self, key: Key, value: Value<'f>) -> u32 {
        let last = self.last_values.get_mut(key as usize);
        if let Some(Some((known, place))) = &last
            && *known == value
        {
            return *place;
        }
        let next = small(self.value_places.len());
        let place = match self.value_places.entry(value.clone()) {
            std::collections::hash_map::Entry::Occupied(known) => *known.get(),
            std::collections::hash_map::Entry::Vacant(vacant) => {
                write_value(vacant.key(), &mut self.values);
                *vacant.insert(next)
            }
        };
        if let Some(last) = last {
            *last = Some((value, place));
        }
        place
    }

    /// Writes a feature with the attributes given since the one before.
    pub(super) fn feature(&mut self, id: u64, kind: Kind, geometry: &Commands) {
        self.body.clear();
        write_varint(1 << 3, &mut self.body);
        write_varint(id, &mut self.body);
        write_packed(2, &self.tags, &mut self.body);
        write_varint(3 << 3, &mut self.body);
        write_varint(kind as u64, &mut self.body);
        write_packed(4, &geometry.words, &mut self.body);
        write_bytes(2, &self.body, &mut self.features);
    }

    /// The next feature begins without attributes.
    pub(super) fn clear_tags(&mut self) {
        self.tags.clear();
    }

    /// Appends the layer to a tile, unless it has no features.
    pub(super) fn finish(self, tile: &mut Vec<u8>) {
        if self.features.is_empty() {
            return;
        }
        let mut head = Vec::new();
        write_varint(15 << 3, &mut head);
        write_varint(VERSION, &mut head);
        write_bytes(1, self.name.as_bytes(), &mut head);
        let mut extent = Vec::new();
        write_varint(5 << 3, &mut extent);
        write_varint(EXTENT.into(), &mut extent);
        let parts = [&head, &self.features, &self.keys, &self.values, &extent];
        write_varint((3 << 3) | 2, tile);
        write_varint(parts.iter().map(|part| part.len() as u64).sum(), tile);
        for part in parts {
            tile.extend_from_slice(part);
        }
    }
}

impl Commands {
    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.at = [0, 0];
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Where the commands are now, to come back to.
    pub(super) fn mark(&self) -> (usize, [i32; 2]) {
        (self.words.len(), self.at)
    }

    /// Forgets what was written since.
    pub(super) fn back_to(&mut self, (words, at): (usize, [i32; 2])) {
        self.words.truncate(words);
        self.at = at;
    }

    /// Points, as one geometry.
    pub(super) fn points(&mut self, points: &[[i32; 2]]) {
        if !points.is_empty() {
            self.command(1, points.len());
            for &point in points {
                self.step_to(point);
            }
        }
    }

    /// A line of at least two positions.
    pub(super) fn line(&mut self, positions: &[[i32; 2]]) {
        if let Some((&first, rest)) = positions.split_first() {
            self.command(1, 1);
            self.step_to(first);
            self.command(2, rest.len());
            for &position in rest {
                self.step_to(position);
            }
        }
    }

    /// A ring of at least three positions, without the closing one.
    pub(super) fn ring(&mut self, positions: &[[i32; 2]]) {
        self.line(positions);
        self.command(7, 1);
    }

    fn command(&mut self, id: u32, count: usize) {
        self.words.push((small(count) << 3) | id);
    }

    fn step_to(&mut self, to: [i32; 2]) {
        for (from, to) in self.at.into_iter().zip(to) {
            self.words.push(zigzag(to.wrapping_sub(from)));
        }
        self.at = to;
    }
}

/// Counts of a tile are far below 2^29.
fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn zigzag(number: i32) -> u32 {
    (number.cast_unsigned() << 1) ^ (number >> 31).cast_unsigned()
}

fn write_value(value: &Value<'_>, out: &mut Vec<u8>) {
    let mut body = Vec::new();
    match value {
        Value::Text(text) => write_bytes(1, text.as_bytes(), &mut body),
        Value::Number(number) => {
            write_varint(5 << 3, &mut body);
            write_varint((*number).into(), &mut body);
        }
        Value::True => {
            write_varint(7 << 3, &mut body);
            write_varint(1, &mut body);
        }
    }
    write_bytes(4, &body, out);
}

fn write_bytes(field: u64, bytes: &[u8], out: &mut Vec<u8>) {
    write_varint((field << 3) | 2, out);
    write_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn write_packed(field: u64, words: &[u32], out: &mut Vec<u8>) {
    if words.is_empty() {
        return;
    }
    write_varint((field << 3) | 2, out);
    write_varint(words.iter().map(|&word| varint_len(word)).sum(), out);
    for &word in words {
        write_varint(word.into(), out);
    }
}

fn varint_len(word: u32) -> u64 {
    u64::from((word | 1).ilog2() / 7 + 1)
}

/// Appends a number in groups of seven bits, the lowest first.
#[expect(clippy::cast_possible_truncation, reason = "the lowest bits are meant")]
pub(super) fn write_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn commands_are_those_of_the_examples_in_the_specification() {
        let mut commands = Commands::default();
        commands.points(&[[5, 7], [3, 2]]);
        assert_eq!(commands.words, [17, 10, 14, 3, 9]);
        commands.clear();
        commands.line(&[[2, 2], [2, 10], [10, 10]]);
        commands.line(&[[1, 1], [3, 5]]);
        assert_eq!(commands.words, [9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8]);
        commands.clear();
        commands.ring(&[[3, 6], [8, 12], [20, 34]]);
        assert_eq!(commands.words, [9, 6, 12, 18, 10, 12, 24, 44, 15]);
    }

    proptest! {
        #[test]
        fn the_length_of_a_number_is_known_before_it_is_written(word: u32) {
            let mut written = Vec::new();
            write_varint(word.into(), &mut written);
            prop_assert_eq!(varint_len(word), written.len() as u64);
        }

        #[test]
        fn values_are_numbered_in_the_order_in_which_they_first_occur(
            given in prop::collection::vec((0_usize..4, 0_u32..5), 0..60),
        ) {
            const SOME_KEYS: [Key; 4] = [Key::Name, Key::Layer, Key::Count, Key::Demo];
            let value = |number: u32| match number {
                0 => Value::True,
                1 => Value::Number(7),
                other => Value::Text(Cow::Owned(other.to_string())),
            };
            let mut writer = LayerWriter::new("park");
            let (mut keys, mut values) = (Vec::new(), Vec::new());
            let mut expected: Vec<u32> = Vec::new();
            for (key, number) in given {
                writer.tag(SOME_KEYS[key], value(number));
                for (list, one) in [(&mut keys, key), (&mut values, number as usize)] {
                    let place = list.iter().position(|known| *known == one).unwrap_or_else(|| {
                        list.push(one);
                        list.len() - 1
                    });
                    expected.push(small(place));
                }
            }
            prop_assert_eq!(writer.tags, expected);
            let mut written = Vec::new();
            for number in values {
                write_value(&value(small(number)), &mut written);
            }
            prop_assert_eq!(writer.values, written);
        }
    }
}
