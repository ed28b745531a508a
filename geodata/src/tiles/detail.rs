//! Simplification: at which zoom each position of a line or ring begins to be seen.
//!
//! It is decided on the whole shape, not tile by tile, so that neighbouring tiles fit together
//! (Douglas and Peucker 1973; a position is never drawn before those it was measured against).

/// From this zoom on nothing is left out: clients enlarge the tiles of the last zoom they ask for.
pub(super) const FULL_DETAIL_ZOOM: u8 = 16;
/// Measurements per position before the rest is left as it is. Usual shapes need one per halving; a spiral
/// made to cost its square does not get it.
const MOST_MEASUREMENTS: usize = 64;
/// Measurements that any shape may cost.
const FREE_MEASUREMENTS: usize = 4096;

/// Layout of a 64-bit floating-point number (IEEE 754).
const MANTISSA_BITS: u32 = 52;
const EXPONENT_BIAS: i64 = 1023;

/// Finds out when positions begin to be seen. It keeps its memory from one line to the next.
#[derive(Default)]
pub(super) struct Detail {
    positions: Vec<[f64; 2]>,
    spans: Vec<Span>,
}

/// A part of a line between two positions that are drawn, with at least one in between.
struct Span {
    start: usize,
    end: usize,
    /// First zoom at which one of the ends is drawn.
    first_zoom: u8,
}

impl Detail {
    /// First zoom at which each position is drawn: the one at which it lies half a pixel (of 512 per tile)
    /// beside the line without it. Zooms after `finest` are not told apart from [`FULL_DETAIL_ZOOM`].
    pub(super) fn first_zooms(&mut self, positions: &[[u32; 2]], finest: u8) -> Vec<u8> {
        let finest = finest.min(FULL_DETAIL_ZOOM - 1);
        let mut zooms = vec![FULL_DETAIL_ZOOM; positions.len()];
        for end in [0, positions.len().saturating_sub(1)] {
            if let Some(zoom) = zooms.get_mut(end) {
                *zoom = 0;
            }
        }
        self.positions.clear();
        self.positions.extend(positions.iter().map(|&[x, y]| [f64::from(x), f64::from(y)]));
        self.spans.clear();
        self.divide(0, positions.len().saturating_sub(1), 0);
        let mut allowed = positions.len().saturating_mul(MOST_MEASUREMENTS).saturating_add(FREE_MEASUREMENTS);
        while let Some(Span { start, end, first_zoom }) = self.spans.pop() {
            let inner = end - start - 1;
            if allowed < inner {
                zooms.iter_mut().skip(start + 1).take(inner).for_each(|zoom| *zoom = 0);
                continue;
            }
            allowed -= inner;
            let Some((place, squared)) = farthest(&self.positions, start, end, half_pixel_squared(finest))
            else {
                continue;
            };
            if let Some(zoom) = seen_from(squared).map(|zoom| zoom.max(first_zoom)).filter(|&z| z <= finest) {
                if let Some(kept) = zooms.get_mut(place) {
                    *kept = zoom;
                }
                self.divide(start, place, zoom);
                self.divide(place, end, zoom);
            }
        }
        zooms
    }

    /// Leaves a span to be measured, unless there is nothing in it.
    fn divide(&mut self, start: usize, end: usize, first_zoom: u8) {
        if end > start + 1 {
            self.spans.push(Span { start, end, first_zoom });
        }
    }
}

