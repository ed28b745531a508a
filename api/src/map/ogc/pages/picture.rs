//! A small picture of places, drawn as inline SVG.

use std::fmt::Write;

use geo::{Coord, Geometry, LineString, Point, Polygon};
use geodata::Bbox;
use geodata::geometry::anchor;
use geodata::snapshot::Feature;
use maud::{Markup, html};

use super::fields::Fields;
use super::frame::{Frame, WIDTH};

const SPOT_RADIUS: &str = "11";
/// Shapes smaller than this in both directions are drawn as a spot.
const SMALLEST_SHAPE: f64 = 18.0;
/// More numbers than this would cover the shapes.
const MOST_NUMBERS: usize = 40;
/// Layers that have a colour of their own in the style sheet; further ones begin again.
const LAYER_COLOURS: usize = 12;
/// Room below the shapes for the scale bar.
const FOOT: f64 = 56.0;

/// Whether shapes carry the place of their feature in the list, counted from 1.
pub(super) fn is_numbered(features: &[&Feature]) -> bool {
    (2..=MOST_NUMBERS).contains(&features.len())
}

/// The places in one picture, each linked to where `href` leads; nothing if none has a position.
pub(super) fn picture(
    features: &[&Feature],
    label: &str,
    href: impl Fn(&Feature) -> Option<String>,
) -> Option<Markup> {
    let extent = extent_of(features)?;
    let look = (|_: &Feature| None, is_numbered(features));
    Some(drawn(features, label, href, (extent, Frame::around(&extent)), look))
}

/// The same for many places, without numbers, since they stand in no list beside it. Each has the class that `colour`
/// gives it, such as [`layer_class`].
pub(super) fn overview(
    features: &[&Feature],
    label: &str,
    href: impl Fn(&Feature) -> Option<String>,
    colour: impl Fn(&Feature) -> Option<String>,
) -> Option<Markup> {
    let extent = extent_of(features)?;
    Some(drawn(features, label, href, (extent, Frame::around(&extent).coarse()), (colour, false)))
}

/// The class whose colour the layer at this place of the list has.
pub(super) fn layer_class(place: usize) -> String {
    format!("layer-{}", place % LAYER_COLOURS)
}

fn drawn(
    features: &[&Feature],
    label: &str,
    href: impl Fn(&Feature) -> Option<String>,
    (extent, frame): (Bbox, Frame),
    (colour, numbered): (impl Fn(&Feature) -> Option<String>, bool),
) -> Markup {
    let bar = frame.scale_bar();
    let height = frame.height + FOOT;
    let foot = height - 14.0;
    html! {
        figure {
            svg viewBox={ "0 0 " (WIDTH) " " (height) } role="group" aria-label=(label) {
                @for (place, feature) in features.iter().enumerate() {
                    @if let Some(geometry) = feature.geometry() {
                        a href=[href(feature)] class=[look(feature, colour(feature))] {
                            title { (feature.name()) @if is_demonstration(feature) { "（示例数据）" } }
                            (visible(&frame, geometry))
                            @if numbered { (number(&frame, geometry, place + 1)) }
                        }
                    }
                }
                line.scale x1="16" x2=(16.0 + bar.width.round()) y1=(foot) y2=(foot) {}
                text x="16" y=(foot - 10.0) { (length(bar.length_m)) }
            }
            figcaption { (caption(&extent)) }
        }
    }
}

fn extent_of(features: &[&Feature]) -> Option<Bbox> {
    let extents = features.iter().filter_map(|feature| Bbox::of(feature.geometry()?));
    extents.reduce(|extent, other| extent.union(&other))
}

/// Places that are not real ones are drawn hollow.
fn look(feature: &Feature, colour: Option<String>) -> Option<String> {
    match (colour, is_demonstration(feature)) {
        (Some(colour), true) => Some(format!("{colour} hollow")),
        (None, true) => Some("hollow".to_owned()),
        (colour, false) => colour,
    }
}

fn is_demonstration(feature: &Feature) -> bool {
    Fields::of(feature).is_demonstration()
}

