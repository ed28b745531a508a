//! Markers in Morton order with running sums, so that the count and the middle of all markers of a
//! grid cell, at any level, come from two look-ups.

use super::micro_degrees::{MicroDegreeSum, MicroDegrees};

/// One marker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marker {
    /// First zoom at which it is drawn as a shape instead.
    pub(super) shape_zoom: u8,
    /// Its Morton code.
    pub(super) code: u64,
    /// Its position in WGS-84.
    pub(super) at: MicroDegrees,
}

/// The markers of a chunk.
pub(super) struct Markers {
    /// By ascending zoom at which they become shapes.
    groups: Vec<MarkerGroup>,
    /// For each group the totals of it and all after it.
    totals: Vec<MarkerRun>,
}

/// Markers that become drawn shapes at the same zoom (or never).
pub(super) struct MarkerGroup {
    /// First zoom at which these are drawn as shapes instead.
    shape_zoom: u8,
    /// Codes in ascending order.
    codes: Box<[u64]>,
    /// Numbers of the features in the chunk, in the order of `codes`.
    members: Box<[u32]>,
    /// Sums of the WGS-84 positions of all markers before each place; one longer than `codes`.
    sums: Box<[MicroDegreeSum]>,
}

/// Totals of some markers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MarkerRun {
    pub(super) count: u32,
    /// Of the WGS-84 positions. Degrees rather than places on the Mercator square: the mean then
    /// needs no trigonometry, which would cost more than all the rest of a cluster.
    pub(super) sum: MicroDegreeSum,
    /// Smallest and largest code.
    pub(super) codes: (u64, u64),
    /// First zoom at which one of them is drawn as a shape.
    pub(super) shape_zoom: u8,
    /// Number in the chunk of the one with the smallest code.
    pub(super) member: u32,
}

impl Markers {
    /// Groups markers, given in the order of the chunk.
    pub(super) fn new(markers: impl Iterator<Item = Marker>) -> Self {
        let mut sorted: Vec<(u32, Marker)> = (0..).zip(markers).collect();
        sorted.sort_unstable_by_key(|&(member, marker)| (marker.shape_zoom, marker.code, member));
        let groups: Vec<MarkerGroup> =
            sorted.chunk_by(|a, b| a.1.shape_zoom == b.1.shape_zoom).map(MarkerGroup::of_sorted).collect();
        let mut totals: Vec<MarkerRun> = groups
            .iter()
            .rev()
            .filter_map(|group| group.run(0, group.codes.len()))
            .scan(None, |sum: &mut Option<MarkerRun>, run| {
                *sum = Some(sum.map_or(run, |sum| run.joined(&sum)));
                *sum
            })
            .collect();
        totals.reverse();
        Self { groups, totals }
    }

    /// The groups that are still markers when features of zoom classes below `drawn_below` are
    /// drawn as shapes.
    pub(super) fn groups(&self, drawn_below: u8) -> &[MarkerGroup] {
        self.groups.get(self.first_group(drawn_below)..).unwrap_or_default()
    }

    /// Totals of these groups; `None` if there are none.
    pub(super) fn total(&self, drawn_below: u8) -> Option<&MarkerRun> {
        self.totals.get(self.first_group(drawn_below))
    }

    fn first_group(&self, drawn_below: u8) -> usize {
        self.groups.partition_point(|group| group.shape_zoom < drawn_below)
    }
}

impl MarkerGroup {
    fn of_sorted(markers: &[(u32, Marker)]) -> Self {
        let mut sums = Vec::with_capacity(markers.len() + 1);
        let mut sum = MicroDegreeSum::default();
        sums.push(sum);
        for (_, marker) in markers {
            sum = sum.with(marker.at);
            sums.push(sum);
        }
        Self {
            shape_zoom: markers.first().map_or(0, |(_, marker)| marker.shape_zoom),
            codes: markers.iter().map(|(_, marker)| marker.code).collect(),
            members: markers.iter().map(|(member, _)| *member).collect(),
            sums: sums.into_boxed_slice(),
        }
    }

    pub(super) fn codes(&self) -> &[u64] {
        &self.codes
    }

    /// Number of the marker's feature in the chunk.
    pub(super) fn member(&self, place: usize) -> Option<u32> {
        self.members.get(place).copied()
    }

    /// Totals of the markers at the places `start..end`; `None` if there are none.
    pub(super) fn run(&self, start: usize, end: usize) -> Option<MarkerRun> {
        let codes = self.codes.get(start..end)?;
        let (before, after) = (self.sums.get(start)?, self.sums.get(end)?);
        Some(MarkerRun {
            count: u32::try_from(codes.len()).unwrap_or(u32::MAX),
            sum: after.minus(*before),
            codes: (*codes.first()?, *codes.last()?),
            shape_zoom: self.shape_zoom,
            member: *self.members.get(start)?,
        })
    }
}

impl MarkerRun {
    /// Totals of both. Where both have a member with the smallest code, it is that of `self`.
    pub(super) fn joined(&self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum.plus(other.sum),
            codes: (self.codes.0.min(other.codes.0), self.codes.1.max(other.codes.1)),
            shape_zoom: self.shape_zoom.min(other.shape_zoom),
            member: if other.codes.0 < self.codes.0 { other.member } else { self.member },
        }
    }
}

#[cfg(test)]
mod tests {
    use geo::Coord;

    use super::*;

    #[test]
    fn runs_and_totals_are_those_of_the_markers() {
        let at = |code: u32| MicroDegrees::of(Coord { x: f64::from(code) / 10.0, y: 22.5 });
        let markers = [(15, 900), (21, 40), (21, 7), (15, 60), (17, 3)];
        let markers = Markers::new(markers.into_iter().map(|(shape_zoom, code)| Marker {
            shape_zoom,
            code: code.into(),
            at: at(code),
        }));

        let points = markers.groups(18);
        assert_eq!(points.len(), 1);
        assert_eq!(points[0].codes(), [7, 40]);
        assert_eq!(points[0].run(1, 2).map(|run| (run.count, run.member)), Some((1, 1)));
        assert_eq!(points[0].run(1, 1), None);

        let all = markers.total(0).unwrap();
        assert_eq!((all.count, all.codes, all.shape_zoom), (5, (3, 900), 15));
        assert_eq!(MicroDegrees::mean(all.sum, all.count), MicroDegrees::of(Coord { x: 20.2, y: 22.5 }));
        let late = markers.total(16).unwrap();
        assert_eq!((late.count, late.codes, late.shape_zoom), (3, (3, 40), 17));
        assert_eq!(markers.total(22), None);
    }
}
