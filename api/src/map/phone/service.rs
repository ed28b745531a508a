//! Makes the answers out of the published map.

use chrono::{DateTime, Utc};
use geo::{Closest, ClosestPoint, Coord, Geometry, LineString, MapCoords, Point};
use geodata::geometry::{anchor, distance_m, write_geometry};
use geodata::network::Walker;
use geodata::snapshot::{Feature, LayerSet, Nearby, NearestQuery};
use geodata::{Bbox, Datum, Wgs84, to_datum};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::dto::{
    MapLayer, MapLayerList, NearbyPlace, NearbyPlaceList, Photo, PhotoSize, Place, PlaceActivity,
    PlaceEntrance, PlaceRegion, Position, Walk,
};
use super::phone_numbers;
use crate::error::{ApiError, ApiResult};
use crate::map::happenings::Happenings;
use crate::map::published::{LayerInfo, MapState};
use crate::map::walking::published::WalkingState;
use crate::map::walking::ways::{LONGEST_WALK_M, Way, WaysFrom, straight_cost_dm};
use crate::opening::{CivilTime, opening};

/// Decimals of a degree that phones get, about 10 cm.
const DECIMALS: u8 = 6;
const MICRO_DEGREES: f64 = 1e6;
/// Activities told with a place; the list of activities has the rest.
const MOST_UPCOMING: usize = 10;
/// Straight distances are true to a thousandth, ways are sums of rounded pieces.
const BOUND_SAFETY: f64 = 0.998;
const DEMO_NOTICE: &str = "这是示例数据，不是真实的地点，请不要按它前往。";

/// Everything about one place, and how long that is true.
#[derive(Debug)]
pub(super) struct TimedPlace {
    pub(super) place: Place,
    /// Whole seconds.
    pub(super) max_age_s: i64,
}

/// The layers in display order.
pub(super) fn layers(map: &MapState, datum: Datum) -> MapLayerList {
    let items = map.snapshot.layers().zip(&map.layers).map(|(layer, info)| MapLayer {
        id: info.id.clone(),
        title: info.title.clone(),
        title_en: info.title_en.clone(),
        description: info.description.clone(),
        icon: info.icon.clone(),
        min_zoom: info.min_zoom,
        max_zoom: info.max_zoom,
        geometry_kinds: info.geometry_kinds.clone(),
        count: layer.count(),
        extent: layer.extent().map(|extent| corners_in(extent, datum)),
    });
    MapLayerList { items: items.collect(), next: None, revision: map.snapshot.revision() }
}

/// Everything about the place with this id.
pub(super) fn place(
    map: &MapState,
    happenings: &dyn Happenings,
    id: &str,
    datum: Datum,
    now: DateTime<Utc>,
) -> ApiResult<TimedPlace> {
    let feature = id.parse().ok().and_then(|id| map.snapshot.feature(id)).ok_or_else(no_such_place)?;
    let mut record = Record::of(feature);
    let layer = layer_info(map, feature);
    let region_code = record.take_text("region_code").unwrap_or_default();
    let upcoming_activities = upcoming(happenings, feature.id(), now);
    let now = civil_time(map, &region_code, now);
    let phone = record.take_text("phone");
    let opening_hours = record.take_text("opening_hours");
    let opening = opening(opening_hours.as_deref(), now, phone.is_some());
    let demo = record.take_flag("demo");
    let place = Place {
        id: feature.id(),
        layer: feature.layer().to_string(),
        layer_title: layer.map_or_else(String::new, |layer| layer.title.clone()),
        name: feature.name().to_owned(),
        icon: layer.map_or_else(String::new, |layer| layer.icon.clone()),
        region: PlaceRegion {
            name: map.regions.get(&region_code).map(|region| region.name.clone()),
            code: region_code,
        },
        address: record.take_text("address"),
        phones: phone.as_deref().map(phone_numbers::split).unwrap_or_default(),
        phone,
        opening_hours,
        facilities: record.take_words("facilities"),
        entrances: entrances(feature, datum),
        geometry: feature.geometry().and_then(|geometry| geometry_in(geometry, datum)),
        center: feature.geometry().and_then(anchor).map(|center| position_in(center, datum)),
        upcoming_activities,
        photos: photos(map, feature.id()),
        demo,
        notice: record.take_text("notice").or_else(|| demo.then(|| DEMO_NOTICE.to_owned())),
        source: record.take_text("source"),
        source_licence: record.take_text("source_licence"),
        updated_at: record.take_text("updated_at"),
        version: feature.version(),
        walk: Walk::default(),
        properties: record.rest(),
        opening,
    };
    Ok(TimedPlace { max_age_s: now.max_age_s(place.opening.changes_at), place })
}

