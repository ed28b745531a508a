//! A small picture of places, drawn as inline SVG.

use std::fmt::Write;

use geo::{Coord, Geometry, LineString, Point, Polygon};
use geodata::Bbox;
use geodata::snapshot::Feature;
use maud::{Markup, html};

use super::frame::{Frame, WIDTH};

/// Positions closer to the last one than this are not drawn.
const STEP: f64 = 0.5;
const SPOT_RADIUS: &str = "9";

/// The places in one picture, each linked to where `href` leads; nothing if none has a position.
pub(super) fn picture(
    features: &[&Feature],
    label: &str,
    href: impl Fn(&Feature) -> Option<String>,
) -> Option<Markup> {
    let extent = features
        .iter()
        .filter_map(|feature| Bbox::of(feature.geometry()?))
        .reduce(|extent, other| extent.union(&other))?;
    let frame = Frame::around(&extent);
    let bar = frame.scale_bar();
    let foot = frame.height - 16.0;
    Some(html! {
        figure {
            svg viewBox={ "0 0 " (WIDTH) " " (frame.height) } role="group" aria-label=(label) {
                @for feature in features {
                    @if let Some(geometry) = feature.geometry() {
                        a href=[href(feature)] { title { (feature.name()) } (shape(&frame, geometry)) }
                    }
                }
                line.scale x1="16" x2=(16.0 + bar.width.round()) y1=(foot) y2=(foot) {}
                text x="16" y=(foot - 8.0) { (length(bar.length_m)) }
            }
            figcaption {
                "范围：东经 " (degrees(extent.west)) "–" (degrees(extent.east))
                "，北纬 " (degrees(extent.south)) "–" (degrees(extent.north)) "；上为北"
            }
        }
    })
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

fn area(frame: &Frame, polygons: &[Polygon<f64>]) -> Markup {
    let rings =
        polygons.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    html! { path.area fill-rule="evenodd" d=(path(frame, rings)) {} }
}

fn path<'l>(frame: &Frame, lines: impl IntoIterator<Item = &'l LineString<f64>>) -> String {
    let mut path = String::new();
    for line in lines {
        let mut last: Option<Coord<f64>> = None;
        for at in line.coords().map(|position| frame.place(*position)) {
            let command = match last {
                None => 'M',
                Some(last) if (at.x - last.x).abs() < STEP && (at.y - last.y).abs() < STEP => continue,
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

fn degrees(degrees: f64) -> String {
    format!("{degrees:.4}°")
}

fn length(length_m: f64) -> String {
    if length_m < 1_000.0 { format!("{length_m} 米") } else { format!("{} 公里", length_m / 1_000.0) }
}
