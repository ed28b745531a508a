//! The JSON bodies of OGC API Features 1.0 (17-069r4, section 7, and RFC 7946).

use serde::Serialize;
use utoipa::ToSchema;

/// A link to another resource (RFC 8288).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::map) struct Link {
    /// Absolute address.
    pub(in crate::map) href: String,
    /// What the target is to this resource.
    #[schema(value_type = String, example = "self")]
    pub(in crate::map) rel: &'static str,
    /// Media type of the target.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "application/geo+json")]
    pub(in crate::map) media_type: &'static str,
    /// What people call the target.
    pub(in crate::map) title: String,
}

/// Where everything starts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct LandingPage {
    /// Name of the map.
    pub(super) title: String,
    /// What the map holds.
    pub(super) description: String,
    /// To the API definition, the conformance declaration and the layers.
    pub(super) links: Vec<Link>,
}

/// Which parts of which standards hold here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ConformanceDeclaration {
    /// Addresses of the conformance classes.
    #[serde(rename = "conformsTo")]
    #[schema(value_type = Vec<String>)]
    pub(super) conforms_to: &'static [&'static str],
}

/// All layers of the map.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct CollectionList {
    /// To this list in other representations.
    pub(super) links: Vec<Link>,
    /// The layers, in display order.
    pub(super) collections: Vec<Collection>,
    /// Coordinate reference systems that positions of every layer can be had in.
    pub(super) crs: Vec<String>,
}

/// A layer of the map.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Collection {
    /// Stable id, part of addresses.
    #[schema(example = "park")]
    pub(super) id: String,
    /// What people call the layer.
    #[schema(example = "公园")]
    pub(super) title: String,
    /// The title in English.
    #[schema(example = "Parks")]
    pub(super) title_en: String,
    /// One plain sentence.
    pub(super) description: String,
    /// To the layer and its places.
    pub(super) links: Vec<Link>,
    /// Where its places lie; absent while none has a position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) extent: Option<Extent>,
    /// Always `feature`.
    #[serde(rename = "itemType")]
    #[schema(value_type = String, example = "feature")]
    pub(super) item_type: &'static str,
    /// Coordinate reference systems that positions can be had in.
    pub(super) crs: Vec<String>,
    /// The coordinate reference system that positions are stored in.
    #[serde(rename = "storageCrs")]
    pub(super) storage_crs: String,
}

/// Where the places of a layer lie.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Extent {
    /// In space.
    pub(super) spatial: SpatialExtent,
}

/// Boxes around places.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct SpatialExtent {
    /// One box around all: west, south, east, north in degrees.
    #[schema(value_type = Vec<Vec<f64>>)]
    pub(super) bbox: [[f64; 4]; 1],
    /// Coordinate reference system of the box.
    #[schema(value_type = String)]
    pub(super) crs: &'static str,
}

/// A page of places as a `GeoJSON` feature collection (RFC 7946, section 3.3).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `features` writes from ready bytes")]
pub(super) struct OgcFeatureCollection {
    /// Always `FeatureCollection`.
    #[schema(rename = "type", pattern = "^FeatureCollection$")]
    kind: String,
    /// When the layer last changed.
    #[schema(rename = "timeStamp", format = DateTime)]
    time_stamp: String,
    /// Places that the query selects on all pages together.
    #[schema(rename = "numberMatched", minimum = 0)]
    number_matched: u64,
    /// Places on this page.
    #[schema(rename = "numberReturned", minimum = 0, maximum = 10000)]
    number_returned: u64,
    /// To this page in other representations, and to the next and previous one.
    links: Vec<Link>,
    /// The places, by ascending id.
    features: Vec<OgcListedFeature>,
}

/// A place in a list, as a `GeoJSON` feature (RFC 7946, section 3.2).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what the snapshot holds ready")]
pub(super) struct OgcListedFeature {
    /// Always `Feature`.
    #[schema(rename = "type", pattern = "^Feature$")]
    kind: String,
    /// Number of the place.
    #[schema(minimum = 0, maximum = 999_999_999)]
    id: u64,
    /// Position in WGS-84, longitude first; null while it is unknown.
    #[schema(value_type = Option<Object>)]
    geometry: (),
    /// What is known of the place.
    #[schema(value_type = Object)]
    properties: (),
}

/// A place on its own.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `features` writes from ready bytes")]
pub(super) struct OgcFeature {
    /// The place.
    #[serde(flatten)]
    feature: OgcListedFeature,
    /// To this place in other representations, and to its layer.
    links: Vec<Link>,
}

/// A change that waits for others to agree.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QueuedChange {
    /// Number of the draft, at `/api/v1/map/drafts/{id}`.
    pub(super) draft_id: i32,
    /// In plain Chinese.
    pub(super) message: String,
}
