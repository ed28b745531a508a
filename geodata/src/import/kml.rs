//! KML 2.2 (OGC 07-147r2) and its archives: placemarks to rows.
//!
//! Folders, styles, overlays and tours are passed over; network links are not followed. `ExtendedData`
//! becomes properties, names and addresses what they say.

use geo::{Coord, Geometry, GeometryCollection, LineString, Point, Polygon};
use geo::{MultiLineString, MultiPoint, MultiPolygon};
use serde_json::Value;

use super::error::ImportError;
use super::record::Record;
use super::row::{RowFault, SourceRow, echoed};
use super::xml::{XmlElement, XmlEvent, XmlReader};
use super::{MOST_COLUMNS, MOST_POSITIONS, MOST_ROWS, ReadOptions};
use crate::geometry::GeometryError;

/// Elements that describe a placemark, and the property that takes their text.
const DESCRIPTIONS: [(&str, &str); 4] =
    [("name", "name"), ("address", "address"), ("phoneNumber", "phone"), ("description", "description")];
/// Shapes may nest this deep, as in other formats.
const DEEPEST_COLLECTION: usize = 16;

pub(super) fn read(text: &str, options: &ReadOptions) -> Result<Vec<SourceRow>, ImportError> {
    let mut reader = XmlReader::of(text);
    let root = reader.root()?;
    if root.as_ref().map(XmlElement::name) != Some("kml") {
        let found = root.map(|element| echoed(element.name())).unwrap_or_default();
        return Err(ImportError::NotThisXml { expected: "KML", found });
    }
    let (mut rows, mut has_links) = (Vec::new(), false);
    while let Some(event) = reader.next()? {
        let XmlEvent::Open(element) = event else { continue };
        match element.name() {
            "Document" | "Folder" => {}
            "Placemark" => {
                if rows.len() == MOST_ROWS {
                    return Err(ImportError::TooManyRows);
                }
                let number = u32::try_from(rows.len() + 1).unwrap_or(u32::MAX);
                let record = placemark(number, &element, &mut reader)?;
                rows.push(record.into_row(options));
            }
            other => {
                has_links |= other == "NetworkLink";
                reader.skip()?;
            }
        }
    }
    match (rows.is_empty(), has_links) {
        (true, true) => Err(ImportError::OnlyLinks),
        (true, false) => Err(ImportError::Empty),
        (false, _) => Ok(rows),
    }
}

fn placemark(
    number: u32,
    element: &XmlElement<'_>,
    reader: &mut XmlReader<'_>,
) -> Result<Record, ImportError> {
    let mut record = Record { number, id: element.attribute("id"), ..Record::default() };
    let mut shapes = Shapes::default();
    // Depth below the placemark; `ExtendedData` and `SchemaData` are looked into.
    let mut depth = 1;
    while depth > 0 {
        let Some(event) = reader.next()? else { break };
        match event {
            XmlEvent::Close => depth -= 1,
            XmlEvent::Text(_) => {}
            XmlEvent::Open(element) => match element.name() {
                "ExtendedData" | "SchemaData" => depth += 1,
                "Data" | "SimpleData" => data(&element, reader, &mut record)?,
                name if Shapes::is_one(name) => {
                    if let Some(shape) = shapes.read(&element, reader, 0)? {
                        record.geometry = Some(shape);
                    }
                }
                name @ ("Model" | "Track" | "MultiTrack") => {
                    record.faults.push(RowFault::UnknownShape(name.to_owned()));
                    reader.skip()?;
                }
                name => match DESCRIPTIONS.iter().find(|(known, _)| *known == name) {
                    Some((_, property)) => {
                        let text = reader.text()?;
                        if !text.is_empty() {
                            record.properties.insert((*property).to_owned(), Value::String(text));
                        }
                    }
                    None => reader.skip()?,
                },
            },
        }
    }
    record.faults.extend(shapes.fault);
    if record.properties.len() > MOST_COLUMNS {
        return Err(reader.wrong(format!("一个地点的属性超过 {MOST_COLUMNS} 项")));
    }
    // Placemarks of an export carry the number of the place as data, which is the better identity.
    if record.properties.contains_key("id") {
        record.id = None;
    }
    Ok(record)
}

