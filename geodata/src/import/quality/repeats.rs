//! Rows that tell of the same place twice in one file, a few steps apart.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

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

/// A name with what is compared first.
pub(super) struct ComparedName {
    /// Empty where the row has none.
    pub(super) normalised: String,
    numerals: String,
    /// Differs only where the numerals do; a dense town compares millions of names.
    digest: u64,
}

impl ComparedName {
    pub(super) fn of(row: &SourceRow) -> Self {
        let normalised = normalised_name(row.name.as_deref().unwrap_or_default());
        let numerals = numerals(&normalised);
        let mut digest = DefaultHasher::new();
        numerals.hash(&mut digest);
        Self { normalised, numerals, digest: digest.finish() }
    }
}

/// The rows that can repeat each other, by where they are.
pub(super) struct Repeats<'r> {
    rows: &'r [SourceRow],
    names: &'r [ComparedName],
    /// Places in the file, ascending, each with the digest of its name.
    cells: HashMap<Cell, Vec<(usize, u64)>>,
}

impl<'r> Repeats<'r> {
    /// Rows with a name and a position, but for those on a spot where the name says nothing.
    pub(super) fn among(
        rows: &'r [SourceRow],
        names: &'r [ComparedName],
        anchors: &[Option<Wgs84>],
        is_placeholder: impl Fn(Wgs84) -> bool,
    ) -> Self {
        let mut cells: HashMap<Cell, Vec<(usize, u64)>> = HashMap::new();
        for (place, (name, anchor)) in names.iter().zip(anchors).enumerate() {
            if let Some(anchor) =
                anchor.filter(|anchor| !name.normalised.is_empty() && !is_placeholder(*anchor))
            {
                cells.entry(cell(anchor)).or_default().push((place, name.digest));
            }
        }
        Self { rows, names, cells }
    }

    /// The nearest earlier row that is likely the same place as this one.
    pub(super) fn of(&self, place: usize, anchor: Wgs84) -> Option<ReviewReason> {
        let name = self.names.get(place).filter(|name| !name.normalised.is_empty())?;
        let (x, y) = cell(anchor);
        let around = (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y)));
        let earlier = around
            .filter_map(|cell| self.cells.get(&cell))
            .flat_map(|rows| rows.iter().take_while(|(earlier, _)| *earlier < place));
        let found = earlier
            .take(MOST_CANDIDATES)
            .filter(|(_, digest)| *digest == name.digest)
            .filter_map(|(earlier, _)| {
                let reach_m = reach_m(self.names.get(*earlier)?, name)?;
                let row = self.rows.get(*earlier)?;
                let distance_m = distance_m(anchor, row.geometry.as_ref()?);
                (distance_m <= reach_m).then_some((distance_m, row.number))
            })
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
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
