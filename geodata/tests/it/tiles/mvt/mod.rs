//! A strict reader of Mapbox Vector Tiles 2.1, written from the specification and not from the writer.

use std::collections::BTreeMap;

/// A layer of a tile.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layer {
    pub(crate) name: String,
    pub(crate) version: u64,
    pub(crate) extent: u32,
    pub(crate) features: Vec<Feature>,
}

/// A feature of a layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Feature {
    pub(crate) id: Option<u64>,
    pub(crate) geometry: Geometry,
    /// The integers that the geometry was read from.
    pub(crate) commands: Vec<u32>,
    pub(crate) tags: BTreeMap<String, Value>,
}

/// A position on the grid of the tile.
pub(crate) type Place = [i64; 2];

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Geometry {
    Unknown,
    Points(Vec<Place>),
    Lines(Vec<Vec<Place>>),
    /// Rings without the closing position.
    Rings(Vec<Vec<Place>>),
}

/// Value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Float(f64),
    Integer(i128),
    Bool(bool),
}

type Read<T> = Result<T, String>;

/// One field of a message.
enum Field<'b> {
    Varint(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Bytes(&'b [u8]),
}

struct Message<'b>(&'b [u8]);

impl<'b> Message<'b> {
    fn varint(&mut self) -> Read<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or("the message ends within a number")?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a number is longer than ten bytes".into())
    }

    fn take(&mut self, count: usize) -> Read<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or("the message ends within a field")?;
        self.0 = rest;
        Ok(taken)
    }

    fn next(&mut self) -> Read<Option<(u64, Field<'b>)>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let field = match key & 7 {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(self.take(8)?.try_into().unwrap()),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|error| error.to_string())?;
                Field::Bytes(self.take(length)?)
            }
            5 => Field::Fixed32(self.take(4)?.try_into().unwrap()),
            other => return Err(format!("no such wire type: {other}")),
        };
        Ok(Some((key >> 3, field)))
    }
}

impl<'b> Field<'b> {
    fn number(self) -> Read<u64> {
        if let Field::Varint(number) = self { Ok(number) } else { Err("a number is of another type".into()) }
    }

    fn bytes(self) -> Read<&'b [u8]> {
        if let Field::Bytes(bytes) = self { Ok(bytes) } else { Err("bytes are of another type".into()) }
    }

    fn text(self) -> Read<String> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(|error| error.to_string())
    }

    fn words(self) -> Read<Vec<u32>> {
        let mut message = Message(self.bytes()?);
        let mut words = Vec::new();
        while !message.0.is_empty() {
            words.push(u32::try_from(message.varint()?).map_err(|error| error.to_string())?);
        }
        Ok(words)
    }
}

/// Reads a tile.
pub(crate) fn decode(tile: &[u8]) -> Read<Vec<Layer>> {
    let mut message = Message(tile);
    let mut layers: Vec<Layer> = Vec::new();
    while let Some((number, field)) = message.next()? {
        if number == 3 {
            let layer = layer(field.bytes()?)?;
            if layers.iter().any(|other| other.name == layer.name) {
                return Err(format!("two layers are called {}", layer.name));
            }
            layers.push(layer);
        }
    }
    Ok(layers)
}

