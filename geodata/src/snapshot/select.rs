//! Features selected by conditions, in the order of their ids or of their values.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;

use geo::{Coord, Rect};

use super::Snapshot;
use super::chunk::ChunkEntry;
use super::columns::{Column, ColumnCache, FoundKinds};
use super::feature::Feature;
use super::layer::LayerSnapshot;
use super::page::{envelopes, shape_meets};
use super::record::FeatureId;
use super::spatial_index::{Envelope, holds, meet};
use crate::cql2::{Filter, Kind, Prepared, Queryables, Rows, SpatialOperator};
use crate::crs::Region;
use crate::parallel;

/// Positions of outlines that one query may look at on a core: about a second's work.
const MOST_WORK: u64 = 300_000_000;

/// Features of a share of the work that is worth a thread.
const LEAST_SHARE: usize = 10_000;

/// Which features of a layer to select, and which of these to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct SelectQuery<'q> {
    /// Only features that meet this, boundary included. Features without a position meet everything
    /// (OGC API Features 1.0, 17-069r4, requirement `/req/core/fc-bbox-response`).
    pub region: Option<&'q Region>,
    /// Only features for which this is true.
    pub filter: Option<&'q Filter>,
    /// The order; what is equal in all of it goes by ascending id.
    pub order: &'q [SortKey],
    /// Only features with a larger id. Only where there is no `order`.
    pub after: Option<FeatureId>,
    /// Features to skip.
    pub offset: usize,
    /// Most features to list.
    pub limit: usize,
}

/// A property to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// Name of the property.
    pub name: Arc<str>,
    /// Kind of its values, as in [`Queryables`].
    pub kind: Kind,
    /// From the largest to the smallest. Features without a value come last either way.
    pub descending: bool,
}

/// What a query selects.
#[derive(Debug)]
pub struct Selected {
    /// Number of features that the query selects on all its pages together.
    pub matched: usize,
    /// The features of this page, in the order that was asked for.
    pub features: Vec<Arc<Feature>>,
    /// Whether others follow.
    pub has_more: bool,
}

/// The conditions need more work than one request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("条件的计算量太大，请缩小范围或简化条件中的几何")]
pub struct TooMuchWork;

impl Snapshot {
    /// Selects features of a layer. Lists without conditions are quicker by [`Snapshot::page`].
    ///
    /// # Errors
    /// When the conditions compare too many large shapes.
    pub fn select<'s>(
        &'s self,
        layer: &'s LayerSnapshot,
        query: &SelectQuery<'_>,
    ) -> Result<Selected, TooMuchWork> {
        let place = RegionTest::new(query.region);
        let needed: Vec<(Arc<str>, Kind)> = query.filter.map_or(&[][..], Filter::needed).to_vec();
        let order: Vec<(Arc<str>, Kind)> = query
            .order
            .iter()
            .filter(|key| !key.is_id())
            .map(|key| (Arc::clone(&key.name), key.kind))
            .collect();
        let boxes = search_boxes(place.boxes(), query.filter.and_then(Filter::envelopes));
        let scan_all = |entries: Vec<&'s ChunkEntry>| {
            let mut scan = Scan::new(query, &place);
            for entry in entries {
                let chunk = &entry.chunk;
                let is_within =
                    |boxes: &Vec<Envelope>| boxes.iter().any(|outer| holds(outer, &entry.envelope));
                let candidates = boxes
                    .as_ref()
                    .filter(|boxes| !is_within(boxes))
                    .map(|boxes| chunk.index().search_in_order(boxes));
                let members = Members {
                    features: chunk.members(),
                    ids: chunk.ids(),
                    envelopes: chunk.columns().envelopes(chunk.members()),
                };
                let columns = |needed: &[(Arc<str>, Kind)]| {
                    chunk.columns().columns(chunk.members(), needed, &self.columns)
                };
                scan.group(members, candidates, &columns(&needed), || columns(&order))?;
            }
            Ok(scan)
        };
        let is_near = |entry: &&ChunkEntry| {
            boxes.as_ref().is_none_or(|boxes| boxes.iter().any(|other| meet(other, &entry.envelope)))
        };
        let mut scan = Scan::new(query, &place);
        for share in parallel::map(dealt(layer.chunks().iter().filter(is_near).collect()), scan_all) {
            scan.join(share?);
        }
        let is_anywhere = query.filter.is_none_or(|filter| filter.envelopes().is_none());
        if is_anywhere && !layer.unplaced().is_empty() {
            let columns = |needed: &[(Arc<str>, Kind)]| {
                layer.unplaced_columns().columns(layer.unplaced(), needed, &self.columns)
            };
            let ids: Vec<FeatureId> = layer.unplaced().iter().map(|feature| feature.id()).collect();
            let members = Members { features: layer.unplaced(), ids: &ids, envelopes: &[] };
            scan.group(members, None, &columns(&needed), || columns(&order))?;
        }
        Ok(scan.into_selected())
    }
}

