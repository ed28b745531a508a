use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::geojson::{Geometry, PlaceFeature};
use crate::map::walking::WalkMethod;
use crate::opening::Opening;

/// The layers of the map in display order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapLayerList {
    pub(super) items: Vec<MapLayer>,
    /// Always `null`: all layers come at once.
    pub(super) next: Option<String>,
    /// Revision of the map; where `changes` goes on from.
    pub(super) revision: u64,
}

/// One layer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapLayer {
    /// Stable id, for `layers=`.
    #[schema(example = "health_hut")]
    pub(super) id: String,
    /// Chinese title.
    #[schema(example = "健康小屋")]
    pub(super) title: String,
    /// English title.
    pub(super) title_en: String,
    /// One plain sentence.
    pub(super) description: String,
    /// Name of the icon.
    pub(super) icon: String,
    /// First zoom at which a view shows the layer.
    pub(super) min_zoom: u8,
    /// Last zoom at which a view shows the layer.
    pub(super) max_zoom: u8,
    /// Which of `point`, `line`, `polygon` its places have.
    pub(super) geometry_kinds: Vec<String>,
    /// How many places it has.
    pub(super) count: usize,
    /// West, south, east, north in degrees; `null` where no place has a position.
    #[schema(min_items = 4, max_items = 4)]
    pub(super) extent: Option<Vec<f64>>,
}

/// Longitude and latitude in degrees, in the datum that the header `Kangtu-Datum` names.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = MapPosition)]
pub(super) struct Position {
    #[schema(minimum = -180, maximum = 180)]
    pub(super) lon: f64,
    #[schema(minimum = -90, maximum = 90)]
    pub(super) lat: f64,
}

/// Everything about one place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Place {
    /// Number of the place.
    #[schema(maximum = 999_999_999)]
    pub(super) id: u32,
    /// Id of its layer.
    pub(super) layer: String,
    /// Chinese title of its layer.
    pub(super) layer_title: String,
    /// What people call it.
    pub(super) name: String,
    /// Name of the icon.
    pub(super) icon: String,
    /// Region it belongs to.
    pub(super) region: PlaceRegion,
    /// Address in words.
    pub(super) address: Option<String>,
    /// Telephone numbers as they are written in the record.
    pub(super) phone: Option<String>,
    /// The same numbers one by one, ready to be dialled.
    pub(super) phones: Vec<String>,
    /// Opening hours in the syntax of OpenStreetMap.
    pub(super) opening_hours: Option<String>,
    /// Whether it is open now.
    pub(super) opening: Opening,
    /// What it offers, in words.
    pub(super) facilities: Vec<String>,
    /// Ways in.
    pub(super) entrances: Vec<PlaceEntrance>,
    /// Its shape; `null` while the position is unknown.
    #[schema(value_type = Option<Geometry>)]
    pub(super) geometry: Option<Box<RawValue>>,
    /// Where its marker stands: on the line, inside the area; `null` while the position is unknown.
    pub(super) center: Option<Position>,
    /// What takes place there, the next first; at most ten.
    pub(super) upcoming_activities: Vec<PlaceActivity>,
    /// What it looks like, in display order.
    pub(super) photos: Vec<Photo>,
    /// Whether this is demonstration data and not a real place.
    pub(super) demo: bool,
    /// What people should know before they go, in Chinese.
    pub(super) notice: Option<String>,
    /// Where the record comes from.
    pub(super) source: Option<String>,
    /// Under which terms it was taken.
    pub(super) source_licence: Option<String>,
    /// When the record last changed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) updated_at: Option<String>,
    /// Grows by one with every change.
    pub(super) version: u32,
    /// The walk there, where `from_lon` and `from_lat` say where somebody stands.
    #[serde(flatten)]
    pub(super) walk: Walk,
    /// Whatever else is known.
    pub(super) properties: Map<String, Value>,
}

