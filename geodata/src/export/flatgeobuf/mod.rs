//! `FlatGeobuf` 3.0 (flatgeobuf.org): one layer, typed columns, an index that programs search over HTTP.
//!
//! Written by hand: the crate of that name writes through a temporary file, which has no place here.

mod flatbuffer;
mod geometry;
mod index;

use geo::{BoundingRect, Geometry};

use super::columns::{Column, ColumnKind};
use super::properties::{PropertyValue, each_property};
use super::{Columns, ExportError, ExportLayer};
use crate::snapshot::Feature;
use flatbuffer::{Buffer, Field};
use index::{Box2, NOTHING, joined};

/// Version 3.0, patch 1.
const MAGIC: [u8; 8] = *b"fgb\x03fgb\x01";
/// Name of the column with the number of the place, which the format itself does not keep.
const ID: &str = "id";

/// Types of columns (header.fbs, `ColumnType`).
const BOOL: u8 = 2;
const INT: u8 = 5;
const LONG: u8 = 7;
const DOUBLE: u8 = 10;
const STRING: u8 = 11;
const JSON: u8 = 12;

/// Appends the layer. Features are ordered along a Hilbert curve and indexed, unless one has no
/// position: indexes cannot hold such.
///
/// # Errors
/// When the properties of a feature cannot be read or have too many names.
pub fn write(layer: &ExportLayer<'_>, out: &mut Vec<u8>) -> Result<(), ExportError> {
    let columns = Columns::of(layer.features.iter().copied())?;
    let shapes = layer.shapes();
    let boxes: Vec<Box2> = shapes.iter().map(|shape| envelope(shape.as_deref())).collect();
    let all = boxes.iter().copied().fold(NOTHING, joined);
    let is_indexed = !shapes.is_empty() && shapes.iter().all(Option::is_some);
    let mut order: Vec<(u32, &Feature, Option<&Geometry<f64>>, Box2)> = layer
        .features
        .iter()
        .zip(&shapes)
        .zip(boxes)
        .map(|((feature, shape), part)| {
            let place = if is_indexed { index::place_on_curve(part, all) } else { 0 };
            (place, *feature, shape.as_deref(), part)
        })
        .collect();
    // Stable: the same layer gives the same file.
    order.sort_by_key(|(place, ..)| *place);
    let common_kind = geometry::common_kind(shapes.iter().filter_map(Option::as_deref));
    let (mut bodies, mut leaves) = (Vec::new(), Vec::with_capacity(order.len()));
    let mut row = Vec::new();
    for (_, feature, shape, part) in order {
        leaves.push((part, bodies.len() as u64));
        write_properties(feature, &columns, &mut row)?;
        write_feature(shape, &row, &mut bodies);
    }
    out.extend_from_slice(&MAGIC);
    write_header(layer, &columns, all, common_kind, is_indexed, out);
    if is_indexed {
        index::write(&leaves, out);
    }
    out.extend_from_slice(&bodies);
    Ok(())
}

fn envelope(shape: Option<&Geometry<f64>>) -> Box2 {
    shape.and_then(BoundingRect::bounding_rect).map_or(NOTHING, |rect| {
        let (min, max) = (rect.min(), rect.max());
        [min.x, min.y, max.x, max.y]
    })
}

