//! Lists of features by ascending id, whole layers or what meets a box.

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
    after: Option<FeatureId>,
    /// Features that this page needs to know: those skipped, those listed and one more.
    needed: usize,
    candidates: Vec<&'s Arc<Feature>>,
}

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
        if everything {
            self.page_of_all(layer, query)
        } else {
            page_of_box(layer, &boxes, query)
        }
    }

    fn page_of_all<'s>(&'s self, layer: &LayerSnapshot, query: &PageQuery) -> Page<'s> {
        let ids = layer.ids();
        let seen = query
            .after
            .map_or(0, |after| ids.partition_point(|&id| id <= after));
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
        after: query.after,
        needed: query.offset.saturating_add(query.limit).saturating_add(1),
        candidates: Vec::new(),
    };
    selection.take_all(layer.unplaced());
    for chunk in layer.chunks() {
        if boxes.iter().any(|outer| holds(outer, chunk.envelope())) {
            selection.take_all(chunk.members());
        } else if boxes.iter().any(|other| meet(other, chunk.envelope())) {
            selection.take_meeting(chunk, boxes, &rects);
        }
    }
    selection.into_page(query)
}

impl<'s> Selection<'s> {
    /// Takes features given by ascending id.
    fn take_all(&mut self, features: &'s [Arc<Feature>]) {
        self.matched += features.len();
        let seen = self.after.map_or(0, |after| {
            features.partition_point(|feature| feature.id() <= after)
        });
        let unseen = features.iter().skip(seen).take(self.needed);
        self.candidates.extend(unseen);
    }

    fn take_meeting(&mut self, chunk: &'s Chunk, boxes: &[Envelope], rects: &[Rect<f64>]) {
        chunk.index().search(boxes, &mut |member, inside| {
            let Some(feature) = chunk.members().get(member) else {
                return;
            };
            let meets = inside
                || feature
                    .geometry()
                    .is_some_and(|shape| rects.iter().any(|rect| shape_meets(rect, shape)));
            if !meets {
                return;
            }
            self.matched += 1;
            if self.after.is_none_or(|after| feature.id() > after) {
                self.candidates.push(feature);
            }
        });
    }

    fn into_page(mut self, query: &PageQuery) -> Page<'s> {
        if self.candidates.len() > self.needed {
            self.candidates
                .select_nth_unstable_by_key(self.needed, |feature| feature.id());
            self.candidates.truncate(self.needed);
        }
        self.candidates.sort_unstable_by_key(|feature| feature.id());
        let more = self.candidates.len() == self.needed;
        let features: Vec<&Feature> = self
            .candidates
            .iter()
            .skip(query.offset)
            .take(query.limit)
            .map(|&feature| feature.as_ref())
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
    bbox.parts()
        .map(|part| [part.min().x, part.min().y, part.max().x, part.max().y])
        .collect()
}

/// Whether a rectangle, which may be a line or a point, meets a shape; boundaries count.
///
/// A polygon is tested by its rings first: they meet the rectangle in all cases but one, the
/// rectangle in the polygon's interior. This is several times faster than the general test.
fn shape_meets(rect: &Rect<f64>, shape: &Geometry<f64>) -> bool {
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
