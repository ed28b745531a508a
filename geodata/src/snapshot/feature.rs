//! A place of the map, with its bytes ready to send.

use std::ops::Range;
use std::sync::Arc;

use geo::{BoundingRect, Geometry};

use super::attributes::{AttributePlaces, Attributes};
use super::content_hash::ContentHash;
use super::drawings::Drawings;
use super::mercator::WorldPoint;
use super::micro_degrees::MicroDegrees;
use super::property_value::chosen_properties;
use super::record::{Entrance, FeatureId, FeatureRecord};
use crate::crs::{Datum, ReferenceSystem, Wgs84, to_datum};
use crate::geometry::{anchor, write_geometry};

/// Decimals of a degree that are stored and sent to GIS clients (about 1 cm).
const STORED_DECIMALS: u8 = 7;
/// Decimals of a degree that are sent to phones (about 10 cm).
pub(super) const PHONE_DECIMALS: u8 = 6;
/// Zoom class of features that never become a drawn shape.
pub(super) const NEVER_A_SHAPE: u8 = 21;
/// A shape is drawn from the zoom at which its larger side reaches 48 px on maps whose world is
/// 256 px wide at zoom 0; in units of the 2^32-wide world square.
const SHAPE_SIDE: u64 = 48 << 24;

/// A published place of the map.
pub struct Feature {
    id: FeatureId,
    version: u32,
    layer: Arc<str>,
    name: Box<str>,
    geometry: Option<Geometry<f64>>,
    placement: Option<Placement>,
    json: Box<str>,
    properties: Range<usize>,
    attributes: AttributePlaces,
    entrances: Box<[Entrance]>,
    content_hash: u64,
    drawings: Drawings,
}

/// Where a feature is, in the forms that searching and drawing need.
pub(super) struct Placement {
    /// West, south, east, north of the shape in degrees.
    pub(super) envelope: [f64; 4],
    /// Morton code of the anchor.
    pub(super) code: u64,
    /// Larger side of the envelope on the world square.
    pub(super) side: u32,
    /// First zoom at which the feature is drawn as a shape, or [`NEVER_A_SHAPE`].
    pub(super) shape_zoom: u8,
    /// The anchor in WGS-84, GCJ-02 and BD-09. The conversions cost more than all other work on a
    /// marker, so they are done once.
    markers: [MicroDegrees; 3],
}

impl Feature {
    /// Makes the feature of a record, with everything that does not depend on the rest of the map.
    ///
    /// `text` is memory to write in, so that making many features allocates only what they keep.
    pub fn new(record: FeatureRecord, text: &mut Vec<u8>) -> Arc<Self> {
        let FeatureRecord { id, layer, version, name, geometry, properties, entrances } = record;
        let placement = geometry.as_ref().and_then(Placement::of);
        let geometry = placement.as_ref().and(geometry);
        let properties: &str = if properties.is_empty() { "{}" } else { &properties };
        let (json, properties) = render(id, geometry.as_ref(), properties, text);
        let mut feature = Self {
            id,
            version,
            layer,
            name: name.into_boxed_str(),
            geometry,
            placement,
            attributes: AttributePlaces::of(json.get(properties.clone()).unwrap_or_default()),
            json,
            properties,
            entrances: entrances.into_boxed_slice(),
            content_hash: 0,
            drawings: Drawings::default(),
        };
        feature.content_hash = feature.hash_content();
        Arc::new(feature)
    }

    /// Number of the feature.
    pub fn id(&self) -> FeatureId {
        self.id
    }

    /// Layer of the feature.
    pub fn layer(&self) -> &Arc<str> {
        &self.layer
    }

    /// Version of the feature, raised by every edit.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Name shown on the map.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Shape in WGS-84 degrees; `None` while the position is unknown.
    pub fn geometry(&self) -> Option<&Geometry<f64>> {
        self.geometry.as_ref()
    }

    /// The public properties as a serialised JSON object.
    pub fn properties(&self) -> &str {
        self.json.get(self.properties.clone()).unwrap_or("{}")
    }

