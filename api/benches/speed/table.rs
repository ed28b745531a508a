//! What was measured, beside its target.

use std::fmt;

/// One line of the result.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) what: String,
    /// The value that has a target, with its unit.
    pub(crate) measured: String,
    /// The target.
    pub(crate) target: String,
    /// Whether it is met.
    pub(crate) met: bool,
    /// What the value was computed from.
    pub(crate) from: String,
}

/// All figures, as people read them.
#[derive(Debug, Default)]
pub(crate) struct Table(pub(crate) Vec<Figure>);

impl Figure {
    /// A part of 1 that should be at least `least`.
    pub(crate) fn at_least(what: impl Into<String>, ratio: f64, least: f64, from: String) -> Self {
        Self {
            what: what.into(),
            measured: format!("{:.1} %", ratio * 100.0),
            target: format!(">= {:.0} %", least * 100.0),
            met: ratio >= least,
            from,
        }
    }

    /// A factor that should be at least `least`.
    pub(crate) fn times(what: impl Into<String>, ratio: f64, least: f64, from: String) -> Self {
        Self {
            what: what.into(),
            measured: format!("{ratio:.1} x"),
            target: format!(">= {least:.0} x"),
            met: ratio >= least,
            from,
        }
    }

    /// A factor that should be at most `most`.
    pub(crate) fn at_most(what: impl Into<String>, ratio: f64, most: f64, from: String) -> Self {
        Self {
            what: what.into(),
            measured: format!("{ratio:.2} x"),
            target: format!("<= {most:.1} x"),
            met: ratio <= most,
            from,
        }
    }

    /// A time that should be at most `most_s`.
    pub(crate) fn within(what: impl Into<String>, measured_s: f64, most_s: f64, from: String) -> Self {
        Self {
            what: what.into(),
            measured: seconds(measured_s),
            target: format!("<= {}", seconds(most_s)),
            met: measured_s <= most_s,
            from,
        }
    }
}

/// A time in the unit that suits it.
pub(crate) fn seconds(time_s: f64) -> String {
    if time_s >= 1.0 {
        format!("{time_s:.2} s")
    } else if time_s >= 0.001 {
        format!("{:.1} ms", time_s * 1e3)
    } else {
        format!("{:.0} us", time_s * 1e6)
    }
}

/// A size in megabytes (10^6).
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: fn(&Figure) -> &str| self.0.iter().map(|figure| column(figure).len()).max();
        let what = width(|figure| &figure.what).unwrap_or(0);
        let measured = width(|figure| &figure.measured).unwrap_or(0).max("measured".len());
        let target = width(|figure| &figure.target).unwrap_or(0);
        writeln!(out, "{:what$}  {:>measured$}  {:>target$}        from", "figure", "measured", "target")?;
        for figure in &self.0 {
            let verdict = if figure.met { "pass" } else { "MISS" };
            writeln!(
                out,
                "{:what$}  {:>measured$}  {:>target$}  {verdict}  {}",
                figure.what, figure.measured, figure.target, figure.from
            )?;
        }
        Ok(())
    }
}