/// The position farthest from the segment between the ends of a span, and its squared distance; nothing
/// where all are at most as near as `near_squared`.
///
/// Distances are compared multiplied with the length of the segment, so that only the greatest costs a
/// division.
fn farthest(positions: &[[f64; 2]], start: usize, end: usize, near_squared: f64) -> Option<(usize, f64)> {
    let (from, to) = (*positions.get(start)?, *positions.get(end)?);
    let along = [to[0] - from[0], to[1] - from[1]];
    let length_squared = along[0] * along[0] + along[1] * along[1];
    let scale = if length_squared > 0.0 { length_squared } else { 1.0 };
    let mut found = None;
    let mut greatest = near_squared * scale;
    for (place, &[x, y]) in (start + 1..end).zip(positions.get(start + 1..end)?) {
        let [dx, dy] = [x - from[0], y - from[1]];
        let dot = dx * along[0] + dy * along[1];
        let scaled = if dot <= 0.0 || length_squared <= 0.0 {
            (dx * dx + dy * dy) * scale
        } else if dot >= length_squared {
            ((x - to[0]) * (x - to[0]) + (y - to[1]) * (y - to[1])) * scale
        } else {
            let cross = dx * along[1] - dy * along[0];
            cross * cross
        };
        if scaled > greatest {
            greatest = scaled;
            found = Some(place);
        }
    }
    found.map(|place| (place, greatest / scale))
}

/// Half a pixel in world units, squared: the 2^10th part of a tile, which is 2^(32 - zoom) units wide.
fn half_pixel_squared(zoom: u8) -> f64 {
    let half_pixel = f64::from(1_u32 << (22 - u32::from(zoom.min(22))));
    half_pixel * half_pixel
}

