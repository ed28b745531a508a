//! Streets out of an `.osm.pbf` file.

use std::io::{Read, Seek, SeekFrom};

use super::streets::{Edge, Node, Streets, to_u32};
use super::tag_rules::{self, Direction, Walkable};
use crate::bbox::Bbox;
use crate::osm_pbf::{Blocks, OsmError, OsmWay, nodes, ways};

/// Nodes of walkable ways that are held in memory while a file is read; a province has about a tenth.
const MOST_REFERENCES: usize = 40_000_000;
/// Nodes of a region; the streets of a city of ten million people have about two million.
const MOST_NODES: usize = 4_000_000;
/// Units of a position per degree.
const E7: f64 = 1e7;

/// What reading a file found beside the streets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OsmNotes {
    /// Ways that can be walked.
    pub walkable_ways: usize,
    /// Ways with a `highway` that cannot.
    pub other_ways: usize,
    /// Nodes of walkable ways that are not in the file: ways end there.
    pub missing_nodes: usize,
    /// Gates and walls that nobody gets past.
    pub blocked_nodes: usize,
}

/// A walkable way: how, and where its nodes are in the list of all.
struct Way {
    walkable: Walkable,
    end: usize,
}

/// The walkable ways of a file, the nodes of all of them one after the other.
#[derive(Default)]
struct Ways {
    ways: Vec<Way>,
    references: Vec<i64>,
    notes: OsmNotes,
    is_too_large: bool,
}

/// Where a node is, once it was found.
#[derive(Clone, Copy)]
enum Place {
    Missing,
    /// Outside of what is asked for, or off the Earth.
    Elsewhere,
    Here(Node),
    Blocked(Node),
}

/// Reads the streets that can be walked, by the rules of `tag_rules`, within a box or everywhere. The
/// file is read twice, because the ways stand behind the nodes they are made of.
///
/// # Errors
/// When the file cannot be read or is damaged, with the byte where the damaged block begins.
pub fn read_osm(
    source: &mut (impl Read + Seek),
    within: Option<Bbox>,
) -> Result<(Streets, OsmNotes), OsmError> {
    let mut ways = read_ways(source)?;
    source.seek(SeekFrom::Start(0))?;
    let mut ids = ways.references.clone();
    ids.sort_unstable();
    ids.dedup();
    let places = read_places(source, &ids, within)?;
    let number = |id: i64| ids.binary_search(&id).ok();
    let count = |wanted: fn(&Place) -> bool| places.iter().filter(|place| wanted(place)).count();
    ways.notes.missing_nodes = count(|place| matches!(place, Place::Missing));
    ways.notes.blocked_nodes = count(|place| matches!(place, Place::Blocked(_)));
    let mut assembly = Assembly::new(&places);
    let mut start = 0;
    for way in &ways.ways {
        let references = ways.references.get(start..way.end).unwrap_or_default();
        assembly.way(way.walkable, references.iter().map(|id| number(*id)));
        start = way.end;
    }
    Ok((assembly.finish()?, ways.notes))
}

fn read_ways(source: &mut impl Read) -> Result<Ways, OsmError> {
    let mut blocks = Blocks::new(source);
    let mut found = Ways::default();
    while let Some(block) = blocks.next()? {
        ways(&block, |way| found.take(&way))?;
        if found.is_too_large {
            return Err(OsmError::TooLarge { what: "道路的点", most: MOST_REFERENCES });
        }
    }
    Ok(found)
}

impl Ways {
    fn take(&mut self, way: &OsmWay<'_>) {
        let Some(walkable) = tag_rules::way(&way.tags) else {
            self.notes.other_ways += usize::from(way.tags.get("highway").is_some());
            return;
        };
        self.is_too_large |= self.references.len() + way.nodes.len() > MOST_REFERENCES;
        if self.is_too_large {
            return;
        }
        self.notes.walkable_ways += 1;
        self.references.extend_from_slice(way.nodes);
        self.ways.push(Way { walkable, end: self.references.len() });
    }
}

fn read_places(source: &mut impl Read, ids: &[i64], within: Option<Bbox>) -> Result<Vec<Place>, OsmError> {
    let mut blocks = Blocks::new(source);
    let mut places = vec![Place::Missing; ids.len()];
    while let Some(block) = blocks.next()? {
        nodes(&block, |node| {
            let number = ids.binary_search(&node.id).ok();
            let Some(place) = number.and_then(|number| places.get_mut(number)) else {
                return;
            };
            *place = match stored(node.lon_e7, node.lat_e7, within) {
                None => Place::Elsewhere,
                Some(at) if !node.tags.is_empty() && tag_rules::is_blocked(&node.tags) => Place::Blocked(at),
                Some(at) => Place::Here(at),
            };
        })?;
    }
    Ok(places)
}

fn stored(lon_e7: i64, lat_e7: i64, within: Option<Bbox>) -> Option<Node> {
    let node = Node { lon_e7: i32::try_from(lon_e7).ok()?, lat_e7: i32::try_from(lat_e7).ok()? };
    let is_on_earth = f64::from(node.lon_e7).abs() <= 180.0 * E7 && f64::from(node.lat_e7).abs() <= 90.0 * E7;
    (is_on_earth && within.is_none_or(|within| within.contains(node.position()))).then_some(node)
}

/// Puts ways together.
struct Assembly<'p> {
    places: &'p [Place],
    /// Numbers of the nodes, by their place; 0 where there is none yet.
    numbers: Vec<u32>,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
}

impl<'p> Assembly<'p> {
    fn new(places: &'p [Place]) -> Self {
        Self { places, numbers: vec![0; places.len()], nodes: Vec::new(), edges: Vec::new() }
    }

    fn way(&mut self, walkable: Walkable, places: impl Iterator<Item = Option<usize>>) {
        let mut before = None;
        for place in places {
            let found = place.and_then(|place| Some((place, *self.places.get(place)?)));
            before = match found {
                Some((place, Place::Here(node))) => {
                    let number = self.number(place, node);
                    self.edge(walkable, before, number);
                    Some(number)
                }
                Some((_, Place::Blocked(node))) => {
                    // Both sides come up to the gate, each to an end of its own.
                    let this_side = self.push(node);
                    self.edge(walkable, before, this_side);
                    Some(self.push(node))
                }
                Some((_, Place::Missing | Place::Elsewhere)) | None => None,
            };
        }
    }

    fn number(&mut self, place: usize, node: Node) -> u32 {
        if let Some(number) = self.numbers.get(place).and_then(|number| number.checked_sub(1)) {
            return number;
        }
        let number = self.push(node);
        if let Some(noted) = self.numbers.get_mut(place) {
            *noted = number + 1;
        }
        number
    }

    fn push(&mut self, node: Node) -> u32 {
        self.nodes.push(node);
        to_u32(self.nodes.len() - 1)
    }

    fn edge(&mut self, walkable: Walkable, before: Option<u32>, to: u32) {
        let Some(from) = before else {
            return;
        };
        let (from, to) = if walkable.direction == Direction::Backward { (to, from) } else { (from, to) };
        let one_way = walkable.direction != Direction::Both;
        self.edges.push(Edge { from, to, steps: walkable.steps, one_way });
    }

    fn finish(self) -> Result<Streets, OsmError> {
        let streets = Streets::new(&self.nodes, self.edges);
        if streets.nodes().len() > MOST_NODES {
            return Err(OsmError::TooLarge { what: "本区划范围内道路的点", most: MOST_NODES });
        }
        Ok(streets)
    }
}