fn photos(map: &MapState, id: u32) -> Vec<Photo> {
    let shown = i32::try_from(id).ok().and_then(|id| map.photos.get(&id));
    let photos = shown.into_iter().flat_map(|photos| photos.iter()).map(|photo| {
        let url = |name: &str| format!("/media/{}/{name}", photo.media_id);
        let sizes = photo.sizes.iter().map(|(name, width, height)| PhotoSize {
            name: name.clone(),
            url: url(name),
            width: *width,
            height: *height,
        });
        Photo {
            media_id: photo.media_id,
            url: url("original"),
            caption: photo.caption.clone(),
            credit: photo.credit.clone(),
            alt: photo.alt.clone(),
            width: photo.width,
            height: photo.height,
            sizes: sizes.collect(),
        }
    });
    photos.collect()
}

fn upcoming(happenings: &dyn Happenings, id: u32, now: DateTime<Utc>) -> Vec<PlaceActivity> {
    let happenings = i32::try_from(id).map(|id| happenings.at_place(id, now)).unwrap_or_default();
    let upcoming = happenings.into_iter().take(MOST_UPCOMING).map(|happening| PlaceActivity {
        id: happening.activity_id,
        title: happening.title,
        starts_at: happening.starts_at,
        ends_at: happening.ends_at,
    });
    upcoming.collect()
}

/// A question for what is near, and for the walk there.
#[derive(Debug)]
pub(super) struct NearQuery {
    pub(super) from: Wgs84,
    pub(super) layers: LayerSet,
    pub(super) limit: usize,
    pub(super) radius_m: f64,
    pub(super) by_walk: bool,
    pub(super) with_path: bool,
    /// `None` where nobody asked who walks.
    pub(super) walker: Option<Walker>,
    pub(super) datum: Datum,
}

impl NearQuery {
    fn nearest(&self, limit: usize, radius_m: f64) -> NearestQuery<'_> {
        NearestQuery { from: self.from, layers: &self.layers, limit, radius_m }
    }

    /// Whether walks are told even where no network is loaded.
    fn asks_for_walks(&self) -> bool {
        self.by_walk || self.with_path || self.walker.is_some()
    }
}

/// The places near a position, with the walk to each.
pub(super) fn near(
    map: &MapState,
    walking: &WalkingState,
    query: &NearQuery,
    now: DateTime<Utc>,
) -> NearbyPlaceList {
    let walker = query.walker.unwrap_or(Walker::Adult);
    let is_off = walking.around(query.from).is_none();
    // Where all paths near are closed nothing can be walked to; what is near is told all the same.
    let is_closed = is_off && walking.is_closed_at(query.from);
    if !query.asks_for_walks() && is_off && !is_closed {
        return nearest(map, &query.nearest(query.limit, query.radius_m), query.datum, now);
    }
    if query.by_walk && !is_closed {
        return nearest_to_walk(map, walking, query, walker, now);
    }
    let found = map.snapshot.nearest(&query.nearest(query.limit, query.radius_m));
    let farthest_m = found.last().map_or(0.0, |nearby| nearby.distance_m);
    // Ways are seldom three times as long as the straight line; to the other bank of a river they are.
    let budget_dm = straight_cost_dm(3.0 * farthest_m + 500.0).min(LONGEST_WALK_M * 10);
    let mut ways = WaysFrom::search(walking, query.from, walker, budget_dm);
    if found.iter().any(|nearby| ways.cost_to(nearby.feature, nearby.distance_m).is_none()) {
        ways = WaysFrom::search(walking, query.from, walker, LONGEST_WALK_M * 10);
    }
    let items = found.iter().map(|nearby| {
        let way = ways.to(nearby.feature, nearby.distance_m, query.with_path);
        with_walk(nearby_place(map, nearby, query.from, query.datum, now), &way, query.datum)
    });
    NearbyPlaceList { items: items.collect(), next: None }
}

