//! Which readable rows should not be published unseen, and which known feature a row is about.
//!
//! Pure rules over the rows of one file and what is already known of the same layer and region. Cost
//! grows with rows · log(known features): a hundred thousand rows take seconds.

mod datum_check;
mod known_index;
mod placeholders;
mod placement;
mod reason;
mod repeats;

use geo::Geometry;

use self::datum_check::DatumCheck;
use self::known_index::KnownIndex;
use self::placeholders::SharedPositions;
use self::placement::Placement;
pub use self::reason::ReviewReason;
use self::repeats::{ComparedName, Repeats};
use super::row::{RowFault, SourceRow};
use crate::crs::{Datum, Wgs84};
use crate::geometry::{anchor, area_m2, faults};
use crate::parallel;

/// Boundaries are drawn to about this; a place so close outside still counts as inside, metres.
const BOUNDARY_SLACK_M: f64 = 50.0;
/// A drawn area may differ from the stated one by this factor.
const AREA_FACTOR: f64 = 1.5;
/// Smaller differences than this are drawing accuracy, hectares.
const AREA_SLACK_HA: f64 = 0.05;
const M2_PER_HA: f64 = 10_000.0;

/// The region in which the rows should lie.
#[derive(Debug, Clone, Copy)]
pub struct Region<'a> {
    /// Name for messages.
    pub name: &'a str,
    /// Boundary, WGS-84.
    pub boundary: &'a Geometry<f64>,
}

/// A feature that exists already, of the same layer and region.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownFeature {
    /// Its id.
    pub id: u32,
    /// Its [`SourceRow::key`] when it came from the source that is being read again.
    pub source_key: Option<String>,
    /// Its name.
    pub name: String,
    /// Its geometry, WGS-84.
    pub geometry: Option<Geometry<f64>>,
    /// Its stated area in hectares.
    pub area_ha: Option<f64>,
}

/// What the rows are judged against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The datum in which the file was read.
    pub datum: Datum,
    /// Where the rows should lie, if that is known.
    pub region: Option<Region<'a>>,
    /// What exists already.
    pub features: &'a [KnownFeature],
}

/// The judgement on one row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Assessment {
    /// Why somebody should look at the row before it is published; empty when nobody needs to.
    pub reasons: Vec<ReviewReason>,
    /// The known feature the row is about: the one it was imported as before, else the one of the
    /// same name, if there is just one.
    pub matched: Option<u32>,
}

/// Judges every row; the result has one entry per row, in order.
///
/// ```
/// use geodata::import::{quality, read, Format, ReadOptions};
///
/// // Three places on one spot: somebody filled the column down.
/// let file = "名称,经度,纬度\n甲,114.41,22.63\n乙,114.41,22.63\n丙,114.41,22.63\n丁,114.42,22.64\n";
/// let rows = read(file.as_bytes(), Format::Csv, &ReadOptions::default())?;
/// let found = quality::assess(&rows, &quality::Known::default());
/// assert_eq!(found[0].reasons[0].code(), "shared_coordinate");
/// assert!(found[3].reasons.is_empty());
/// # Ok::<(), geodata::import::ImportError>(())
/// ```
pub fn assess(rows: &[SourceRow], known: &Known<'_>) -> Vec<Assessment> {
    let index = KnownIndex::new(known.features);
    let anchors: Vec<Option<Wgs84>> =
        parallel::map(rows.iter().collect(), |row| row.geometry.as_ref().and_then(anchor));
    let names = parallel::map(rows.iter().collect(), ComparedName::of);
    let shared = SharedPositions::count(&names, &anchors);
    let datums = DatumCheck::of_file(rows, &anchors, known.datum, &index);
    let placement = known.region.map(Placement::new);
    let repeats = Repeats::among(rows, &names, &anchors, |anchor| shared.is_placeholder(anchor));
    let judge = |(place, (row, anchor)): (usize, (&SourceRow, &Option<Wgs84>))| {
        let mut reasons = geometry_reasons(row);
        if let (Some(geometry), Some(anchor)) = (&row.geometry, *anchor) {
            reasons.extend(placement.as_ref().and_then(|region| region.fault(geometry, anchor)));
            // On one spot the name says nothing: whatever fills a column down is not a place.
            reasons.extend(shared.reason(anchor).or_else(|| repeats.of(place, anchor)));
            reasons.extend(datums.reason(row, anchor));
            reasons.extend(index.duplicate(row, anchor));
        }
        Assessment { reasons, matched: index.matched(row) }
    };
    parallel::map(rows.iter().zip(&anchors).enumerate().collect(), judge)
}

/// What the row shows by itself.
fn geometry_reasons(row: &SourceRow) -> Vec<ReviewReason> {
    let Some(geometry) = &row.geometry else {
        let from_fault = row.faults.iter().find_map(|fault| match fault {
            RowFault::AxesSwapped { suggested } => Some(ReviewReason::AxesSwapped { suggested: *suggested }),
            RowFault::Geometry(error) => Some(ReviewReason::InvalidGeometry { detail: error.to_string() }),
            _ => None,
        });
        return vec![from_fault.unwrap_or(ReviewReason::NoPosition)];
    };
    let invalid = faults(geometry).into_iter().find(|fault| !fault.is_harmless());
    match invalid {
        Some(fault) => vec![ReviewReason::InvalidGeometry { detail: fault.to_string() }],
        None => area_mismatch(row.area_ha, geometry).into_iter().collect(),
    }
}

fn area_mismatch(stated_ha: Option<f64>, geometry: &Geometry<f64>) -> Option<ReviewReason> {
    let stated_ha = stated_ha?;
    let drawn_ha = area_m2(geometry) / M2_PER_HA;
    let is_far = drawn_ha > stated_ha * AREA_FACTOR || stated_ha > drawn_ha * AREA_FACTOR;
    let matters = drawn_ha > 0.0 && (drawn_ha - stated_ha).abs() > AREA_SLACK_HA;
    (is_far && matters).then_some(ReviewReason::AreaMismatch { stated_ha, drawn_ha })
}

#[cfg(test)]
mod tests;
