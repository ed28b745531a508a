//! GPX 1.1: greenways and trails as tracks that sport apps and watches follow, places as waypoints.
//!
//! GPX knows no areas: an area is the waypoint where its marker stands. A place without a position
//! cannot be in such a file and is left out.

use geo::{Coord, Geometry, LineString};

use super::properties::{PropertyValue, each_property};
use super::wkt::DECIMALS;
use super::{ExportError, ExportLayer, xml};
use crate::geometry::{anchor, write_number};
use crate::snapshot::Feature;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <gpx version=\"1.1\" creator=\"Kangtu\" xmlns=\"http://www.topografix.com/GPX/1/1\">\n";

/// Waypoints come before tracks (the sequence of `gpxType`).
pub(super) fn write(layers: &[ExportLayer<'_>], out: &mut Vec<u8>) -> Result<(), ExportError> {
    out.extend_from_slice(HEAD.as_bytes());
    let titles: Vec<&str> = layers.iter().map(|layer| layer.title).collect();
    xml::open("metadata", out);
    xml::element("name", &titles.join("、"), out);
    xml::close("metadata", out);
    out.push(b'\n');
    let mut tracks = Vec::new();
    for layer in layers {
        for feature in &layer.features {
            match feature.geometry() {
                Some(Geometry::LineString(line)) => {
                    track(feature, layer.title, std::slice::from_ref(line), &mut tracks)?;
                }
                Some(Geometry::MultiLineString(lines)) => {
                    track(feature, layer.title, &lines.0, &mut tracks)?;
                }
                Some(other) => waypoint(feature, layer.title, other, out)?,
                None => {}
            }
        }
    }
    out.extend_from_slice(&tracks);
    out.extend_from_slice(b"</gpx>\n");
    Ok(())
}

fn waypoint(
    feature: &Feature,
    layer_title: &str,
    geometry: &Geometry<f64>,
    out: &mut Vec<u8>,
) -> Result<(), ExportError> {
    let Some(at) = anchor(geometry) else { return Ok(()) };
    positioned("wpt", at.into(), out);
    out.push(b'>');
    described(feature, layer_title, out)?;
    xml::close("wpt", out);
    out.push(b'\n');
    Ok(())
}

fn track(
    feature: &Feature,
    layer_title: &str,
    lines: &[LineString<f64>],
    out: &mut Vec<u8>,
) -> Result<(), ExportError> {
    xml::open("trk", out);
    described(feature, layer_title, out)?;
    for line in lines {
        xml::open("trkseg", out);
        for at in &line.0 {
            positioned("trkpt", *at, out);
            out.extend_from_slice(b"/>");
        }
        xml::close("trkseg", out);
    }
    xml::close("trk", out);
    out.push(b'\n');
    Ok(())
}

fn positioned(name: &str, at: Coord<f64>, out: &mut Vec<u8>) {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b" lat=\"");
    write_number(at.y, DECIMALS, out);
    out.extend_from_slice(b"\" lon=\"");
    write_number(at.x, DECIMALS, out);
    out.push(b'"');
}

/// Name, what a watch shows below it, and the kind of place, in the order that the schema asks.
fn described(feature: &Feature, layer_title: &str, out: &mut Vec<u8>) -> Result<(), ExportError> {
    let mut lines = Vec::new();
    each_property(feature, |name, value| {
        if let ("address" | "phone" | "opening_hours", PropertyValue::Text(text)) = (&*name, value)
            && !text.is_empty()
        {
            lines.push(text.into_owned());
        }
    })?;
    xml::element("name", feature.name(), out);
    xml::element("desc", &lines.join("\n"), out);
    xml::element("type", layer_title, out);
    Ok(())
}
