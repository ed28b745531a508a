//! Rows on one spot: somebody typed the office's position for every park.

use std::collections::HashMap;

use super::reason::ReviewReason;
use super::repeats::ComparedName;
use crate::crs::Wgs84;

/// Positions are compared at five decimals, about a metre.
const SPOTS_PER_DEGREE: f64 = 1e5;
/// So many rows on a spot are a placeholder even under one name.
const ROWS_OF_ONE_NAME: usize = 3;

type Spot = (i64, i64);

struct Crowd<'n> {
    count: usize,
    first_name: &'n str,
    has_other_names: bool,
}

impl Crowd<'_> {
    fn is_placeholder(&self) -> bool {
        self.count >= ROWS_OF_ONE_NAME || self.has_other_names
    }
}

/// The spots that no two places share.
pub(super) struct SharedPositions {
    /// How many rows share a spot that is a placeholder.
    placeholders: HashMap<Spot, usize>,
}

impl SharedPositions {
    pub(super) fn count(names: &[ComparedName], anchors: &[Option<Wgs84>]) -> Self {
        let mut crowds: HashMap<Spot, Crowd<'_>> = HashMap::with_capacity(anchors.len());
        for (name, anchor) in names.iter().zip(anchors) {
            let Some(anchor) = anchor else { continue };
            let name = name.normalised.as_str();
            let first = Crowd { count: 0, first_name: name, has_other_names: false };
            let crowd = crowds.entry(spot(*anchor)).or_insert(first);
            crowd.count += 1;
            crowd.has_other_names |= crowd.first_name != name;
        }
        let placeholders = crowds.into_iter().filter(|(_, crowd)| crowd.is_placeholder());
        Self { placeholders: placeholders.map(|(spot, crowd)| (spot, crowd.count)).collect() }
    }

    /// Whether the spot is no place's own.
    pub(super) fn is_placeholder(&self, anchor: Wgs84) -> bool {
        self.placeholders.contains_key(&spot(anchor))
    }

    pub(super) fn reason(&self, anchor: Wgs84) -> Option<ReviewReason> {
        self.placeholders.get(&spot(anchor)).map(|count| ReviewReason::SharedCoordinate { count: *count })
    }
}

fn spot(at: Wgs84) -> Spot {
    #[expect(clippy::cast_possible_truncation, reason = "degrees times 10^5 fit easily")]
    let round = |degrees: f64| (degrees * SPOTS_PER_DEGREE).round() as i64;
    (round(at.lon), round(at.lat))
}