/// The first zoom at which this squared distance in world units is more than half a pixel.
fn seen_from(squared: f64) -> Option<u8> {
    // The square of half a pixel is 2^(44 - 2 zoom): the exponent of the distance decides, and whether there
    // is anything beyond it.
    let bits = squared.to_bits();
    let exponent = i64::try_from(bits >> MANTISSA_BITS).unwrap_or(0) - EXPONENT_BIAS;
    let whole = if bits.trailing_zeros() >= MANTISSA_BITS { exponent - 1 } else { exponent };
    let zoom = (44 - whole + 1).max(0) / 2;
    u8::try_from(zoom).ok().filter(|&zoom| zoom < FULL_DETAIL_ZOOM)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn first_zooms(positions: &[[u32; 2]], finest: u8) -> Vec<u8> {
        Detail::default().first_zooms(positions, finest)
    }

    /// World units of a pixel at a zoom.
    fn pixel(zoom: u32) -> u32 {
        1 << (23 - zoom)
    }

    #[test]
    fn a_position_appears_when_it_is_more_than_half_a_pixel_off() {
        let bent = |by: u32| vec![[0, 1 << 20], [1 << 20, (1 << 20) + by], [2 << 20, 1 << 20]];
        assert_eq!(first_zooms(&bent(pixel(10) / 2 + 1), 15), [0, 10, 0]);
        assert_eq!(first_zooms(&bent(pixel(10) / 2), 15), [0, 11, 0]);
        assert_eq!(first_zooms(&bent(1), 15), [0, FULL_DETAIL_ZOOM, 0]);
        assert_eq!(first_zooms(&bent(pixel(10)), 5), [0, FULL_DETAIL_ZOOM, 0]);
        assert_eq!(first_zooms(&[], 15), Vec::<u8>::new());
        assert_eq!(first_zooms(&[[1, 1]], 15), [0]);
    }

    #[test]
    fn what_is_left_out_is_never_more_than_half_a_pixel_away() {
        let mut noise = crate::synthetic::Draw::new(7);
        let positions: Vec<[u32; 2]> =
            (0..500).map(|i| [i * 40_000, 1 << 30 | noise.below(3_000_000)]).collect();
        let zooms = first_zooms(&positions, 15);
        let positions: Vec<[f64; 2]> = positions.iter().map(|&[x, y]| [x.into(), y.into()]).collect();
        for zoom in 0..16 {
            let kept: Vec<usize> = (0..positions.len()).filter(|&i| zooms[i] <= zoom).collect();
            for span in kept.windows(2) {
                let squared = farthest(&positions, span[0], span[1], 0.0).map_or(0.0, |(_, squared)| squared);
                let half_pixel = f64::from(pixel(zoom.into())) / 2.0;
                assert!(squared <= half_pixel * half_pixel, "zoom {zoom}");
            }
        }
    }

    #[test]
    fn a_shape_made_to_be_slow_is_left_as_it_is() {
        // Swings that grow: the farthest position is always the neighbour of an end, so each cut takes off one.
        let swing =
            |i: u32| if i.is_multiple_of(2) { (1 << 31) + i * 10_000 } else { (1 << 31) - i * 10_000 };
        let positions: Vec<[u32; 2]> = (0..200_000_u32).map(|i| [i * 20_000, swing(i)]).collect();
        let zooms = first_zooms(&positions, 15);
        assert!(zooms.iter().all(|&zoom| zoom <= 1));
    }

    /// What [`farthest`] says, by measuring every distance in full.
    fn measured(positions: &[[f64; 2]], start: usize, end: usize) -> Option<(usize, f64)> {
        let (from, to) = (positions[start], positions[end]);
        let along = [to[0] - from[0], to[1] - from[1]];
        let length_squared = along[0] * along[0] + along[1] * along[1];
        let mut found = None;
        let mut greatest = 0.0;
        for (place, &[x, y]) in positions.iter().enumerate().take(end).skip(start + 1) {
            let [dx, dy] = [x - from[0], y - from[1]];
            let dot = dx * along[0] + dy * along[1];
            let squared = if dot <= 0.0 || length_squared <= 0.0 {
                dx * dx + dy * dy
            } else if dot >= length_squared {
                (x - to[0]) * (x - to[0]) + (y - to[1]) * (y - to[1])
            } else {
                let cross = dx * along[1] - dy * along[0];
                cross * cross / length_squared
            };
            if squared > greatest {
                greatest = squared;
                found = Some((place, squared));
            }
        }
        found
    }

    fn seen_by_search(squared: f64) -> Option<u8> {
        (0..FULL_DETAIL_ZOOM).find(|&zoom| squared > half_pixel_squared(zoom))
    }

    #[test]
    fn the_zoom_of_every_power_and_its_neighbours_is_the_one_a_search_finds() {
        for power in -1000..=70 {
            let exact = 2.0_f64.powi(power);
            for squared in [exact.next_down(), exact, exact.next_up(), exact * 1.5] {
                assert_eq!(seen_from(squared), seen_by_search(squared), "2^{power}");
            }
        }
        assert_eq!(seen_from(0.0), None);
    }

    proptest! {
        #[test]
        fn the_zoom_is_the_one_a_search_finds(squared in 0.0..1e19_f64, scale in 0_u32..64) {
            let squared = squared / 2.0_f64.powi(scale.cast_signed());
            prop_assert_eq!(seen_from(squared), seen_by_search(squared));
        }

        #[test]
        fn the_farthest_is_the_one_that_measuring_finds(
            // As large as a city, so that products are exact and equal distances are equal.
            positions in prop::collection::vec((0_u32..1 << 12, 0_u32..1 << 12), 2..30),
            scale in 0_u32..12,
            near in 0_u8..23,
        ) {
            let place = |&(x, y): &(u32, u32)| [(x >> scale).into(), (y >> scale).into()];
            let positions: Vec<[f64; 2]> = positions.iter().map(place).collect();
            let end = positions.len() - 1;
            let near_squared = half_pixel_squared(near);
            let expected = measured(&positions, 0, end);
            prop_assert_eq!(farthest(&positions, 0, end, 0.0), expected);
            let far = expected.filter(|&(_, squared)| squared > near_squared);
            prop_assert_eq!(farthest(&positions, 0, end, near_squared), far);
        }

        #[test]
        fn memory_of_lines_before_changes_nothing(
            lines in prop::collection::vec(prop::collection::vec((any::<u32>(), any::<u32>()), 0..20), 1..5),
            finest in 0_u8..20,
        ) {
            let mut detail = Detail::default();
            for line in lines {
                let line: Vec<[u32; 2]> = line.into_iter().map(|(x, y)| [x, y]).collect();
                prop_assert_eq!(detail.first_zooms(&line, finest), first_zooms(&line, finest));
            }
        }
    }
}