/// The places that are nearest to walk to. No way is shorter than the straight line, so those that are
/// farther away than the last that was found need not be looked at.
fn nearest_to_walk(
    map: &MapState,
    walking: &WalkingState,
    query: &NearQuery,
    walker: Walker,
    now: DateTime<Utc>,
) -> NearbyPlaceList {
    let ways = WaysFrom::search(walking, query.from, walker, LONGEST_WALK_M * 10);
    let mut looked_at = 2 * query.limit + 8;
    loop {
        let found =
            map.snapshot.nearest(&query.nearest(looked_at, query.radius_m.min(f64::from(LONGEST_WALK_M))));
        let is_all = found.len() < looked_at;
        let beyond_dm = found.last().map_or(0.0, |last| last.distance_m * 10.0);
        let mut walks: Vec<_> = found
            .iter()
            .filter_map(|nearby| {
                let cost_dm = ways.cost_to(nearby.feature, nearby.distance_m)?;
                Some((cost_dm, nearby.feature.id(), nearby))
            })
            .collect();
        walks.sort_by_key(|(cost_dm, id, _)| (*cost_dm, *id));
        let is_certain = walks
            .get(query.limit.saturating_sub(1))
            .is_some_and(|(cost_dm, ..)| f64::from(*cost_dm) <= beyond_dm * BOUND_SAFETY);
        if !is_all && !is_certain {
            looked_at = looked_at.saturating_mul(4);
            continue;
        }
        let items = walks.iter().take(query.limit).map(|(_, _, nearby)| {
            let way = ways.to(nearby.feature, nearby.distance_m, query.with_path);
            with_walk(nearby_place(map, nearby, query.from, query.datum, now), &way, query.datum)
        });
        return NearbyPlaceList { items: items.collect(), next: None };
    }
}

fn with_walk(place: NearbyPlace, way: &Way, datum: Datum) -> NearbyPlace {
    NearbyPlace { walk: walk(way, datum), ..place }
}

fn walk(way: &Way, datum: Datum) -> Walk {
    let path = way.line.as_ref().filter(|line| line.len() >= 2);
    Walk {
        walk_m: Some(way.walk_m),
        walk_minutes: Some(way.walk_minutes),
        walk_method: Some(way.method.into()),
        path: path.and_then(|line| geometry_in(&line_of(line), datum)),
    }
}

fn line_of(line: &[Wgs84]) -> Geometry<f64> {
    LineString(line.iter().map(|at| Coord::from(*at)).collect()).into()
}

/// The walk to one place.
pub(super) fn walk_to(
    map: &MapState,
    walking: &WalkingState,
    id: &str,
    from: Wgs84,
    walker: Walker,
    datum: Datum,
) -> Option<Walk> {
    let feature = id.parse().ok().and_then(|id| map.snapshot.feature(id))?;
    let distance_m = distance_m(from, feature.geometry()?);
    let ways = WaysFrom::search(walking, from, walker, LONGEST_WALK_M * 10);
    Some(walk(&ways.to(feature, distance_m, true), datum))
}

/// The places near a position.
pub(super) fn nearest(
    map: &MapState,
    query: &NearestQuery<'_>,
    datum: Datum,
    now: DateTime<Utc>,
) -> NearbyPlaceList {
    let found = map.snapshot.nearest(query);
    let items = found.iter().map(|nearby| nearby_place(map, nearby, query.from, datum, now));
    NearbyPlaceList { items: items.collect(), next: None }
}

fn nearby_place(
    map: &MapState,
    nearby: &Nearby<'_>,
    from: Wgs84,
    datum: Datum,
    now: DateTime<Utc>,
) -> NearbyPlace {
    let feature = nearby.feature;
    let mut record = Record::of(feature);
    let region_code = record.take_text("region_code").unwrap_or_default();
    let hours = record.take_text("opening_hours");
    let can_be_called = record.take_text("phone").is_some();
    let at = feature.geometry().and_then(|shape| where_to_go(shape, from, nearby.distance_m));
    NearbyPlace {
        id: feature.id(),
        layer: feature.layer().to_string(),
        name: feature.name().to_owned(),
        icon: layer_info(map, feature).map_or_else(String::new, |layer| layer.icon.clone()),
        distance_m: whole_metres(nearby.distance_m),
        at: position_in(at.unwrap_or(from), datum),
        opening: opening(hours.as_deref(), civil_time(map, &region_code, now), can_be_called),
        demo: record.take_flag("demo"),
        walk: Walk::default(),
    }
}

