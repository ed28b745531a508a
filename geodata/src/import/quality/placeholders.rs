//! Rows on one spot: somebody typed the office's position for every park.

use std::collections::HashMap;

use super::reason::ReviewReason;
use crate::crs::Wgs84;
use crate::import::row::SourceRow;
use crate::import::text::normalised_name;

/// Positions are compared at five decimals, about a metre.
const SPOTS_PER_DEGREE: f64 = 1e5;
/// So many rows on a spot are a placeholder even under one name.
const ROWS_OF_ONE_NAME: usize = 3;

type Spot = (i64, i64);

struct Crowd {
    count: usize,
    first_name: String,
    has_other_names: bool,
}

/// How many rows share each spot.
pub(super) struct SharedPositions {
    crowds: HashMap<Spot, Crowd>,
}

impl SharedPositions {
    pub(super) fn count(rows: &[SourceRow], anchors: &[Option<Wgs84>]) -> Self {
        let mut crowds: HashMap<Spot, Crowd> = HashMap::new();
        for (row, anchor) in rows.iter().zip(anchors) {
            let Some(anchor) = anchor else { continue };
            let name = normalised_name(row.name.as_deref().unwrap_or_default());
            let crowd = crowds.entry(spot(*anchor)).or_insert_with(|| Crowd {
                count: 0,
                first_name: name.clone(),
                has_other_names: false,
            });
            crowd.count += 1;
            crowd.has_other_names |= crowd.first_name != name;
        }
        Self { crowds }
    }

    pub(super) fn reason(&self, anchor: Wgs84) -> Option<ReviewReason> {
        let crowd = self.crowds.get(&spot(anchor))?;
        let is_placeholder = crowd.count >= ROWS_OF_ONE_NAME || crowd.has_other_names;
        is_placeholder.then_some(ReviewReason::SharedCoordinate { count: crowd.count })
    }
}

fn spot(at: Wgs84) -> Spot {
    #[expect(clippy::cast_possible_truncation, reason = "degrees times 10^5 fit easily")]
    let round = |degrees: f64| (degrees * SPOTS_PER_DEGREE).round() as i64;
    (round(at.lon), round(at.lat))
}
