//! Known features by name and by place.

use std::collections::HashMap;

use geo::BoundingRect;
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};

use super::KnownFeature;
use super::reason::ReviewReason;
use crate::crs::Wgs84;
use crate::geometry::distance_m;
use crate::import::row::SourceRow;
use crate::import::text::normalised_name;

/// A feature of the same name this close is likely the same place, metres.
const SAME_NAME_M: f64 = 1000.0;
/// A feature of a similar name this close is likely the same place, metres.
const SIMILAR_NAME_M: f64 = 150.0;
/// Share of common letter pairs from which names are similar (Dice coefficient).
const SIMILAR_FROM: f64 = 0.6;
/// A name of so many letters inside another name makes the two similar: 土洋公园 and 土洋公园东门.
const CONTAINED_LETTERS: usize = 3;
/// Stated areas of one place differ by at most this share.
const SAME_AREA_SHARE: f64 = 0.1;
/// Features looked at for one row at most; so many of one name or on one spot are not places.
const MOST_CANDIDATES: usize = 64;
const M_PER_DEGREE: f64 = 111_320.0;

pub(super) struct KnownIndex<'a> {
    features: &'a [KnownFeature],
    names: Vec<String>,
    by_name: HashMap<String, Vec<usize>>,
    by_key: HashMap<&'a str, usize>,
    placed: Vec<usize>,
    by_place: RTree<f64>,
}

impl<'a> KnownIndex<'a> {
    pub(super) fn new(features: &'a [KnownFeature]) -> Self {
        let names: Vec<String> = features.iter().map(|known| normalised_name(&known.name)).collect();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            by_name.entry(name.clone()).or_default().push(index);
        }
        let by_key = features
            .iter()
            .enumerate()
            .filter_map(|(index, known)| known.source_key.as_deref().map(|key| (key, index)))
            .collect();
        let boxes: Vec<_> = features
            .iter()
            .enumerate()
            .filter_map(|(index, known)| Some((index, known.geometry.as_ref()?.bounding_rect()?)))
            .collect();
        let mut builder = RTreeBuilder::new(u32::try_from(boxes.len()).unwrap_or(u32::MAX));
        for (_, rect) in &boxes {
            builder.add(rect.min().x, rect.min().y, rect.max().x, rect.max().y);
        }
        Self {
            features,
            names,
            by_name,
            by_key,
            placed: boxes.into_iter().map(|(index, _)| index).collect(),
            by_place: builder.finish::<HilbertSort>(),
        }
    }

    fn namesakes(&self, name: &str) -> impl Iterator<Item = usize> {
        self.by_name.get(name).into_iter().flatten().copied().take(MOST_CANDIDATES)
    }

    /// The feature that the row became when it was imported before.
    fn itself(&self, row: &SourceRow) -> Option<usize> {
        self.by_key.get(row.key.as_str()).copied()
    }

    /// Its former self, else the only feature of its name, else the only one of its name and area.
    pub(super) fn matched(&self, row: &SourceRow) -> Option<u32> {
        let found = self.itself(row).or_else(|| {
            let name = normalised_name(row.name.as_deref()?);
            let namesakes: Vec<usize> = self.namesakes(&name).collect();
            only(namesakes.iter().copied())
                .or_else(|| only(namesakes.into_iter().filter(|index| self.has_area(*index, row))))
        });
        found.and_then(|index| self.features.get(index)).map(|known| known.id)
    }

    fn has_area(&self, index: usize, row: &SourceRow) -> bool {
        let known_ha = self.features.get(index).and_then(|known| known.area_ha);
        match (known_ha, row.area_ha) {
            (Some(known_ha), Some(row_ha)) => {
                (known_ha - row_ha).abs() <= SAME_AREA_SHARE * known_ha.max(row_ha)
            }
            _ => false,
        }
    }

    /// Geometry of the feature that the row is about, for comparing positions: its former self, else
    /// the namesake nearest to the row.
    pub(super) fn counterpart(&self, row: &SourceRow, anchor: Wgs84) -> Option<&'a geo::Geometry<f64>> {
        let geometry = |index: usize| self.features.get(index).and_then(|known| known.geometry.as_ref());
        if let Some(former) = self.itself(row).and_then(geometry) {
            return Some(former);
        }
        let name = normalised_name(row.name.as_deref()?);
        self.namesakes(&name)
            .filter_map(geometry)
            .map(|shape| (distance_m(anchor, shape), shape))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, shape)| shape)
    }

    /// The nearest other feature that is likely the same place.
    pub(super) fn duplicate(&self, row: &SourceRow, anchor: Wgs84) -> Option<ReviewReason> {
        let name = normalised_name(row.name.as_deref()?);
        let itself = self.itself(row);
        let same = self.namesakes(&name).map(|index| (index, SAME_NAME_M));
        let similar = self
            .near(anchor, SIMILAR_NAME_M)
            .filter(|index| self.names.get(*index).is_some_and(|known| are_similar(known, &name)))
            .map(|index| (index, SIMILAR_NAME_M));
        same.chain(similar)
            .filter(|(index, _)| Some(*index) != itself)
            .filter_map(|(index, reach_m)| {
                let known = self.features.get(index)?;
                let distance_m = distance_m(anchor, known.geometry.as_ref()?);
                (distance_m <= reach_m).then_some((distance_m, known.id))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(distance_m, of_id)| ReviewReason::LikelyDuplicate { of_id, distance_m })
    }

    fn near(&self, at: Wgs84, radius_m: f64) -> impl Iterator<Item = usize> {
        let lat_deg = radius_m / M_PER_DEGREE;
        let lon_deg = lat_deg / at.lat.to_radians().cos().max(0.01);
        self.by_place
            .search(at.lon - lon_deg, at.lat - lat_deg, at.lon + lon_deg, at.lat + lat_deg)
            .into_iter()
            .take(MOST_CANDIDATES)
            .filter_map(|found| self.placed.get(usize::try_from(found).ok()?).copied())
    }
}

fn only(mut items: impl Iterator<Item = usize>) -> Option<usize> {
    items.next().filter(|_| items.next().is_none())
}

/// Whether two normalised names are likely those of one place.
pub(super) fn are_similar(one: &str, other: &str) -> bool {
    let (shorter, longer) =
        if one.chars().count() <= other.chars().count() { (one, other) } else { (other, one) };
    let is_contained = shorter.chars().count() >= CONTAINED_LETTERS && longer.contains(shorter);
    is_contained || shared_pairs(one, other) >= SIMILAR_FROM
}

fn shared_pairs(one: &str, other: &str) -> f64 {
    let pairs = |text: &str| -> Vec<(char, char)> { text.chars().zip(text.chars().skip(1)).collect() };
    let (first, mut second) = (pairs(one), pairs(other));
    let total = first.len() + second.len();
    if total == 0 {
        return if one == other { 1.0 } else { 0.0 };
    }
    let mut shared = 0_u32;
    for pair in first {
        if let Some(at) = second.iter().position(|candidate| *candidate == pair) {
            second.swap_remove(at);
            shared += 1;
        }
    }
    let total = u32::try_from(total).unwrap_or(u32::MAX);
    2.0 * f64::from(shared) / f64::from(total)
}