    /// What a style shows of the properties.
    pub(crate) fn attributes(&self) -> Attributes<'_> {
        self.attributes.read(self.properties())
    }

    /// Ways in.
    pub fn entrances(&self) -> &[Entrance] {
        &self.entrances
    }

    /// The complete `GeoJSON` Feature (RFC 7946, section 3.2) in WGS-84 with at most seven decimals,
    /// without a line end.
    pub fn json(&self) -> &[u8] {
        self.json.as_bytes()
    }

    /// Appends the `GeoJSON` Feature in another datum, with at most six decimals.
    pub fn write_json(&self, datum: Datum, out: &mut Vec<u8>) {
        let converted = self.geometry.as_ref().map(|geometry| to_datum(geometry, datum));
        write_feature(self.id, converted.as_ref(), self.properties(), PHONE_DECIMALS, out);
    }

    /// Appends the `GeoJSON` Feature in a reference system, in its order of axes, with these properties
    /// or all. A shape that the system does not reach is null.
    pub fn write_json_in(&self, system: ReferenceSystem, properties: Option<&[Arc<str>]>, out: &mut Vec<u8>) {
        let geometry = self.geometry.as_ref().and_then(|geometry| system.geometry(geometry));
        let chosen;
        let properties = match properties {
            Some(names) => {
                chosen = chosen_properties(self.properties(), names);
                &chosen
            }
            None => self.properties(),
        };
        write_feature(self.id, geometry.as_ref(), properties, system.decimals(), out);
    }

    /// The feature with these of its properties only, for a file that is asked for with no others.
    ///
    /// `text` as in [`Feature::new`].
    pub fn with_properties(&self, names: &[Arc<str>], text: &mut Vec<u8>) -> Arc<Self> {
        let record = FeatureRecord {
            id: self.id,
            layer: Arc::clone(&self.layer),
            version: self.version,
            name: self.name.to_string(),
            geometry: self.geometry.clone(),
            properties: chosen_properties(self.properties(), names).into_boxed_str(),
            entrances: self.entrances.to_vec(),
        };
        Self::new(record, text)
    }

    /// West, south, east, north of the shape in degrees.
    pub(crate) fn envelope(&self) -> Option<&[f64; 4]> {
        self.placement.as_ref().map(|placement| &placement.envelope)
    }

    pub(super) fn placement(&self) -> Option<&Placement> {
        self.placement.as_ref()
    }

    pub(super) fn content_hash(&self) -> u64 {
        self.content_hash
    }

    /// The ready items of views that show this feature as a shape.
    pub(super) fn drawings(&self) -> &Drawings {
        &self.drawings
    }

    fn hash_content(&self) -> u64 {
        let mut hash = ContentHash::new();
        hash.bytes(self.layer.as_bytes())
            .number(u64::from(self.version))
            .bytes(self.name.as_bytes())
            .bytes(self.json.as_bytes());
        for entrance in &self.entrances {
            hash.bytes(entrance.name.as_deref().unwrap_or_default().as_bytes())
                .bytes(entrance.kind.as_bytes())
                .number(entrance.at.lon.to_bits())
                .number(entrance.at.lat.to_bits());
        }
        hash.finish()
    }
}

impl std::fmt::Debug for Feature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.json)
    }
}

impl Placement {
    /// `None` for an empty shape: it has no position, like a missing one.
    fn of(geometry: &Geometry<f64>) -> Option<Self> {
        let bounds = geometry.bounding_rect()?;
        let anchor = anchor(geometry)?;
        let envelope = [bounds.min().x, bounds.min().y, bounds.max().x, bounds.max().y];
        if !envelope.iter().all(|side| side.is_finite()) {
            return None;
        }
        let side = world_side(envelope);
        let shape_zoom = match geometry {
            Geometry::Point(_) | Geometry::MultiPoint(_) => NEVER_A_SHAPE,
            _ => shape_zoom(side),
        };
        Some(Self {
            envelope,
            code: WorldPoint::of(anchor).code(),
            side,
            shape_zoom,
            markers: [Datum::Wgs84, Datum::Gcj02, Datum::Bd09]
                .map(|datum| MicroDegrees::of(datum.place(anchor))),
        })
    }

    /// Position of the marker in a datum.
    pub(super) fn marker(&self, datum: Datum) -> MicroDegrees {
        let [wgs84, gcj02, bd09] = self.markers;
        match datum {
            Datum::Wgs84 => wgs84,
            Datum::Gcj02 => gcj02,
            Datum::Bd09 => bd09,
        }
    }
}

/// Larger side of an envelope on the world square.
fn world_side([west, south, east, north]: [f64; 4]) -> u32 {
    let north_west = WorldPoint::of(Wgs84 { lon: west, lat: north });
    let south_east = WorldPoint::of(Wgs84 { lon: east, lat: south });
    let width = south_east.x.saturating_sub(north_west.x);
    let height = south_east.y.saturating_sub(north_west.y);
    width.max(height)
}

/// First zoom at which a shape with this larger side is at least 48 px large.
fn shape_zoom(side: u32) -> u8 {
    (0..NEVER_A_SHAPE).find(|&zoom| u64::from(side) << zoom >= SHAPE_SIDE).unwrap_or(NEVER_A_SHAPE)
}

/// Text of the feature, and where the properties are in it.
fn render(
    id: FeatureId,
    geometry: Option<&Geometry<f64>>,
    properties: &str,
    text: &mut Vec<u8>,
) -> (Box<str>, Range<usize>) {
    text.clear();
    write_feature(id, geometry, properties, STORED_DECIMALS, text);
    let end = text.len().saturating_sub(1);
    let start = end.saturating_sub(properties.len());
    let checked = std::str::from_utf8(text).map(Box::from);
    let json = checked.unwrap_or_else(|_| String::from_utf8_lossy(text).into());
    (json, start..end)
}

fn write_feature(
    id: FeatureId,
    geometry: Option<&Geometry<f64>>,
    properties: &str,
    decimals: u8,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(br#"{"type":"Feature","id":"#);
    super::micro_degrees::write_integer(id, out);
    out.extend_from_slice(br#","geometry":"#);
    match geometry {
        Some(geometry) => write_geometry(geometry, decimals, out),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(br#","properties":"#);
    out.extend_from_slice(properties.as_bytes());
    out.push(b'}');
}