fn layer(bytes: &[u8]) -> Read<Layer> {
    let mut message = Message(bytes);
    let (mut name, mut version, mut extent) = (None, None, 4096);
    let (mut raw, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
    while let Some((number, field)) = message.next()? {
        match number {
            1 => name = Some(field.text()?),
            2 => raw.push(field.bytes()?),
            3 => keys.push(field.text()?),
            4 => values.push(value(field.bytes()?)?),
            5 => extent = u32::try_from(field.number()?).map_err(|error| error.to_string())?,
            15 => version = Some(field.number()?),
            _ => {}
        }
    }
    let version = version.filter(|version| [1, 2].contains(version)).ok_or("no such version")?;
    let name = name.filter(|name| !name.is_empty()).ok_or("a layer without a name")?;
    let features = raw.into_iter().map(|bytes| feature(bytes, &keys, &values)).collect::<Read<_>>()?;
    Ok(Layer { name, version, extent, features })
}

fn value(bytes: &[u8]) -> Read<Value> {
    let mut message = Message(bytes);
    let mut value = None;
    while let Some((number, field)) = message.next()? {
        value = Some(match (number, field) {
            (1, field) => Value::Text(field.text()?),
            (2, Field::Fixed32(bytes)) => Value::Float(f32::from_le_bytes(bytes).into()),
            (3, Field::Fixed64(bytes)) => Value::Float(f64::from_le_bytes(bytes)),
            (4, Field::Varint(number)) => Value::Integer(number.cast_signed().into()),
            (5, Field::Varint(number)) => Value::Integer(number.into()),
            (6, Field::Varint(number)) => {
                Value::Integer(((number >> 1).cast_signed() ^ -(number & 1).cast_signed()).into())
            }
            (7, Field::Varint(number)) => Value::Bool(number != 0),
            _ => return Err("a value of no known type".into()),
        });
    }
    value.ok_or_else(|| "an empty value".into())
}

fn feature(bytes: &[u8], keys: &[String], values: &[Value]) -> Read<Feature> {
    let mut message = Message(bytes);
    let (mut id, mut kind, mut tags, mut commands) = (None, 0, Vec::new(), None);
    while let Some((number, field)) = message.next()? {
        match number {
            1 => id = Some(field.number()?),
            2 => tags = field.words()?,
            3 => kind = field.number()?,
            4 => {
                let earlier = commands.replace(field.words()?);
                if earlier.is_some() {
                    return Err("two geometries".into());
                }
            }
            _ => {}
        }
    }
    let commands = commands.ok_or("no geometry")?;
    let (pairs, rest) = tags.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("a key without a value".into());
    }
    let tag = |[key, value]: &[u32; 2]| {
        let key = keys.get(*key as usize).ok_or("no such key")?;
        let value = values.get(*value as usize).ok_or("no such value")?;
        Ok((key.clone(), value.clone()))
    };
    Ok(Feature {
        id,
        geometry: geometry(kind, &commands)?,
        commands,
        tags: pairs.iter().map(tag).collect::<Read<_>>()?,
    })
}

fn geometry(kind: u64, commands: &[u32]) -> Read<Geometry> {
    let paths = match kind {
        0 => return Ok(Geometry::Unknown),
        1..=3 => paths(kind, commands)?,
        _ => return Err("no such geometry type".into()),
    };
    Ok(match kind {
        1 => Geometry::Points(paths.into_iter().flatten().collect()),
        2 => Geometry::Lines(paths),
        _ => Geometry::Rings(paths),
    })
}

fn paths(kind: u64, commands: &[u32]) -> Read<Vec<Vec<Place>>> {
    let mut words = commands.iter().copied();
    let mut at: Place = [0, 0];
    let mut paths: Vec<Vec<Place>> = Vec::new();
    let mut open = false;
    while let Some(command) = words.next() {
        let (id, count) = (command & 7, command >> 3);
        match (kind, id) {
            (1, 1) if count > 0 && paths.is_empty() => {}
            (2 | 3, 1) if count == 1 && (kind == 2 || !open) => paths.push(Vec::new()),
            (2 | 3, 2) if count > 0 && paths.last().is_some_and(|path| path.len() == 1) => {}
            (3, 7) if count == 1 && open && paths.last().is_some_and(|path| path.len() > 2) => {
                open = false;
                continue;
            }
            _ => return Err(format!("command {id} with count {count} has no place here")),
        }
        if kind == 1 {
            paths.push(Vec::new());
        }
        open = true;
        for _ in 0..count {
            for coordinate in &mut at {
                let word = words.next().ok_or("the count is too large")?;
                *coordinate += i64::from((word >> 1).cast_signed() ^ -(word & 1).cast_signed());
            }
            let path = paths.last_mut().ok_or("no path")?;
            if id == 2 && path.last() == Some(&at) {
                return Err("two positions in a row are the same".into());
            }
            path.push(at);
        }
    }
    if paths.is_empty() || (kind == 3 && open) || (kind == 2 && paths.iter().any(|path| path.len() < 2)) {
        return Err("a geometry is not complete".into());
    }
    Ok(paths)
}

/// Twice the area of a ring, positive where it runs clockwise on a screen (section 4.3.4.4).
pub(crate) fn twice_the_area(ring: &[Place]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum()
}
