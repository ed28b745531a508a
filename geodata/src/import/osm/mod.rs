//! Places of a layer from `.osm.pbf` (OpenStreetMap, ODbL): points, lines and areas by tag rules.
//!
//! The file is gone through three times, so that memory is needed only for what is wanted: relations that
//! bound areas, then ways that are wanted or bound a wanted area, then the positions of their nodes.

mod places;
mod rings;
mod rules;

use std::collections::{HashMap, HashSet};

use geo::{BoundingRect, Coord, Geometry, LineString, Point};
use serde_json::Value;

use super::error::ImportError;
use super::record::Record;
use super::row::{RowFault, SourceRow};
use super::{MOST_ROWS, OsmPlaces, ReadOptions};
use crate::bbox::Bbox;
use crate::osm_pbf::{Blocks, OsmError, nodes, relations, ways};
use places::{Found, Place, Positions, found};
use rules::{Rule, rule_of};

/// Positions of nodes that are kept; each takes 16 bytes, and more while they are gathered.
const MOST_NODES: usize = 10_000_000;

/// Reads the places of the layer that the options name.
pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<OsmPlaces, ImportError> {
    let layer = options.layer.as_deref().unwrap_or_default();
    let rule = rule_of(layer)
        .ok_or_else(|| ImportError::NoOsmRule { layer: layer.to_owned(), known: rules::known() })?;
    let mut wanted = Wanted {
        rule,
        places: Vec::new(),
        bounding: HashSet::new(),
        lines: HashMap::new(),
        nodes: 0,
        nameless: Nameless::default(),
    };
    wanted.relations(bytes)?;
    wanted.ways(bytes)?;
    let (positions, points) = wanted.nodes(bytes, options.within)?;
    let nameless = wanted.nameless.count(&positions, options.within);
    let rows = wanted.rows(&positions, points, options);
    match (rows.is_empty(), nameless) {
        (false, _) => Ok(OsmPlaces { rows, nameless }),
        (true, 0) => Err(ImportError::Empty),
        (true, _) => Err(ImportError::OnlyNameless(nameless)),
    }
}

/// Places without a name, each by its first node: they are only counted.
#[derive(Default)]
struct Nameless {
    nodes: Vec<i64>,
    /// First ways of relations, until their first nodes are known.
    ways: HashSet<i64>,
    /// Those that are nodes themselves.
    points: usize,
}

impl Nameless {
    fn count(&self, positions: &Positions, within: Option<Bbox>) -> usize {
        let known = self.nodes.iter().filter_map(|node| positions.get(*node));
        self.points + known.filter(|at| is_within(*at, within)).count()
    }
}

fn is_within(at: Coord<f64>, within: Option<Bbox>) -> bool {
    within.is_none_or(|within| meets(within, at, at))
}

/// A place that is a node, and where it is.
type PlacedNode = (Place, Coord<f64>);

/// What is looked for, and what was found of it so far.
struct Wanted {
    rule: &'static Rule,
    places: Vec<Place>,
    /// Ways that bound wanted areas.
    bounding: HashSet<i64>,
    /// Nodes of ways that were wanted.
    lines: HashMap<i64, Vec<i64>>,
    nodes: usize,
    nameless: Nameless,
}

impl Wanted {
    fn too_many(&self) -> Result<(), ImportError> {
        if self.places.len() > MOST_ROWS {
            return Err(ImportError::TooManyRows);
        }
        if [self.nodes, self.bounding.len(), self.nameless.nodes.len()]
            .iter()
            .any(|found| *found > MOST_NODES)
        {
            return Err(OsmError::TooLarge { what: "要导入的点", most: MOST_NODES }.into());
        }
        Ok(())
    }

    fn relations(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        if !self.rule.areas {
            return Ok(());
        }
        let mut blocks = Blocks::new(bytes);
        while let Some(block) = blocks.next()? {
            relations(&block, |relation| {
                if relation.tags.get("type") != Some("multipolygon") {
                    return;
                }
                match found(self.rule, &relation.tags) {
                    Found::Other => {}
                    Found::Nameless => self.nameless.ways.extend(relation.ways.first().map(|(way, _)| *way)),
                    Found::Named(tags) => {
                        self.bounding.extend(relation.ways.iter().map(|(way, _)| *way));
                        let ways = relation.ways.to_vec();
                        self.places.push(Place { kind: "relation", id: relation.id, tags, ways });
                    }
                }
            })?;
            self.too_many()?;
        }
        Ok(())
    }

    fn ways(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        let mut blocks = Blocks::new(bytes);
        while let Some(block) = blocks.next()? {
            ways(&block, |way| {
                let is_closed = way.nodes.len() > 3 && way.nodes.first() == way.nodes.last();
                let fits = if is_closed { self.rule.areas || self.rule.lines } else { self.rule.lines };
                let found = if fits { found(self.rule, &way.tags) } else { Found::Other };
                if matches!(found, Found::Nameless) || self.nameless.ways.contains(&way.id) {
                    self.nameless.nodes.extend(way.nodes.first());
                }
                let tags = if let Found::Named(tags) = found { Some(tags) } else { None };
                if tags.is_some() || self.bounding.contains(&way.id) {
                    self.nodes += way.nodes.len();
                    if self.nodes <= MOST_NODES {
                        self.lines.insert(way.id, way.nodes.to_vec());
                    }
                }
                if let Some(tags) = tags {
                    self.places.push(Place { kind: "way", id: way.id, tags, ways: vec![(way.id, false)] });
                }
            })?;
            self.too_many()?;
        }
        Ok(())
    }

