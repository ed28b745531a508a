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

/// First zoom at which each position is drawn: the one at which it lies half a pixel (of 512 per tile)
/// beside the line without it. Zooms after `finest` are not told apart from [`FULL_DETAIL_ZOOM`].
pub(super) fn first_zooms(positions: &[[u32; 2]], finest: u8) -> Vec<u8> {
    let finest = finest.min(FULL_DETAIL_ZOOM - 1);
    let mut zooms = vec![FULL_DETAIL_ZOOM; positions.len()];
    if let Some(first) = zooms.first_mut() {
        *first = 0;
    }
    if let Some(last) = zooms.last_mut() {
        *last = 0;
    }
    let mut allowed = positions.len().saturating_mul(MOST_MEASUREMENTS).saturating_add(FREE_MEASUREMENTS);
    let mut spans = vec![(0, positions.len().saturating_sub(1), 0_u8)];
    while let Some((start, end, parent_zoom)) = spans.pop() {
        let Some(inner) = end.checked_sub(start).and_then(|steps| steps.checked_sub(1)).filter(|&n| n > 0)
        else {
            continue;
        };
        if allowed < inner {
            zooms.iter_mut().skip(start + 1).take(inner).for_each(|zoom| *zoom = 0);
            continue;
        }
        allowed -= inner;
        if let Some((place, squared)) = farthest(positions, start, end)
            && let Some(zoom) = seen_from(squared).map(|zoom| zoom.max(parent_zoom)).filter(|&z| z <= finest)
        {
            if let Some(kept) = zooms.get_mut(place) {
                *kept = zoom;
            }
            spans.extend([(start, place, zoom), (place, end, zoom)]);
        }
    }
    zooms
}

/// The position farthest from the segment between the ends of a span, and its squared distance.
fn farthest(positions: &[[u32; 2]], start: usize, end: usize) -> Option<(usize, f64)> {
    let from = as_floats(*positions.get(start)?);
    let to = as_floats(*positions.get(end)?);
    let along = [to[0] - from[0], to[1] - from[1]];
    let length_squared = along[0] * along[0] + along[1] * along[1];
    let mut found = None;
    let mut greatest = 0.0;
    for (place, &position) in (start + 1..end).zip(positions.get(start + 1..end)?) {
        let [x, y] = as_floats(position);
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
            found = Some(place);
        }
    }
    found.map(|place| (place, greatest))
}

fn as_floats([x, y]: [u32; 2]) -> [f64; 2] {
    [x.into(), y.into()]
}

/// The first zoom at which this squared distance in world units is more than half a pixel.
fn seen_from(squared: f64) -> Option<u8> {
    (0..FULL_DETAIL_ZOOM).find(|&zoom| {
        // Half a pixel is the 2^10th part of a tile, which is 2^(32 - zoom) units wide.
        let half_pixel = f64::from(1_u32 << (22 - u32::from(zoom)));
        squared > half_pixel * half_pixel
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for zoom in 0..16 {
            let kept: Vec<usize> = (0..positions.len()).filter(|&i| zooms[i] <= zoom).collect();
            for span in kept.windows(2) {
                let squared = farthest(&positions, span[0], span[1]).map_or(0.0, |(_, squared)| squared);
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
}
