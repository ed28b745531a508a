//! Where the parts of a chart stand in its box, whatever it is drawn with.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places on paper: instants and counts are far below 2^52, and a point has no need of more than f32"
)]

use chrono::{DateTime, Datelike, FixedOffset};

use super::content::Chart;

/// Space for the numbers at the left, points.
const LEFT: f32 = 34.0;
/// Space for the dates below.
const BELOW: f32 = 16.0;
/// China; charts are labelled with days there.
const OFFSET_S: i32 = 8 * 3600;

/// A chart laid out in a box; y grows downwards.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Left, top, right, bottom of the field.
    pub(super) field: [f32; 4],
    /// Top and bottom of each usual range, within the field, with the place of its line among the lines.
    pub(super) usual: Vec<(usize, f32, f32)>,
    /// Height of each line across, and its number.
    pub(super) rules: Vec<(f32, String)>,
    /// Place of each date, and what it says.
    pub(super) dates: Vec<(f32, String)>,
    /// The lines.
    pub(super) lines: Vec<Vec<(f32, f32)>>,
}

impl Layout {
    /// Lays a chart out in a box of this size.
    pub(super) fn of(chart: &Chart, width: f32, height: f32) -> Self {
        let field = [LEFT, 4.0, width - 6.0, height - BELOW];
        let (low, high, step) = scale(chart);
        let time = (chart.until_ms - chart.from_ms).max(1) as f64;
        let x = |at: i64| {
            let part = (at - chart.from_ms) as f64 / time;
            field[0] + (field[2] - field[0]) * part.clamp(0.0, 1.0) as f32
        };
        let y = |value: f64| {
            let part = (value - low) / (high - low);
            field[3] - (field[3] - field[1]) * part.clamp(0.0, 1.0) as f32
        };
        let usual = chart.series.iter().enumerate().filter_map(|(nth, series)| {
            let (from, to) = series.usual?;
            Some((nth, y(to.unwrap_or(high)), y(from.unwrap_or(low))))
        });
        let count = ((high - low) / step).round() as usize;
        let rules =
            (0..=count).map(|nth| low + step * nth as f64).map(|value| (y(value), number(value, step)));
        let lines = chart
            .series
            .iter()
            .map(|series| series.points.iter().map(|(at, value)| (x(*at), y(*value))).collect());
        Self {
            field,
            usual: usual.collect(),
            rules: rules.collect(),
            dates: dates(chart).into_iter().map(|(at, text)| (x(at), text)).collect(),
            lines: lines.collect(),
        }
    }
}

/// Lowest and highest number, and the step between lines: 1, 2 or 5 times a power of ten, four to eight lines.
fn scale(chart: &Chart) -> (f64, f64, f64) {
    let values = || chart.series.iter().flat_map(|series| series.points.iter().map(|(_, value)| *value));
    let (mut low, mut high) = values().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        (low, high) = (0.0, 1.0);
    }
    // The limits of what is usual are shown where they are near.
    let room = (high - low).max(high.abs() * 0.05).max(0.1);
    let (least, most) = (low - room, high + room);
    let usual = || chart.series.iter().filter_map(|series| series.usual);
    for limit in usual().flat_map(|(from, to)| [from, to]).flatten() {
        if limit > least && limit < most {
            (low, high) = (low.min(limit), high.max(limit));
        }
    }
    // A range that lies beyond all values still shows its edge: a legend without its colour would mislead.
    for (from, to) in usual() {
        low = to.filter(|to| *to < low).unwrap_or(low);
        high = from.filter(|from| *from > high).unwrap_or(high);
    }
    let room = room.max(high - low);
    let (low, high) = (low - room * 0.1, high + room * 0.1);
    let rough = (high - low) / 5.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(power);
    ((low / step).floor() * step, (high / step).ceil() * step, step)
}

fn number(value: f64, step: f64) -> String {
    let decimals = if step >= 1.0 { 0 } else { (-step.log10().floor()) as usize };
    format!("{value:.decimals$}")
}

