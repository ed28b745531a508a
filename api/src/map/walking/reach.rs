//! What can be reached on foot, and what lies there.

use anyhow::Context;
use geo::{Coord, LineString, MultiPolygon, Polygon};
use geodata::geometry::{area_m2, simplify, write_geometry};
use geodata::network::Walker;
use geodata::snapshot::{Feature, LayerSet, NearestQuery};
use geodata::{Datum, Wgs84, to_datum};
use serde_json::value::RawValue;

use super::dto::{MapReach, ReachArea, ReachLayer, ReachPlace};
use super::published::WalkingState;
use super::ways::{DETOUR, Method, WaysFrom};
use crate::error::ApiResult;
use crate::map::published::MapState;

/// An area comes for every so many minutes.
const STEP_MINUTES: u32 = 5;
/// Places of a layer that are named; the count has all.
const NAMED_PLACES: usize = 50;
/// Places within the circle that are looked at.
const MOST_PLACES: usize = 5_000;
/// Outlines for phones need not be finer, metres.
const OUTLINE_M: f64 = 4.0;
/// Decimals of a degree that phones get, about 10 cm.
const DECIMALS: u8 = 6;
/// Corners of a circle.
const CORNERS: u32 = 72;
const DM_PER_M: f64 = 10.0;
const STRAIGHT_NOTICE: &str = "这里还没有步行路网，范围按直线距离乘以 1.3 估算，实际路程可能更远。";
const TOO_FAR_NOTICE: &str =
    "这里离最近的路超过 150 米，范围按直线距离乘以 1.3 估算，实际路程可能更远。请在路边再查一次。";
const CLOSED_NOTICE: &str = "这里附近的路正在封闭，算不出步行范围。请按现场指引绕行，到开放的路边再查一次。";

/// A question.
#[derive(Debug)]
pub(super) struct ReachQuery {
    pub(super) from: Wgs84,
    pub(super) minutes: u32,
    pub(super) walker: Walker,
    pub(super) layers: LayerSet,
    pub(super) datum: Datum,
}

/// Answers a question.
pub(super) fn answer(map: &MapState, walking: &WalkingState, query: &ReachQuery) -> ApiResult<MapReach> {
    let pace = query.walker.pace();
    let ways = WaysFrom::search(walking, query.from, query.walker, pace.budget_dm(query.minutes));
    let mut areas = Vec::new();
    for minutes in bands(query.minutes) {
        let budget_dm = pace.budget_dm(minutes);
        let area = match ways.searched() {
            Some((_, reachable)) => reachable.area(budget_dm),
            None if ways.is_closed() => MultiPolygon::new(Vec::new()),
            None => circle(query.from, f64::from(budget_dm) / DM_PER_M / DETOUR),
        };
        areas.push(told(minutes, area, query.datum)?);
    }
    Ok(MapReach {
        method: ways.method().into(),
        speed: query.walker.as_str(),
        metres_per_second: f64::from(pace.speed_mm_s) / 1_000.0,
        minutes: query.minutes,
        areas,
        layers: reached(map, &ways, query),
        notice: notice(&ways, walking, query.from),
    })
}

fn notice(ways: &WaysFrom<'_>, walking: &WalkingState, from: Wgs84) -> Option<&'static str> {
    match ways.method() {
        Method::Network => ways.is_closed().then_some(CLOSED_NOTICE),
        Method::Straight if walking.is_known_at(from) => Some(TOO_FAR_NOTICE),
        Method::Straight => Some(STRAIGHT_NOTICE),
    }
}

fn bands(minutes: u32) -> impl Iterator<Item = u32> {
    (1..).map(|step| step * STEP_MINUTES).take_while(move |band| *band < minutes).chain([minutes])
}

fn told(minutes: u32, area: MultiPolygon<f64>, datum: Datum) -> ApiResult<ReachArea> {
    let area = simplify(&area.into(), OUTLINE_M);
    let mut text = Vec::new();
    write_geometry(&to_datum(&area, datum), DECIMALS, &mut text);
    let text = String::from_utf8(text).context("a geometry is no text")?;
    let geometry = RawValue::from_string(text).context("a geometry is no JSON")?;
    // The sum of nothing is a negative zero.
    Ok(ReachArea { minutes, area_m2: area_m2(&area).round() + 0.0, geometry })
}

fn reached(map: &MapState, ways: &WaysFrom<'_>, query: &ReachQuery) -> Vec<ReachLayer> {
    let pace = query.walker.pace();
    let budget_dm = pace.budget_dm(query.minutes);
    // Nothing that is farther in a straight line can be reached.
    let circle = NearestQuery {
        from: query.from,
        layers: &query.layers,
        limit: MOST_PLACES,
        radius_m: f64::from(budget_dm) / DM_PER_M,
    };
    let mut found: Vec<(u32, &Feature)> = map
        .snapshot
        .nearest(&circle)
        .iter()
        .filter_map(|nearby| {
            let cost_dm = ways.cost_to(nearby.feature, nearby.distance_m)?;
            (cost_dm <= budget_dm).then_some((cost_dm, nearby.feature))
        })
        .collect();
    found.sort_by_key(|(cost_dm, place)| (*cost_dm, place.id()));
    let layers = map.layers.iter().map(|layer| {
        let of_layer = || found.iter().filter(|(_, place)| **place.layer() == *layer.id);
        let place = |(cost_dm, place): &(u32, &Feature)| ReachPlace {
            id: place.id(),
            name: place.name().to_owned(),
            walk_minutes: pace.minutes(*cost_dm),
            demo: is_demo(place),
        };
        ReachLayer {
            layer: layer.id.clone(),
            title: layer.title.clone(),
            count: of_layer().count(),
            places: of_layer().take(NAMED_PLACES).map(place).collect(),
        }
    });
    layers.filter(|layer| layer.count > 0).collect()
}

fn is_demo(place: &Feature) -> bool {
    serde_json::from_str::<serde_json::Value>(place.properties())
        .is_ok_and(|properties| properties.get("demo").and_then(serde_json::Value::as_bool) == Some(true))
}

/// A circle around a position.
fn circle(middle: Wgs84, radius_m: f64) -> MultiPolygon<f64> {
    const M_PER_DEGREE: f64 = 111_195.0;
    let up = radius_m / M_PER_DEGREE;
    let across = up / middle.lat.to_radians().cos().max(0.01);
    let corner = |corner: u32| {
        let angle = std::f64::consts::TAU * f64::from(corner % CORNERS) / f64::from(CORNERS);
        Coord { x: middle.lon + across * angle.cos(), y: (middle.lat + up * angle.sin()).clamp(-90.0, 90.0) }
    };
    let ring = LineString((0..=CORNERS).map(corner).collect());
    MultiPolygon::new(vec![Polygon::new(ring, Vec::new())])
}