/// The table `Header` of header.fbs.
fn write_header(
    layer: &ExportLayer<'_>,
    columns: &Columns,
    all: Box2,
    common_kind: u8,
    is_indexed: bool,
    out: &mut Vec<u8>,
) {
    let (mut buffer, root) = Buffer::begin(out);
    let node_size = if is_indexed { index::NODE_SIZE } else { 0 };
    let mut fields = vec![
        (0, Field::Reference),
        (2, Field::U8(common_kind)),
        (7, Field::Reference),
        (8, Field::U64(layer.features.len() as u64)),
        (9, Field::U16(node_size)),
        (10, Field::Reference),
        (11, Field::Reference),
        (12, Field::Reference),
    ];
    if is_indexed {
        fields.push((1, Field::Reference));
    }
    let [name, columns_at, crs, title, description, envelope] = buffer.table(root, &fields);
    buffer.string(name, layer.id);
    let slots = buffer.references(columns_at, columns.list().len() + 1);
    let id = Column { name: id_name(columns), kind: ColumnKind::Integer };
    let kinds = std::iter::once((&id, INT)).chain(columns.list().iter().map(|one| (one, type_of(one.kind))));
    for (slot, (column, kind)) in slots.into_iter().zip(kinds) {
        let [name] = buffer.table(slot, &[(0, Field::Reference), (1, Field::U8(kind))]);
        buffer.string(name, &column.name);
    }
    let [org, crs_name] = buffer.table(
        crs,
        &[(0, Field::Reference), (1, Field::I32(layer.system.epsg().into())), (2, Field::Reference)],
    );
    buffer.string(org, "EPSG");
    buffer.string(crs_name, &layer.system.name());
    buffer.string(title, layer.title);
    buffer.string(description, layer.description);
    if is_indexed {
        buffer.f64s(envelope, 4, all.into_iter());
    }
    buffer.finish();
}

/// `id`, unless places have a property of that name.
fn id_name(columns: &Columns) -> String {
    let mut name = ID.to_owned();
    while columns.list().iter().any(|column| column.name.eq_ignore_ascii_case(&name)) {
        name.insert_str(0, "place_");
    }
    name
}

fn type_of(kind: ColumnKind) -> u8 {
    match kind {
        ColumnKind::Bool => BOOL,
        ColumnKind::Integer => LONG,
        ColumnKind::Number => DOUBLE,
        ColumnKind::Text => STRING,
        ColumnKind::Json => JSON,
    }
}

/// The table `Feature` of feature.fbs.
fn write_feature(shape: Option<&Geometry<f64>>, row: &[u8], out: &mut Vec<u8>) {
    let (mut buffer, root) = Buffer::begin(out);
    if let Some(shape) = shape {
        let [geometry, properties] = buffer.table(root, &[(0, Field::Reference), (1, Field::Reference)]);
        buffer.bytes(properties, |out| out.extend_from_slice(row));
        geometry::write(shape, geometry, &mut buffer);
    } else {
        let [properties] = buffer.table(root, &[(1, Field::Reference)]);
        buffer.bytes(properties, |out| out.extend_from_slice(row));
    }
    buffer.finish();
}

/// Number of the column, then the value, for each that is known.
fn write_properties(feature: &Feature, columns: &Columns, row: &mut Vec<u8>) -> Result<(), ExportError> {
    row.clear();
    row.extend_from_slice(&0_u16.to_le_bytes());
    row.extend_from_slice(&feature.id().to_le_bytes());
    let mut expected = 0;
    each_property(feature, |name, value| {
        let Some(place) = columns.place(&name, expected) else { return };
        expected = place + 1;
        let Some(kind) = columns.list().get(place).map(|column| column.kind) else { return };
        if !matches!(value, PropertyValue::Null) {
            row.extend_from_slice(&u16::try_from(place + 1).unwrap_or(u16::MAX).to_le_bytes());
            write_value(kind, &value, row);
        }
    })
}

fn write_value(kind: ColumnKind, value: &PropertyValue<'_>, row: &mut Vec<u8>) {
    match (kind, value) {
        (ColumnKind::Bool, PropertyValue::Bool(flag)) => row.push(u8::from(*flag)),
        (ColumnKind::Integer, PropertyValue::Integer(number)) => {
            row.extend_from_slice(&number.to_le_bytes());
        }
        (ColumnKind::Number, PropertyValue::Number(number)) => row.extend_from_slice(&number.to_le_bytes()),
        #[expect(clippy::cast_precision_loss, reason = "the column also holds fractions")]
        (ColumnKind::Number, PropertyValue::Integer(number)) => {
            row.extend_from_slice(&(*number as f64).to_le_bytes());
        }
        (_, PropertyValue::Json(json)) => write_text(json, row),
        (_, other) => write_text(other.as_words().as_deref().unwrap_or_default(), row),
    }
}

fn write_text(text: &str, row: &mut Vec<u8>) {
    row.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    row.extend_from_slice(text.as_bytes());
}
