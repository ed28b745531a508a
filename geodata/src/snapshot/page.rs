//! Lists of features by ascending id, whole layers or what meets a box.

use std::ops::RangeInclusive;
use std::sync::Arc;

use geo::{Coord, Geometry, Intersects, LineString, Polygon, Rect};

use super::Snapshot;
use super::chunk::Chunk;
use super::feature::Feature;
use super::layer::LayerSnapshot;
use super::record::FeatureId;
use super::spatial_index::{Envelope, holds, meet};
use crate::bbox::Bbox;

/// Which features of a layer to list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PageQuery {
    /// Only features that meet this box, boundary included. Features without a position meet
    /// every box (OGC API Features 1.0, 17-069r4, requirement `/req/core/fc-bbox-response`).
    pub bbox: Option<Bbox>,
    /// Only features with a larger id: the `next_after` of the page before.
    pub after: Option<FeatureId>,
    /// Features to skip after that.
    pub offset: usize,
    /// Most features to list.
    pub limit: usize,
}

/// A list of features.
#[derive(Debug)]
pub struct Page<'s> {
    /// Number of features that the query selects on all its pages together.
    pub matched: usize,
    /// The features of this page, by ascending id.
    pub features: Vec<&'s Feature>,
    /// What the next page's query says in `after`; `None` on the last page.
    pub next_after: Option<FeatureId>,
}

/// Collects the features with the smallest ids.
struct Selection<'s> {
    matched: usize,
    /// Smallest and largest id that can be on the page.
    ids: RangeInclusive<FeatureId>,
    /// Features that this page needs to know: those skipped, those listed and one more.
    needed: usize,
    candidates: Vec<(FeatureId, &'s Arc<Feature>)>,
}

/// Candidates beyond twice the needed number that are kept before the surplus is dropped.
const SPARE_CANDIDATES: usize = 1024;

impl Snapshot {
    /// Lists features of a layer.
    pub fn page<'s>(&'s self, layer: &'s LayerSnapshot, query: &PageQuery) -> Page<'s> {
        let boxes: Vec<Envelope> = query.bbox.as_ref().map(envelopes).unwrap_or_default();
        let everything = match (query.bbox, layer.extent()) {
            (None, _) | (_, None) => true,
            (Some(_), Some(extent)) => {
                let extent = [extent.west, extent.south, extent.east, extent.north];
                boxes.iter().any(|outer| holds(outer, &extent))
            }
        };
        if everything { self.page_of_all(layer, query) } else { page_of_box(layer, &boxes, query) }
    }

    fn page_of_all<'s>(&'s self, layer: &LayerSnapshot, query: &PageQuery) -> Page<'s> {
        let ids = layer.ids();
        let seen = query.after.map_or(0, |after| ids.partition_point(|&id| id <= after));
        let start = seen.saturating_add(query.offset).min(ids.len());
        let end = start.saturating_add(query.limit).min(ids.len());
        let listed = ids.get(start..end).unwrap_or_default();
        Page {
            matched: ids.len(),
            features: listed.iter().filter_map(|&id| self.feature(id)).collect(),
            next_after: listed.last().copied().filter(|_| end < ids.len()),
        }
    }
}

fn page_of_box<'s>(layer: &'s LayerSnapshot, boxes: &[Envelope], query: &PageQuery) -> Page<'s> {
    let rects: Vec<Rect<f64>> = boxes
        .iter()
        .map(|&[west, south, east, north]| {
            Rect::new(Coord { x: west, y: south }, Coord { x: east, y: north })
        })
        .collect();
    let mut selection = Selection {
        matched: 0,
        ids: query.after.map_or(0, |after| after.saturating_add(1))..=FeatureId::MAX,
        needed: query.offset.saturating_add(query.limit).saturating_add(1),
        candidates: Vec::new(),
    };
    for feature in layer.unplaced() {
        selection.take(feature.id(), feature);
    }
    for entry in layer.chunks() {
        if boxes.iter().any(|outer| holds(outer, &entry.envelope)) {
            selection.take_all(&entry.chunk);
        } else if boxes.iter().any(|other| meet(other, &entry.envelope)) {
            selection.take_meeting(&entry.chunk, boxes, &rects);
        }
    }
    selection.into_page(query)
}