    /// Positions of the nodes of what was found, and places that are nodes themselves.
    fn nodes(
        &mut self,
        bytes: &[u8],
        within: Option<Bbox>,
    ) -> Result<(Positions, Vec<PlacedNode>), ImportError> {
        let nameless = self.nameless.nodes.iter().copied();
        let mut positions = Positions::of(self.lines.values().flatten().copied().chain(nameless));
        let mut points = Vec::new();
        let mut blocks = Blocks::new(bytes);
        while let Some(block) = blocks.next()? {
            nodes(&block, |node| {
                let at = || Coord { x: degrees(node.lon_e7), y: degrees(node.lat_e7) };
                positions.set(node.id, node.lon_e7, node.lat_e7);
                if !self.rule.points || node.tags.is_empty() {
                    return;
                }
                match found(self.rule, &node.tags) {
                    Found::Other => {}
                    Found::Nameless => self.nameless.points += usize::from(is_within(at(), within)),
                    Found::Named(tags) => {
                        points.push((Place { kind: "node", id: node.id, tags, ways: Vec::new() }, at()));
                    }
                }
            })?;
            if points.len() + self.places.len() > MOST_ROWS {
                return Err(ImportError::TooManyRows);
            }
        }
        Ok((positions, points))
    }

    fn rows(
        &self,
        positions: &Positions,
        points: Vec<(Place, Coord<f64>)>,
        options: &ReadOptions,
    ) -> Vec<SourceRow> {
        let shaped = self.places.iter().map(|place| (place.clone(), self.shape(place, positions)));
        let points = points.into_iter().map(|(place, at)| (place, Ok(Geometry::Point(Point(at)))));
        let mut rows = Vec::new();
        for (place, shape) in points.chain(shaped) {
            let known = match &shape {
                Ok(shape) => shape.bounding_rect().map(|rect| (rect.min(), rect.max())),
                Err(_) => self.known_bounds(&place, positions),
            };
            if !options.within.is_none_or(|within| known.is_some_and(|(min, max)| meets(within, min, max))) {
                continue;
            }
            let number = u32::try_from(rows.len() + 1).unwrap_or(u32::MAX);
            let mut record = Record { number, ..Record::default() };
            record.id = Some(format!("{}/{}", place.kind, place.id));
            record.properties =
                place.tags.into_iter().map(|(key, value)| (key, Value::String(value))).collect();
            match shape {
                Ok(shape) => record.geometry = Some(shape),
                Err(fault) => record.faults.push(fault),
            }
            rows.push(record.into_row(options));
        }
        rows
    }

    fn shape(&self, place: &Place, positions: &Positions) -> Result<Geometry<f64>, RowFault> {
        const CUT: RowFault =
            RowFault::Malformed("有一部分不在文件里（裁剪时被截断），请换一份范围更大的文件");
        let line = |way: &i64| -> Option<Vec<Coord<f64>>> {
            self.lines.get(way)?.iter().map(|node| positions.get(*node)).collect()
        };
        if place.kind == "way" {
            let run = place.ways.first().and_then(|(way, _)| line(way)).ok_or(CUT)?;
            let is_closed = run.len() > 3 && run.first() == run.last();
            return if is_closed && self.rule.areas {
                Ok(Geometry::Polygon(geo::Polygon::new(LineString(run), Vec::new())))
            } else if run.len() > 1 {
                Ok(Geometry::LineString(LineString(run)))
            } else {
                Err(RowFault::Malformed("线至少要有两个点"))
            };
        }
        let mut runs = Vec::with_capacity(place.ways.len());
        for (way, is_hole) in &place.ways {
            runs.push((line(way).ok_or(CUT)?, *is_hole));
        }
        rings::area(runs).ok_or(RowFault::Malformed("边界的各段接不成环，请在 OpenStreetMap 上修正"))
    }

    /// The box around those positions of a broken shape that are known.
    fn known_bounds(&self, place: &Place, positions: &Positions) -> Option<(Coord<f64>, Coord<f64>)> {
        let ways = place.ways.iter().filter_map(|(way, _)| self.lines.get(way));
        let known: LineString<f64> = ways.flatten().filter_map(|node| positions.get(*node)).collect();
        known.bounding_rect().map(|rect| (rect.min(), rect.max()))
    }
}

fn meets(within: Bbox, min: Coord<f64>, max: Coord<f64>) -> bool {
    min.x <= within.east && max.x >= within.west && min.y <= within.north && max.y >= within.south
}

#[expect(clippy::cast_precision_loss, reason = "degrees have ten digits")]
fn degrees(e7: i64) -> f64 {
    e7 as f64 / 1e7
}

#[cfg(test)]
mod tests;