/// The shape, or a spot where the shape would be a speck.
fn visible(frame: &Frame, geometry: &Geometry<f64>) -> Markup {
    let speck = Bbox::of(geometry).is_some_and(|extent| {
        let from = frame.place(Coord { x: extent.west, y: extent.north });
        let to = frame.place(Coord { x: extent.east, y: extent.south });
        to.x - from.x < SMALLEST_SHAPE && to.y - from.y < SMALLEST_SHAPE
    });
    match anchor(geometry) {
        Some(anchor) if speck => spot(frame, Point::new(anchor.lon, anchor.lat)),
        _ => shape(frame, geometry),
    }
}

fn shape(frame: &Frame, geometry: &Geometry<f64>) -> Markup {
    match geometry {
        Geometry::Point(point) => spot(frame, *point),
        Geometry::MultiPoint(points) => html! { @for point in points { (spot(frame, *point)) } },
        Geometry::LineString(line) => html! { path.line d=(path(frame, [line])) {} },
        Geometry::MultiLineString(lines) => html! { path.line d=(path(frame, lines)) {} },
        Geometry::Polygon(polygon) => area(frame, std::slice::from_ref(polygon)),
        Geometry::MultiPolygon(polygons) => area(frame, &polygons.0),
        Geometry::GeometryCollection(parts) => html! { @for part in parts { (shape(frame, part)) } },
        Geometry::Line(line) => html! { path.line d=(path(frame, [&LineString::from(*line)])) {} },
        Geometry::Rect(rect) => area(frame, &[rect.to_polygon()]),
        Geometry::Triangle(triangle) => area(frame, &[triangle.to_polygon()]),
    }
}

fn spot(frame: &Frame, point: Point<f64>) -> Markup {
    let at = frame.place(point.0);
    html! { circle.spot cx=(tenths(at.x)) cy=(tenths(at.y)) r=(SPOT_RADIUS) {} }
}

fn number(frame: &Frame, geometry: &Geometry<f64>, number: usize) -> Markup {
    let at = anchor(geometry).map(|anchor| frame.place(Coord { x: anchor.lon, y: anchor.lat }));
    html! {
        @if let Some(at) = at { text.number x=(tenths(at.x + 14.0)) y=(tenths(at.y - 6.0)) { (number) } }
    }
}

fn area(frame: &Frame, polygons: &[Polygon<f64>]) -> Markup {
    let rings =
        polygons.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    html! { path.area fill-rule="evenodd" d=(path(frame, rings)) {} }
}

fn path<'l>(frame: &Frame, lines: impl IntoIterator<Item = &'l LineString<f64>>) -> String {
    let is_same = |a: Coord<f64>, b: Coord<f64>| (a.x - b.x).abs().max((a.y - b.y).abs()) < frame.step;
    let mut path = String::new();
    for line in lines {
        let mut last: Option<Coord<f64>> = None;
        for at in line.coords().map(|position| frame.place(*position)) {
            let command = match last {
                None => 'M',
                Some(last) if is_same(last, at) => continue,
                Some(_) => 'L',
            };
            // Writing into a string cannot fail.
            let _ = write!(path, "{command}{} {}", tenths(at.x), tenths(at.y));
            last = Some(at);
        }
    }
    path
}

fn tenths(units: f64) -> f64 {
    (units * 10.0).round() / 10.0
}

fn caption(extent: &Bbox) -> String {
    let [west, south, east, north] = [extent.west, extent.south, extent.east, extent.north].map(degrees);
    if west == east && south == north {
        format!("位置：东经 {west}，北纬 {south}；上为北")
    } else {
        format!("范围：东经 {west}–{east}，北纬 {south}–{north}；上为北")
    }
}

fn degrees(degrees: f64) -> String {
    format!("{degrees:.4}°")
}

fn length(length_m: f64) -> String {
    if length_m < 1_000.0 { format!("{length_m} 米") } else { format!("{} 公里", length_m / 1_000.0) }
}
