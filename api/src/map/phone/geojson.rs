//! The shape of the `GeoJSON` (RFC 7946) that phones get. Its bytes are written by the snapshot; these
//! types say in the contract what is in them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Longitude and latitude in degrees, in the datum that the header `Kangtu-Datum` names.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MapCoordinates, min_items = 2, max_items = 2, example = json!([114.4182, 22.6371]))]
pub(in crate::map) struct Coordinates(Vec<f64>);

/// A `GeoJSON` geometry (RFC 7946, section 3.1).
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type")]
#[schema(as = MapGeometry)]
#[expect(dead_code, reason = "only its description is used")]
pub(in crate::map) enum Geometry {
    /// One position.
    Point { coordinates: Coordinates },
    /// Several positions.
    MultiPoint { coordinates: Vec<Coordinates> },
    /// A line of at least two positions.
    LineString { coordinates: Vec<Coordinates> },
    /// Several lines.
    MultiLineString { coordinates: Vec<Vec<Coordinates>> },
    /// Closed rings: the outer one, then holes.
    Polygon { coordinates: Vec<Vec<Coordinates>> },
    /// Several polygons.
    MultiPolygon { coordinates: Vec<Vec<Vec<Coordinates>>> },
    /// Geometries of several kinds.
    #[serde(rename = "GeometryCollection")]
    Collection {
        #[schema(no_recursion)]
        geometries: Vec<Geometry>,
    },
}

/// Always `FeatureCollection`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MapFeatureCollectionType)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) enum FeatureCollectionType {
    FeatureCollection,
}

/// Always `Feature`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MapFeatureType)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) enum FeatureType {
    Feature,
}

/// What a phone draws: markers, clusters, lines and areas.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapView {
    #[serde(rename = "type")]
    kind: FeatureCollectionType,
    /// Lines and areas first, then markers and clusters.
    #[schema(max_items = 200)]
    features: Vec<MapViewItem>,
}

/// One thing to draw.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapViewItem {
    #[serde(rename = "type")]
    kind: FeatureType,
    /// Number of the place; of a cluster a number from 500000000 on that stays the same while the
    /// map is moved.
    #[schema(maximum = 999_999_999)]
    id: u32,
    geometry: Geometry,
    properties: MapViewProperties,
}

/// A place or a cluster of places.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) enum MapViewProperties {
    Place(MapViewPlace),
    Cluster(MapViewCluster),
}

/// A single place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapViewPlace {
    /// Id of the layer.
    layer: String,
    /// Name of the icon.
    icon: String,
    /// What people call the place.
    name: String,
}

/// Several places close to one another.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapViewCluster {
    /// Always `true`.
    cluster: bool,
    /// How many places it stands for.
    #[schema(minimum = 2)]
    count: u32,
    /// First zoom at which it falls apart; at 20 its places may still be together.
    #[schema(maximum = 20)]
    expansion_zoom: u8,
    /// How many places of which layer.
    by_layer: BTreeMap<String, u32>,
}

/// A place as a `GeoJSON` Feature with all its public properties.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaceFeature {
    #[serde(rename = "type")]
    kind: FeatureType,
    /// Number of the place.
    #[schema(maximum = 999_999_999)]
    id: u32,
    /// `null` while the position is unknown.
    geometry: Option<Geometry>,
    /// `name`, `layer`, `region_code`, `address`, `phone`, `opening_hours`, `facilities` and what
    /// else is known.
    properties: Map<String, Value>,
}