/// The public properties of a place, taken out one by one.
struct Record(Map<String, Value>);

impl Record {
    fn of(feature: &Feature) -> Self {
        Self(serde_json::from_str(feature.properties()).unwrap_or_default())
    }

    fn take_text(&mut self, name: &str) -> Option<String> {
        match self.0.remove(name) {
            Some(Value::String(text)) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    fn take_flag(&mut self, name: &str) -> bool {
        matches!(self.0.remove(name), Some(Value::Bool(true)))
    }

    fn take_words(&mut self, name: &str) -> Vec<String> {
        let Some(Value::Array(words)) = self.0.remove(name) else {
            return Vec::new();
        };
        words.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// What has no member of its own in an answer.
    fn rest(mut self) -> Map<String, Value> {
        for told_elsewhere in crate::map::edit::COLUMN_PROPERTIES {
            self.0.remove(told_elsewhere);
        }
        self.0
    }
}

fn layer_info<'m>(map: &'m MapState, feature: &Feature) -> Option<&'m LayerInfo> {
    map.layers.iter().find(|layer| *layer.id == **feature.layer())
}

fn civil_time(map: &MapState, region_code: &str, now: DateTime<Utc>) -> CivilTime {
    CivilTime::new(now, map.regions.get(region_code).map(|region| region.time_zone.as_str()))
}

fn entrances(feature: &Feature, datum: Datum) -> Vec<PlaceEntrance> {
    let told = feature.entrances().iter().map(|entrance| PlaceEntrance {
        name: entrance.name.clone(),
        kind: entrance.kind.clone(),
        at: position_in(entrance.at, datum),
    });
    told.collect()
}

fn geometry_in(geometry: &Geometry<f64>, datum: Datum) -> Option<Box<RawValue>> {
    let mut text = Vec::new();
    write_geometry(&to_datum(geometry, datum), DECIMALS, &mut text);
    RawValue::from_string(String::from_utf8(text).ok()?).ok()
}

fn position_in(position: Wgs84, datum: Datum) -> Position {
    let Coord { x, y } = datum.place(position);
    Position { lon: rounded(x), lat: rounded(y) }
}

fn rounded(degrees: f64) -> f64 {
    (degrees * MICRO_DEGREES).round() / MICRO_DEGREES
}

/// The box of the four corners in a datum. The shift hardly differs within a map, so that its edges
/// are right to within some metres.
fn corners_in(extent: Bbox, datum: Datum) -> Vec<f64> {
    let Bbox { west, south, east, north } = extent;
    let south_west = position_in(Wgs84 { lon: west, lat: south }, datum);
    let north_west = position_in(Wgs84 { lon: west, lat: north }, datum);
    let south_east = position_in(Wgs84 { lon: east, lat: south }, datum);
    let north_east = position_in(Wgs84 { lon: east, lat: north }, datum);
    vec![
        south_west.lon.min(north_west.lon),
        south_west.lat.min(south_east.lat),
        south_east.lon.max(north_east.lon),
        north_west.lat.max(north_east.lat),
    ]
}

/// The nearest position of a shape. Who stands in an area is shown its marker instead.
fn where_to_go(shape: &Geometry<f64>, from: Wgs84, distance_m: f64) -> Option<Wgs84> {
    let nearest = if distance_m > 0.0 { closest(shape, from) } else { None };
    nearest.or_else(|| anchor(shape))
}

fn closest(shape: &Geometry<f64>, from: Wgs84) -> Option<Wgs84> {
    // A degree of longitude is shorter than one of latitude; unscaled, another position would win.
    let shrink = from.lat.to_radians().cos().max(f64::EPSILON);
    let plane = shape.map_coords(|Coord { x, y }| Coord { x: x * shrink, y });
    match plane.closest_point(&Point::new(from.lon * shrink, from.lat)) {
        Closest::SinglePoint(point) | Closest::Intersection(point) => {
            Wgs84::new(point.x() / shrink, point.y()).ok()
        }
        Closest::Indeterminate => None,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn whole_metres(distance_m: f64) -> u32 {
    distance_m.round() as u32
}

fn no_such_place() -> ApiError {
    ApiError::NotFound {
        code: "feature_not_found",
        detail: "没有找到这个地点，它可能已被删除，请返回地图重新选择。".into(),
    }
}
