//! Rows that tell of the same place twice in one file, a few steps apart.

use std::collections::HashMap;

use super::known_index::are_similar;
use super::reason::ReviewReason;
use crate::crs::Wgs84;
use crate::geometry::distance_m;
use crate::import::row::SourceRow;
use crate::import::text::{normalised_name, numerals};

/// Rows of one name so close are likely one place, metres. Nearer than a known feature may be: lists hold
/// many places of a plain name such as 健身点.
const SAME_NAME_M: f64 = 150.0;
/// Rows of similar names so close are likely one place, metres.
const SIMILAR_NAME_M: f64 = 30.0;
/// Earlier rows looked at for one row at most.
const MOST_CANDIDATES: usize = 64;
const M_PER_DEGREE: f64 = 111_320.0;

/// Cells at least as wide as [`SAME_NAME_M`], so that what is near lies in a cell or beside it.
type Cell = (i64, i64);

/// The rows so far, by where they are.
#[derive(Default)]
pub(super) struct EarlierRows<'r> {
    rows: HashMap<Cell, Vec<Earlier<'r>>>,
}

struct Earlier<'r> {
    row: &'r SourceRow,
    name: ComparedName,
}

/// A name with what is compared first.
struct ComparedName {
    normalised: String,
    numerals: String,
}

impl<'r> EarlierRows<'r> {
    /// The nearest earlier row that is likely the same place. The row counts as an earlier one from now on.
    pub(super) fn repeated(&mut self, row: &'r SourceRow, anchor: Wgs84) -> Option<ReviewReason> {
        let normalised = normalised_name(row.name.as_deref()?);
        if normalised.is_empty() {
            return None;
        }
        let name = ComparedName { numerals: numerals(&normalised), normalised };
        let (x, y) = cell(anchor);
        let around = (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y)));
        let found = around
            .filter_map(|cell| self.rows.get(&cell))
            .flatten()
            .take(MOST_CANDIDATES)
            .filter_map(|earlier| {
                let reach_m = reach_m(&earlier.name, &name)?;
                let distance_m = distance_m(anchor, earlier.row.geometry.as_ref()?);
                (distance_m <= reach_m).then_some((distance_m, earlier.row.number))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        self.rows.entry((x, y)).or_default().push(Earlier { row, name });
        found.map(|(distance_m, of_row)| ReviewReason::LikelyRepeat { of_row, distance_m })
    }
}

/// How far apart two rows of these names may be and still be one place. Names that differ in a number are
/// those of different places: 1号球场, 2号球场.
fn reach_m(one: &ComparedName, other: &ComparedName) -> Option<f64> {
    if one.numerals != other.numerals {
        None
    } else if one.normalised == other.normalised {
        Some(SAME_NAME_M)
    } else {
        are_similar(&one.normalised, &other.normalised).then_some(SIMILAR_NAME_M)
    }
}

/// Cells are as high as the reach, and twice as many degrees wide: as wide as the reach at 60 degrees of
/// latitude, north of all China.
fn cell(at: Wgs84) -> Cell {
    let height_deg = SAME_NAME_M / M_PER_DEGREE;
    #[expect(clippy::cast_possible_truncation, reason = "some hundred thousand cells around the globe")]
    let whole = |cells: f64| cells.floor() as i64;
    (whole(at.lon / (2.0 * height_deg)), whole(at.lat / height_deg))
}
