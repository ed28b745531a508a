//! Whether a file was read in the wrong datum: its rows lie off their known counterparts by just the
//! shift between two datums.

use super::known_index::KnownIndex;
use super::reason::ReviewReason;
use crate::crs::{Datum, Wgs84};
use crate::geometry::distance_m;
use crate::import::row::SourceRow;

/// A row closer than this to its counterpart is in the right datum, metres; the shifts are 250–700 m
/// for GCJ-02 and more for BD-09.
const IN_PLACE_M: f64 = 100.0;
/// The other datum must bring a row this close to its counterpart, metres, …
const BROUGHT_TO_M: f64 = 100.0;
/// … and to this share of its former distance.
const BROUGHT_SHARE: f64 = 0.25;
/// So many rows that agree speak for the whole file, …
const FEWEST_WITNESSES: usize = 3;
/// … if they are this share of the rows that have a counterpart.
const WITNESS_SHARE: f64 = 0.8;

pub(super) struct DatumCheck<'k, 'a> {
    read_as: Datum,
    index: &'k KnownIndex<'a>,
    /// The datum of all rows, once enough of them agree.
    verdict: Option<Datum>,
}

impl<'k, 'a> DatumCheck<'k, 'a> {
    pub(super) fn of_file(
        rows: &[SourceRow],
        anchors: &[Option<Wgs84>],
        read_as: Datum,
        index: &'k KnownIndex<'a>,
    ) -> Self {
        let mut check = Self { read_as, index, verdict: None };
        let mut comparable = 0_usize;
        let mut witnesses = Datum::ALL.map(|datum| (datum, 0_usize));
        for (row, anchor) in rows.iter().zip(anchors) {
            let Some(testimony) = anchor.and_then(|anchor| check.testimony(row, anchor)) else {
                continue;
            };
            comparable += 1;
            if let Testimony::Shifted(datum) = testimony {
                for (candidate, count) in &mut witnesses {
                    *count += usize::from(*candidate == datum);
                }
            }
        }
        check.verdict = witnesses
            .into_iter()
            .max_by_key(|(_, count)| *count)
            .filter(|(_, count)| *count >= FEWEST_WITNESSES && is_share(*count, comparable))
            .map(|(datum, _)| datum);
        check
    }

    pub(super) fn reason(&self, row: &SourceRow, anchor: Wgs84) -> Option<ReviewReason> {
        let datum = self.verdict.or_else(|| match self.testimony(row, anchor)? {
            Testimony::Shifted(datum) => Some(datum),
            Testimony::InPlace | Testimony::Elsewhere => None,
        })?;
        let shift_m = distance_m(anchor, &point(self.reread(anchor, datum)));
        Some(ReviewReason::WrongDatumLikely { datum, shift_m })
    }

    /// What the row and its counterpart say together; nothing without a counterpart.
    fn testimony(&self, row: &SourceRow, anchor: Wgs84) -> Option<Testimony> {
        let counterpart = self.index.counterpart(row, anchor)?;
        let found_m = distance_m(anchor, counterpart);
        if found_m < IN_PLACE_M {
            return Some(Testimony::InPlace);
        }
        let best = Datum::ALL
            .into_iter()
            .filter(|datum| *datum != self.read_as)
            .map(|datum| (distance_m(self.reread(anchor, datum), counterpart), datum))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(brought_m, _)| *brought_m < BROUGHT_TO_M.min(found_m * BROUGHT_SHARE));
        Some(best.map_or(Testimony::Elsewhere, |(_, datum)| Testimony::Shifted(datum)))
    }

    /// Where the numbers in the file point to in another datum.
    fn reread(&self, anchor: Wgs84, datum: Datum) -> Wgs84 {
        datum.recover(self.read_as.place(anchor))
    }
}

enum Testimony {
    InPlace,
    Shifted(Datum),
    Elsewhere,
}

fn point(at: Wgs84) -> geo::Geometry<f64> {
    geo::Geometry::Point(geo::Point(at.into()))
}

fn is_share(part: usize, whole: usize) -> bool {
    let number = |count: usize| u32::try_from(count).map_or(f64::INFINITY, f64::from);
    number(part) >= WITNESS_SHARE * number(whole)
}