/// Neighbouring features with what is asked of all of them, side by side.
#[derive(Clone, Copy)]
struct Members<'s, 'c> {
    features: &'s [Arc<Feature>],
    ids: &'c [FeatureId],
    /// Empty where they have no position.
    envelopes: &'c [Envelope],
}

/// Deals the parts of a large layer out to the cores; neighbours go to different ones, since a place is asked for where
/// it lies. A small layer stays together, because a thread costs more than it saves.
fn dealt(entries: Vec<&ChunkEntry>) -> Vec<Vec<&ChunkEntry>> {
    let members: usize = entries.iter().map(|entry| entry.chunk.ids().len()).sum();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let hands = cores.min(members / LEAST_SHARE).max(1);
    let mut shares = vec![Vec::new(); hands];
    for (entry, place) in entries.into_iter().zip((0..hands).cycle()) {
        if let Some(share) = shares.get_mut(place) {
            share.push(entry);
        }
    }
    shares
}

/// The boxes to search: those in which both the region and the filter may hold.
fn search_boxes(region: Option<&[Envelope]>, filter: Option<&[Envelope]>) -> Option<Vec<Envelope>> {
    match (region, filter) {
        (None, None) => None,
        (Some(boxes), None) | (None, Some(boxes)) => Some(boxes.to_vec()),
        (Some(a), Some(b)) => Some(
            a.iter()
                .flat_map(|a| b.iter().map(move |b| (a, b)))
                .filter(|(a, b)| meet(a, b))
                .map(|(a, b)| [a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])])
                .collect(),
        ),
    }
}

/// Whether a feature meets the region.
enum RegionTest {
    Everywhere,
    Boxes { envelopes: Vec<Envelope>, rects: Vec<Rect<f64>> },
    Shape { shape: Box<Prepared>, envelope: [Envelope; 1] },
}

impl RegionTest {
    fn new(region: Option<&Region>) -> Self {
        match region {
            None => Self::Everywhere,
            Some(Region::Box(bbox)) => Self::of_boxes(envelopes(bbox)),
            Some(Region::Shape(shape)) => match Prepared::new(shape.clone()) {
                Ok(shape) => Self::Shape { envelope: [shape.envelope()], shape: Box::new(shape) },
                // The outline of a box is no fault; should it ever be, its envelope is the next best.
                Err(_) => Self::of_boxes(crate::Bbox::of(shape).iter().flat_map(envelopes).collect()),
            },
        }
    }

    fn of_boxes(envelopes: Vec<Envelope>) -> Self {
        let rect = |&[west, south, east, north]: &Envelope| {
            Rect::new(Coord { x: west, y: south }, Coord { x: east, y: north })
        };
        Self::Boxes { rects: envelopes.iter().map(rect).collect(), envelopes }
    }

    fn boxes(&self) -> Option<&[Envelope]> {
        match self {
            Self::Everywhere => None,
            Self::Boxes { envelopes, .. } => Some(envelopes),
            Self::Shape { envelope, .. } => Some(envelope),
        }
    }

    fn holds(&self, feature: &Feature, work: &Cell<u64>) -> bool {
        if matches!(self, Self::Everywhere) {
            return true;
        }
        let Some((shape, envelope)) = feature.geometry().zip(feature.envelope()) else {
            return true;
        };
        match self {
            Self::Everywhere => true,
            Self::Boxes { envelopes, rects } => {
                envelopes.iter().any(|outer| holds(outer, envelope))
                    || envelopes
                        .iter()
                        .zip(rects)
                        .any(|(other, rect)| meet(other, envelope) && shape_meets(rect, shape))
            }
            Self::Shape { shape: region, .. } => {
                let mut done = work.get();
                let meets = region.holds(SpatialOperator::Intersects, shape, envelope, &mut done);
                work.set(done);
                meets
            }
        }
    }
}

/// What was found so far.
struct Scan<'s, 'q> {
    query: &'q SelectQuery<'q>,
    region: &'q RegionTest,
    found: Vec<Found<'s>>,
    /// Columns to sort by, of each group that something was found in.
    groups: Vec<Vec<Arc<Column>>>,
    work: u64,
}

#[derive(Clone, Copy)]
struct Found<'s> {
    id: FeatureId,
    group: u32,
    row: u32,
    feature: &'s Arc<Feature>,
}

impl<'s, 'q> Scan<'s, 'q> {
    fn new(query: &'q SelectQuery<'q>, region: &'q RegionTest) -> Self {
        Self { query, region, found: Vec::new(), groups: Vec::new(), work: 0 }
    }

    /// Takes over what another found.
    fn join(&mut self, other: Self) {
        let before = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let moved = |found: Found<'s>| Found { group: found.group.saturating_add(before), ..found };
        self.found.extend(other.found.into_iter().map(moved));
        self.groups.extend(other.groups);
        self.work = self.work.max(other.work);
    }