/// `<Data name="…"><value>…</value></Data>` or `<SimpleData name="…">…</SimpleData>`.
fn data(
    element: &XmlElement<'_>,
    reader: &mut XmlReader<'_>,
    record: &mut Record,
) -> Result<(), ImportError> {
    let name = element.attribute("name").unwrap_or_default();
    let text = if element.name() == "SimpleData" {
        reader.text()?
    } else {
        let (mut text, mut depth) = (String::new(), 1);
        while depth > 0 {
            match reader.next()? {
                Some(XmlEvent::Open(inner)) if inner.name() == "value" => text = reader.text()?,
                Some(XmlEvent::Open(_)) => reader.skip()?,
                Some(XmlEvent::Close) => depth -= 1,
                Some(XmlEvent::Text(_)) => {}
                None => break,
            }
        }
        text
    };
    if !name.is_empty() && !text.is_empty() && !record.properties.contains_key(&name) {
        record.properties.insert(name, Value::String(text));
    }
    Ok(())
}

/// The shapes of one placemark, with what is wrong with the first that is.
#[derive(Default)]
struct Shapes {
    positions: usize,
    fault: Option<RowFault>,
}

impl Shapes {
    fn is_one(name: &str) -> bool {
        matches!(name, "Point" | "LineString" | "LinearRing" | "Polygon" | "MultiGeometry")
    }

    fn wrong(&mut self, fault: RowFault) {
        self.fault.get_or_insert(fault);
    }

    /// Reads a shape up to its end. `None` where it is empty or broken.
    fn read(
        &mut self,
        element: &XmlElement<'_>,
        reader: &mut XmlReader<'_>,
        depth: usize,
    ) -> Result<Option<Geometry<f64>>, ImportError> {
        Ok(match element.name() {
            "MultiGeometry" if depth >= DEEPEST_COLLECTION => {
                self.wrong(RowFault::Geometry(GeometryError::TooDeep { at: "MultiGeometry".to_owned() }));
                reader.skip()?;
                None
            }
            "MultiGeometry" => self.several(reader, depth)?,
            "Polygon" => self.polygon(reader)?.map(Geometry::Polygon),
            "Point" => self.run(reader)?.first().map(|at| Geometry::Point(Point(*at))),
            _ => {
                let line = self.run(reader)?;
                if line.len() < 2 {
                    let found = line.len();
                    self.wrong(RowFault::Geometry(GeometryError::TooFewPositions {
                        at: "LineString".to_owned(),
                        needed: 2,
                        found,
                    }));
                    None
                } else {
                    Some(Geometry::LineString(LineString(line)))
                }
            }
        })
    }

    fn several(
        &mut self,
        reader: &mut XmlReader<'_>,
        depth: usize,
    ) -> Result<Option<Geometry<f64>>, ImportError> {
        let mut parts = Vec::new();
        loop {
            match reader.next()? {
                Some(XmlEvent::Open(inner)) if Self::is_one(inner.name()) => {
                    parts.extend(self.read(&inner, reader, depth + 1)?);
                }
                Some(XmlEvent::Open(_)) => reader.skip()?,
                Some(XmlEvent::Text(_)) => {}
                Some(XmlEvent::Close) | None => return Ok(gathered(parts)),
            }
        }
    }

    fn polygon(&mut self, reader: &mut XmlReader<'_>) -> Result<Option<Polygon<f64>>, ImportError> {
        let (mut exterior, mut holes) = (None, Vec::new());
        loop {
            match reader.next()? {
                Some(XmlEvent::Open(boundary)) => match boundary.name() {
                    "outerBoundaryIs" => exterior = self.ring(reader)?,
                    "innerBoundaryIs" => holes.extend(self.ring(reader)?),
                    _ => reader.skip()?,
                },
                Some(XmlEvent::Text(_)) => {}
                Some(XmlEvent::Close) | None => {
                    return Ok(exterior.map(|exterior| Polygon::new(exterior, holes)));
                }
            }
        }
    }