impl<'s> Selection<'s> {
    fn take(&mut self, id: FeatureId, feature: &'s Arc<Feature>) {
        self.matched += 1;
        self.propose(id, feature);
    }

    fn propose(&mut self, id: FeatureId, feature: &'s Arc<Feature>) {
        if !self.ids.contains(&id) {
            return;
        }
        self.candidates.push((id, feature));
        let most = self.needed.saturating_mul(2).saturating_add(SPARE_CANDIDATES);
        if self.candidates.len() >= most {
            self.drop_surplus();
        }
    }

    fn take_all(&mut self, chunk: &'s Chunk) {
        self.matched += chunk.ids().len();
        let start = chunk.ids().partition_point(|id| id < self.ids.start());
        let members = chunk.ids().iter().zip(chunk.members());
        for (&id, feature) in members.skip(start).take(self.needed) {
            self.propose(id, feature);
        }
    }

    fn take_meeting(&mut self, chunk: &'s Chunk, boxes: &[Envelope], rects: &[Rect<f64>]) {
        chunk.index().search(boxes, &mut |member, inside| {
            let (Some(&id), Some(feature)) = (chunk.ids().get(member), chunk.members().get(member)) else {
                return;
            };
            let meets = || {
                let mut shapes = feature.geometry().into_iter();
                shapes.any(|shape| rects.iter().any(|rect| shape_meets(rect, shape)))
            };
            if inside || meets() {
                self.take(id, feature);
            }
        });
    }

    /// Keeps the smallest ids that are needed.
    fn drop_surplus(&mut self) {
        if self.candidates.len() > self.needed {
            self.candidates.select_nth_unstable_by_key(self.needed - 1, |&(id, _)| id);
            self.candidates.truncate(self.needed);
            if let Some(&(largest, _)) = self.candidates.last() {
                self.ids = *self.ids.start()..=largest;
            }
        }
    }

    fn into_page(mut self, query: &PageQuery) -> Page<'s> {
        self.drop_surplus();
        self.candidates.sort_unstable_by_key(|&(id, _)| id);
        let more = self.candidates.len() == self.needed;
        let features: Vec<&Feature> = self
            .candidates
            .iter()
            .skip(query.offset)
            .take(query.limit)
            .map(|&(_, feature)| feature.as_ref())
            .collect();
        Page {
            matched: self.matched,
            next_after: features.last().map(|last| last.id()).filter(|_| more),
            features,
        }
    }
}

/// The planar rectangles of a box: one, or two at the antimeridian.
pub(super) fn envelopes(bbox: &Bbox) -> Vec<Envelope> {
    bbox.parts().map(|part| [part.min().x, part.min().y, part.max().x, part.max().y]).collect()
}

/// Whether a rectangle, which may be a line or a point, meets a shape; boundaries count.
///
/// A polygon is tested by its rings first: they meet the rectangle in all cases but one, the
/// rectangle in the polygon's interior. This is several times faster than the general test.
pub(super) fn shape_meets(rect: &Rect<f64>, shape: &Geometry<f64>) -> bool {
    match shape {
        Geometry::Polygon(polygon) => polygon_meets(rect, polygon),
        Geometry::MultiPolygon(polygons) => polygons.iter().any(|p| polygon_meets(rect, p)),
        Geometry::LineString(line) => line_meets(rect, line),
        Geometry::MultiLineString(lines) => lines.iter().any(|line| line_meets(rect, line)),
        Geometry::GeometryCollection(parts) => parts.iter().any(|part| shape_meets(rect, part)),
        other => rect.intersects(other),
    }
}

fn polygon_meets(rect: &Rect<f64>, polygon: &Polygon<f64>) -> bool {
    line_meets(rect, polygon.exterior())
        || polygon.interiors().iter().any(|ring| line_meets(rect, ring))
        || polygon.intersects(&rect.min())
}

fn line_meets(rect: &Rect<f64>, line: &LineString<f64>) -> bool {
    let (min, max) = (rect.min(), rect.max());
    if let [single] = line.0.as_slice() {
        return rect.intersects(single);
    }
    line.lines().any(|segment| {
        let (a, b) = (segment.start, segment.end);
        let apart = (a.x < min.x && b.x < min.x)
            || (a.x > max.x && b.x > max.x)
            || (a.y < min.y && b.y < min.y)
            || (a.y > max.y && b.y > max.y);
        !apart && rect.intersects(&segment)
    })
}