    /// Asks the members of a chunk, or those of them that come into question.
    fn group(
        &mut self,
        members: Members<'s, '_>,
        candidates: Option<Vec<usize>>,
        columns: &[Arc<Column>],
        order: impl FnOnce() -> Vec<Arc<Column>>,
    ) -> Result<(), TooMuchWork> {
        let asked = candidates.as_ref().map_or(members.ids.len(), Vec::len) as u64;
        // Conditions on values cost too, though they look at no outline.
        self.work =
            self.work.saturating_add(asked.saturating_mul(self.query.filter.map_or(1, Filter::parts)));
        let Members { features, ids, envelopes } = members;
        let rows = Rows { members: features, envelopes, columns, work: Cell::new(self.work) };
        let before = self.found.len();
        let group = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let mut selected = candidates.unwrap_or_else(|| (0..ids.len()).collect());
        if let Some(filter) = self.query.filter {
            selected = filter.keep_selected(&rows, selected, MOST_WORK).ok_or(TooMuchWork)?;
        }
        for row in selected {
            let Some((feature, id)) = features.get(row).zip(ids.get(row)) else { continue };
            let is_there = self.region.holds(feature, &rows.work);
            if rows.work.get() > MOST_WORK {
                return Err(TooMuchWork);
            }
            if is_there {
                let row = u32::try_from(row).unwrap_or(u32::MAX);
                self.found.push(Found { id: *id, group, row, feature });
            }
        }
        self.work = rows.work.get();
        if self.found.len() > before && !self.query.order.is_empty() {
            self.groups.push(order());
        }
        Ok(())
    }

    fn into_selected(self) -> Selected {
        let Self { query, mut found, groups, .. } = self;
        let matched = found.len();
        if let Some(after) = query.after {
            found.retain(|found| found.id > after);
        }
        let needed = query.offset.saturating_add(query.limit).saturating_add(1);
        let compare = |a: &Found<'_>, b: &Found<'_>| compare(query.order, &groups, a, b);
        if let Some(last) = needed.checked_sub(1).filter(|last| *last < found.len()) {
            found.select_nth_unstable_by(last, compare);
            found.truncate(needed);
        }
        found.sort_unstable_by(compare);
        Selected {
            matched,
            has_more: found.len() == needed,
            features: found
                .iter()
                .skip(query.offset)
                .take(query.limit)
                .map(|found| Arc::clone(found.feature))
                .collect(),
        }
    }
}

fn compare(order: &[SortKey], groups: &[Vec<Arc<Column>>], a: &Found<'_>, b: &Found<'_>) -> Ordering {
    let column =
        |found: &Found<'_>, place: usize| groups.get(found.group as usize)?.get(place).map(AsRef::as_ref);
    let mut place = 0;
    for key in order {
        let ordering = if key.is_id() {
            if key.descending { b.id.cmp(&a.id) } else { a.id.cmp(&b.id) }
        } else {
            let (x, y) = (column(a, place), column(b, place));
            place += 1;
            compare_values(key.descending, (x, a.row as usize), (y, b.row as usize))
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    a.id.cmp(&b.id)
}

/// What is missing comes last.
fn compare_values(
    descending: bool,
    (a, a_row): (Option<&Column>, usize),
    (b, b_row): (Option<&Column>, usize),
) -> Ordering {
    fn ordered<T>(
        a: Option<T>,
        b: Option<T>,
        descending: bool,
        order: impl Fn(&T, &T) -> Ordering,
    ) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) if descending => order(&b, &a),
            (Some(a), Some(b)) => order(&a, &b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        }
    }
    let (Some(a), Some(b)) = (a, b) else {
        return Ordering::Equal;
    };
    match a {
        Column::Text { .. } => ordered(a.text(a_row), b.text(b_row), descending, Ord::cmp),
        Column::Number(_) => ordered(a.number(a_row), b.number(b_row), descending, f64::total_cmp),
        Column::Boolean(_) => ordered(a.boolean(a_row), b.boolean(b_row), descending, bool::cmp),
        Column::Time { .. } => {
            let start = |column: &Column, row| column.time(row).map(|span| span.start_ms);
            ordered(start(a, a_row), start(b, b_row), descending, i64::cmp)
        }
        Column::List(_) => Ordering::Equal,
    }
}

impl SortKey {
    /// The number of a feature is in no column.
    fn is_id(&self) -> bool {
        &*self.name == crate::cql2::ID
    }
}

impl LayerSnapshot {
    /// What filters and sorting may name: the number, the shape, the `standard` properties, and what
    /// else occurs in the layer, of the kind that all its values fit.
    pub fn queryables(&self, standard: &[(&str, Kind)]) -> Queryables {
        let found = self.found_kinds().get_or_init(|| {
            let caches: Vec<(&ColumnCache, &[Arc<Feature>])> = self
                .chunks()
                .iter()
                .map(|entry| (entry.chunk.columns(), entry.chunk.members()))
                .chain([(self.unplaced_columns(), self.unplaced())])
                .collect();
            let mut all = BTreeMap::<Arc<str>, FoundKinds>::new();
            for kinds in parallel::map(caches, |(cache, members)| cache.kinds(members)) {
                for (name, kind) in kinds {
                    let known = all.entry(Arc::clone(name)).or_default();
                    *known = known.and(*kind);
                }
            }
            all.into_iter().map(|(name, found)| (name, found.kind())).collect()
        });
        Queryables::new(standard, found)
    }
}