    /// The ring inside a boundary, closed if it is not.
    fn ring(&mut self, reader: &mut XmlReader<'_>) -> Result<Option<LineString<f64>>, ImportError> {
        let mut ring = None;
        loop {
            match reader.next()? {
                Some(XmlEvent::Open(inner)) if inner.name() == "LinearRing" => {
                    let mut positions = self.run(reader)?;
                    if positions.first() != positions.last() {
                        positions.extend(positions.first().copied());
                    }
                    if positions.len() < 4 {
                        let found = positions.len();
                        self.wrong(RowFault::Geometry(GeometryError::TooFewPositions {
                            at: "LinearRing".to_owned(),
                            needed: 4,
                            found,
                        }));
                    } else {
                        ring = Some(LineString(positions));
                    }
                }
                Some(XmlEvent::Open(_)) => reader.skip()?,
                Some(XmlEvent::Text(_)) => {}
                Some(XmlEvent::Close) | None => return Ok(ring),
            }
        }
    }

    /// The positions inside a shape, up to its end.
    fn run(&mut self, reader: &mut XmlReader<'_>) -> Result<Vec<Coord<f64>>, ImportError> {
        let mut positions = Vec::new();
        loop {
            match reader.next()? {
                Some(XmlEvent::Open(inner)) if inner.name() == "coordinates" => {
                    let text = reader.text()?;
                    self.coordinates(&text, &mut positions);
                }
                Some(XmlEvent::Open(_)) => reader.skip()?,
                Some(XmlEvent::Text(_)) => {}
                Some(XmlEvent::Close) | None => return Ok(positions),
            }
        }
    }

    /// `lon,lat[,height]` separated by white space.
    fn coordinates(&mut self, text: &str, positions: &mut Vec<Coord<f64>>) {
        for tuple in text.split_whitespace() {
            self.positions += 1;
            if self.positions > MOST_POSITIONS {
                self.wrong(RowFault::TooManyPositions { found: self.positions });
                return;
            }
            let mut numbers = tuple.split(',').map(str::parse::<f64>);
            match (numbers.next(), numbers.next()) {
                (Some(Ok(x)), Some(Ok(y))) => positions.push(Coord { x, y }),
                _ => return self.wrong(RowFault::Malformed("coordinates 应写成“经度,纬度”，以空格分隔")),
            }
        }
    }
}

/// Parts of one kind as the multi-part of that kind; others as a collection.
fn gathered(mut parts: Vec<Geometry<f64>>) -> Option<Geometry<f64>> {
    if parts.len() < 2 {
        return parts.pop();
    }
    let points = parts.iter().filter(|part| matches!(part, Geometry::Point(_))).count();
    let lines = parts.iter().filter(|part| matches!(part, Geometry::LineString(_))).count();
    let polygons = parts.iter().filter(|part| matches!(part, Geometry::Polygon(_))).count();
    let all = parts.len();
    let parts_in = parts.into_iter();
    Some(if points == all {
        let points = parts_in.filter_map(|part| Point::try_from(part).ok());
        Geometry::MultiPoint(MultiPoint(points.collect()))
    } else if lines == all {
        let lines = parts_in.filter_map(|part| LineString::try_from(part).ok());
        Geometry::MultiLineString(MultiLineString(lines.collect()))
    } else if polygons == all {
        let polygons = parts_in.filter_map(|part| Polygon::try_from(part).ok());
        Geometry::MultiPolygon(MultiPolygon(polygons.collect()))
    } else {
        Geometry::GeometryCollection(GeometryCollection(parts_in.collect()))
    })
}
