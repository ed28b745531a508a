//! GPX 1.0 and 1.1: waypoints, routes and tracks to rows.
//!
//! A waypoint is a place at a point; a route or a track is a line, or several where it has several
//! segments. Heights, times and what watches measure are left out. Segments of a single point are no
//! line and are left out too; a track of nothing else is a fault of its row.

use geo::{Coord, Geometry, LineString, MultiLineString, Point};
use serde_json::Value;

use super::error::ImportError;
use super::record::Record;
use super::row::{RowFault, SourceRow, echoed};
use super::xml::{XmlElement, XmlEvent, XmlReader};
use super::{MOST_POSITIONS, MOST_ROWS, ReadOptions};

/// Elements that describe a place, and the property that takes their text.
const DESCRIPTIONS: [(&str, &str); 5] =
    [("name", "name"), ("desc", "description"), ("cmt", "comment"), ("type", "type"), ("src", "source_note")];

pub(super) fn read(text: &str, options: &ReadOptions) -> Result<Vec<SourceRow>, ImportError> {
    let mut reader = XmlReader::of(text);
    let root = reader.root()?;
    if root.as_ref().map(XmlElement::name) != Some("gpx") {
        let found = root.map(|element| echoed(element.name())).unwrap_or_default();
        return Err(ImportError::NotThisXml { expected: "GPX", found });
    }
    let mut rows = Vec::new();
    while let Some(event) = reader.next()? {
        let XmlEvent::Open(element) = event else { continue };
        if !matches!(element.name(), "wpt" | "rte" | "trk") {
            reader.skip()?;
            continue;
        }
        if rows.len() == MOST_ROWS {
            return Err(ImportError::TooManyRows);
        }
        let number = u32::try_from(rows.len() + 1).unwrap_or(u32::MAX);
        rows.push(place(number, &element, &mut reader)?.into_row(options));
    }
    if rows.is_empty() { Err(ImportError::Empty) } else { Ok(rows) }
}

/// Reads one waypoint, route or track up to its end.
fn place(number: u32, element: &XmlElement<'_>, reader: &mut XmlReader<'_>) -> Result<Record, ImportError> {
    let mut record = Record { number, ..Record::default() };
    let is_waypoint = element.name() == "wpt";
    let mut shape = Shape::default();
    if is_waypoint {
        shape.add(element, &mut record);
    }
    let mut depth = 1;
    while depth > 0 {
        let Some(event) = reader.next()? else { break };
        match event {
            XmlEvent::Close => depth -= 1,
            XmlEvent::Text(_) => {}
            XmlEvent::Open(element) => match element.name() {
                "trkseg" => {
                    shape.lines.push(Vec::new());
                    depth += 1;
                }
                "trkpt" | "rtept" => {
                    shape.add(&element, &mut record);
                    reader.skip()?;
                }
                name => match DESCRIPTIONS.iter().find(|(known, _)| *known == name && depth == 1) {
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
    shape.finish(is_waypoint, &mut record);
    Ok(record)
}

#[derive(Default)]
struct Shape {
    lines: Vec<Vec<Coord<f64>>>,
    count: usize,
}

impl Shape {
    /// Adds the position of an element. Beyond the bound positions are only counted.
    fn add(&mut self, element: &XmlElement<'_>, record: &mut Record) {
        self.count += 1;
        if self.count > MOST_POSITIONS {
            return;
        }
        let number = |name| element.attribute(name)?.trim().parse::<f64>().ok();
        let Some((x, y)) = number("lon").zip(number("lat")) else {
            if record.faults.is_empty() {
                record.faults.push(RowFault::Malformed("有一个点没有 lat 和 lon，或不是数字"));
            }
            return;
        };
        if self.lines.is_empty() {
            self.lines.push(Vec::new());
        }
        if let Some(line) = self.lines.last_mut() {
            line.push(Coord { x, y });
        }
    }

    fn finish(self, is_waypoint: bool, record: &mut Record) {
        if self.count > MOST_POSITIONS {
            record.faults.push(RowFault::TooManyPositions { found: self.count });
            return;
        }
        if is_waypoint {
            let at = self.lines.into_iter().flatten().next();
            record.geometry = at.map(|at| Geometry::Point(Point(at)));
            return;
        }
        let mut lines: Vec<LineString<f64>> =
            self.lines.into_iter().filter(|line| line.len() > 1).map(LineString).collect();
        record.geometry = match lines.len() {
            0 => {
                record.faults.push(RowFault::Malformed("轨迹至少要有两个点"));
                None
            }
            1 => lines.pop().map(Geometry::LineString),
            _ => Some(Geometry::MultiLineString(MultiLineString(lines))),
        };
    }
}