/// A photo of a place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacePhoto)]
pub(super) struct Photo {
    /// Number of the picture.
    pub(super) media_id: Uuid,
    /// Its file on this server.
    #[schema(example = "/media/0193a1b2-0000-7000-8000-000000000001/original")]
    pub(super) url: String,
    /// What it shows of the place; may be empty.
    pub(super) caption: String,
    /// Who took it; may be empty.
    pub(super) credit: String,
    /// What it shows, for those who do not see it.
    pub(super) alt: Option<String>,
    /// In pixels.
    pub(super) width: Option<i32>,
    /// In pixels.
    pub(super) height: Option<i32>,
    /// The same in other sizes, the smallest first.
    pub(super) sizes: Vec<PhotoSize>,
}

/// A photo in another size.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacePhotoSize)]
pub(super) struct PhotoSize {
    /// `320`, `750`, `1125` (widths in pixels) or `cover` (5:4).
    pub(super) name: String,
    /// On this server.
    pub(super) url: String,
    /// In pixels.
    pub(super) width: i32,
    /// In pixels.
    pub(super) height: i32,
}

/// An activity at a place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaceActivity {
    /// Number of the activity.
    pub(super) id: i32,
    pub(super) title: String,
    pub(super) starts_at: DateTime<FixedOffset>,
    pub(super) ends_at: DateTime<FixedOffset>,
}

/// The region of a place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaceRegion {
    /// Statistical code of 12 digits.
    #[schema(example = "440307009001")]
    pub(super) code: String,
    /// Full name.
    pub(super) name: Option<String>,
}

/// A way into a place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlaceEntrance {
    /// Name on the sign, if it has one.
    pub(super) name: Option<String>,
    /// `main`, `side`, `accessible` or `trailhead`.
    pub(super) kind: String,
    #[serde(flatten)]
    pub(super) at: Position,
}

/// Places near a position, nearest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NearbyPlaceList {
    pub(super) items: Vec<NearbyPlace>,
    /// Always `null`: ask again with a larger `limit` or `radius_m`.
    pub(super) next: Option<String>,
}

/// A place near a position.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NearbyPlace {
    /// Number of the place.
    #[schema(maximum = 999_999_999)]
    pub(super) id: u32,
    /// Id of its layer.
    pub(super) layer: String,
    /// What people call it.
    pub(super) name: String,
    /// Name of the icon.
    pub(super) icon: String,
    /// Straight distance in metres to the place itself, not to its middle; 0 inside an area.
    #[schema(maximum = 50_000)]
    pub(super) distance_m: u32,
    /// The nearest position of the place; for somebody inside an area, where its marker stands.
    #[serde(flatten)]
    pub(super) at: Position,
    /// Whether it is open now.
    pub(super) opening: Opening,
    /// Whether this is demonstration data and not a real place.
    pub(super) demo: bool,
    /// The walk there, where a walking network is loaded or one was asked for.
    #[serde(flatten)]
    pub(super) walk: Walk,
}

/// A walk to a place; without members where none was looked for.
#[derive(Debug, Default, Serialize, ToSchema)]
#[expect(clippy::option_option, reason = "not looked for and not there are different answers")]
pub(super) struct Walk {
    /// Metres along the way; `null` where there is no way of at most 6 km.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>, maximum = 10_000)]
    pub(super) walk_m: Option<Option<u32>>,
    /// Minutes of walking, begun ones whole; `null` where there is no way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    pub(super) walk_minutes: Option<Option<u32>>,
    /// How it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) walk_method: Option<WalkMethod>,
    /// The way as a line, where it was asked for and is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Geometry>)]
    pub(super) path: Option<Box<RawValue>>,
}

/// What changed, oldest first, each place once with its last state.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapChangeList {
    /// Where to go on: all changes up to this revision are in this answer and those before it.
    revision: u64,
    items: Vec<MapChange>,
    /// For `cursor=` of the next page; `null` on the last one.
    next: Option<String>,
}

/// A place that is new or different, or one that is gone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "its bytes are written by hand, see `changes`")]
pub(super) enum MapChange {
    Upsert(MapUpsert),
    Tombstone(MapTombstone),
}

/// A place as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapUpsert {
    id: u32,
    /// Revision of its last change.
    revision: u64,
    feature: PlaceFeature,
}

/// A place that is no longer on the map.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MapTombstone {
    id: u32,
    /// Revision in which it went.
    revision: u64,
    /// Always `true`.
    deleted: bool,
}