/// First and last day, and three between.
fn dates(chart: &Chart) -> Vec<(i64, String)> {
    let span = chart.until_ms - chart.from_ms;
    let at = (0..=4).map(|nth| chart.from_ms + span * nth / 4);
    let mut dates: Vec<(i64, String)> = Vec::new();
    for at in at {
        let Some(text) = day(at) else { continue };
        if dates.last().is_none_or(|(_, before)| *before != text) {
            dates.push((at, text));
        }
    }
    dates
}

fn day(at_ms: i64) -> Option<String> {
    let offset = FixedOffset::east_opt(OFFSET_S)?;
    let at = DateTime::from_timestamp_millis(at_ms)?.with_timezone(&offset);
    Some(format!("{}月{}日", at.month(), at.day()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::content::Series;
    use super::*;

    fn chart(points: Vec<(i64, f64)>, usual: Option<(Option<f64>, Option<f64>)>) -> Chart {
        let from_ms = points.first().map_or(0, |point| point.0);
        let until_ms = points.last().map_or(0, |point| point.0);
        Chart { from_ms, until_ms, series: vec![Series { name: String::new(), points, usual }] }
    }

    #[test]
    fn a_usual_range_beyond_all_values_still_shows_its_edge() {
        let same = |value: f64| (0..9).map(|nth| (nth * 86_400_000, value)).collect();
        for (value, usual) in
            [(7.0, (Some(3.9), Some(6.1))), (12.0, (None, Some(6.1))), (3.0, (Some(3.9), Some(6.1)))]
        {
            let layout = Layout::of(&chart(same(value), Some(usual)), 500.0, 150.0);
            let (_, top, bottom) = layout.usual[0];
            assert!(bottom - top > 1.0, "{value}: shaded from {top} to {bottom}");
            let (_, at) = layout.lines[0][0];
            assert!(at < top || at > bottom, "{value} lies outside");
        }
    }

    #[test]
    fn each_line_has_a_range_of_its_own() {
        let line = |name: &str, value: f64, usual| Series {
            name: name.to_owned(),
            points: vec![(0, value), (86_400_000, value)],
            usual: Some(usual),
        };
        let series = vec![
            line("收缩压", 128.0, (Some(90.0), Some(135.0))),
            line("舒张压", 92.0, (Some(60.0), Some(85.0))),
        ];
        let layout = Layout::of(&Chart { from_ms: 0, until_ms: 86_400_000, series }, 500.0, 150.0);
        let lies_within = |nth: usize| {
            let (_, top, bottom) = layout.usual[nth];
            (top..=bottom).contains(&layout.lines[nth][0].1)
        };
        assert!(lies_within(0) && !lies_within(1), "92 is usual for neither pressure at home");
    }

    #[test]
    fn lines_are_labelled_with_round_numbers() {
        let chart = chart(vec![(0, 118.0), (86_400_000, 147.0)], Some((Some(90.0), Some(140.0))));
        let told: Vec<_> = Layout::of(&chart, 500.0, 150.0).rules.into_iter().map(|(_, text)| text).collect();
        assert_eq!(told, ["80", "100", "120", "140", "160"]);
    }

    proptest! {
        #[test]
        fn everything_stays_in_the_box(
            values in prop::collection::vec(-1.0e6..1.0e6_f64, 0..50),
            lower in prop::option::of(-1.0e6..1.0e6_f64),
            upper in prop::option::of(-1.0e6..1.0e6_f64),
        ) {
            let points = values.into_iter().zip(0_i64..).map(|(value, nth)| (nth * 3_600_000, value)).collect();
            let layout = Layout::of(&chart(points, Some((lower, upper))), 500.0, 150.0);
            let inside = |x: f32, y: f32| (0.0..=500.0).contains(&x) && (0.0..=150.0).contains(&y);
            prop_assert!(layout.lines.iter().flatten().all(|(x, y)| inside(*x, *y)));
            prop_assert!(layout.rules.iter().all(|(y, _)| inside(0.0, *y)));
            prop_assert!((2..=12).contains(&layout.rules.len()), "{}", layout.rules.len());
        }
    }
}
