//! KML 2.2 (OGC 07-147r2): a folder for each layer, a placemark for each place, every property as
//! `ExtendedData`. A place without a position is a placemark without geometry, as the schema allows.

use geo::{Coord, Geometry, LineString, Polygon};

use super::properties::each_property;
use super::wkt::DECIMALS;
use super::{ExportError, ExportLayer, xml};
use crate::geometry::write_number;
use crate::snapshot::Feature;

const HEAD: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>";

pub(super) fn write(layers: &[ExportLayer<'_>], out: &mut Vec<u8>) -> Result<(), ExportError> {
    out.extend_from_slice(HEAD.as_bytes());
    let titles: Vec<&str> = layers.iter().map(|layer| layer.title).collect();
    xml::element("name", &titles.join("、"), out);
    for layer in layers {
        out.extend_from_slice(b"\n<Folder>");
        xml::element("name", layer.title, out);
        xml::element("description", layer.description, out);
        for feature in &layer.features {
            placemark(feature, out)?;
        }
        out.extend_from_slice(b"\n</Folder>");
    }
    out.extend_from_slice(b"\n</Document>\n</kml>\n");
    Ok(())
}

/// GIS programs take the name and the description of a place for columns of these names, in any case.
const RESERVED: [&str; 2] = ["name", "description"];

/// Elements in the order that the schema asks: name, address, phone number, extended data, geometry.
fn placemark(feature: &Feature, out: &mut Vec<u8>) -> Result<(), ExportError> {
    let (mut address, mut phone, mut data) = (String::new(), String::new(), Vec::new());
    each_property(feature, |name, value| {
        let Some(words) = value.as_words() else { return };
        match &*name {
            "name" => return,
            "address" => address = words.clone().into_owned(),
            "phone" => phone = words.clone().into_owned(),
            _ => {}
        }
        data.extend_from_slice(b"<Data name=\"");
        xml::escape(&name, &mut data);
        if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
            data.push(b'_');
        }
        data.extend_from_slice(b"\"><value>");
        xml::escape(&words, &mut data);
        data.extend_from_slice(b"</value></Data>");
    })?;
    // An XML id may not begin with a digit.
    out.extend_from_slice(format!("\n<Placemark id=\"place.{}\">", feature.id()).as_bytes());
    xml::element("name", feature.name(), out);
    xml::element("address", &address, out);
    xml::element("phoneNumber", &phone, out);
    xml::open("ExtendedData", out);
    out.extend_from_slice(format!("<Data name=\"id\"><value>{}</value></Data>", feature.id()).as_bytes());
    out.extend_from_slice(&data);
    xml::close("ExtendedData", out);
    if let Some(shape) = feature.geometry() {
        geometry(shape, out);
    }
    xml::close("Placemark", out);
    Ok(())
}

fn geometry(shape: &Geometry<f64>, out: &mut Vec<u8>) {
    match shape {
        Geometry::Point(point) => with_coordinates("Point", &[point.0], out),
        Geometry::Line(line) => with_coordinates("LineString", &[line.start, line.end], out),
        Geometry::LineString(line) => with_coordinates("LineString", &line.0, out),
        Geometry::Polygon(shape) => polygon(shape, out),
        Geometry::Rect(rect) => polygon(&rect.to_polygon(), out),
        Geometry::Triangle(shape) => polygon(&shape.to_polygon(), out),
        Geometry::MultiPoint(points) => {
            several(&points.0, out, |point, out| with_coordinates("Point", &[point.0], out));
        }
        Geometry::MultiLineString(lines) => {
            several(&lines.0, out, |line, out| with_coordinates("LineString", &line.0, out));
        }
        Geometry::MultiPolygon(shapes) => several(&shapes.0, out, polygon),
        Geometry::GeometryCollection(parts) => several(&parts.0, out, geometry),
    }
}

fn several<T>(parts: &[T], out: &mut Vec<u8>, mut write: impl FnMut(&T, &mut Vec<u8>)) {
    xml::open("MultiGeometry", out);
    for part in parts {
        write(part, out);
    }
    xml::close("MultiGeometry", out);
}

fn polygon(shape: &Polygon<f64>, out: &mut Vec<u8>) {
    let ring = |name: &str, ring: &LineString<f64>, out: &mut Vec<u8>| {
        xml::open(name, out);
        with_coordinates("LinearRing", &ring.0, out);
        xml::close(name, out);
    };
    xml::open("Polygon", out);
    ring("outerBoundaryIs", shape.exterior(), out);
    for hole in shape.interiors() {
        ring("innerBoundaryIs", hole, out);
    }
    xml::close("Polygon", out);
}

fn with_coordinates(name: &str, positions: &[Coord<f64>], out: &mut Vec<u8>) {
    xml::open(name, out);
    xml::open("coordinates", out);
    for (index, at) in positions.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        write_number(at.x, DECIMALS, out);
        out.push(b',');
        write_number(at.y, DECIMALS, out);
    }
    xml::close("coordinates", out);
    xml::close(name, out);
}
