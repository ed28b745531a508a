//! What a report tells, before it has a form.

use chrono::{DateTime, FixedOffset};

use crate::assessment::Level;

/// A report of one person over a span of time, all in words that people read.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Name, where one is known.
    pub name: String,
    /// Sex and age, such as 女，70 岁.
    pub about: String,
    /// The days that it covers.
    pub span: String,
    /// When it was made.
    pub made_at: String,
    /// One for each metric that was measured.
    pub sections: Vec<Section>,
}

/// One metric.
#[derive(Clone, Debug)]
pub struct Section {
    /// Code of the catalogue.
    pub metric: String,
    /// Its name in Chinese.
    pub title: String,
    /// What people call its unit.
    pub unit: String,
    /// How often, mean, lowest and highest, latest.
    pub facts: Vec<String>,
    /// What the latest value was found to be.
    pub verdict: Option<Verdict>,
    /// The week at home, where there is one.
    pub home_week: Option<HomeSheet>,
    /// Its course, where there are at least two values.
    pub chart: Option<Chart>,
    /// The latest values, newest first.
    pub rows: Vec<Row>,
    /// How many more there are.
    pub more: usize,
}

/// What a value was found to be, and what to do.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// How much it matters.
    pub level: Level,
    /// In a few characters.
    pub label: String,
    /// What it means and what to do.
    pub text: String,
    /// By which standard.
    pub source: String,
}

impl Series {
    /// What its usual range is called beside the chart.
    pub(super) fn name_of_usual(&self) -> String {
        if self.name.is_empty() { "正常范围".to_owned() } else { format!("{}的正常范围", self.name) }
    }
}

/// One value.
#[derive(Clone, Debug)]
pub struct Row {
    /// When, by the clocks of that place.
    pub at: DateTime<FixedOffset>,
    /// The value with its unit.
    pub value: String,
    /// What it was found to be, in a few characters.
    pub label: String,
    /// How much that matters.
    pub level: Level,
    /// Where it comes from, and how it was measured.
    pub how: String,
}

/// The course of one metric.
#[derive(Clone, Debug)]
pub struct Chart {
    /// First instant, milliseconds since 1970.
    pub from_ms: i64,
    /// Last instant.
    pub until_ms: i64,
    /// One line for each number, in the order of the catalogue.
    pub series: Vec<Series>,
}

/// One line.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it is; empty where it is the only one.
    pub name: String,
    /// Instants and values, in the order of time.
    pub points: Vec<(i64, f64)>,
    /// Where its values are usual, from and to, in the unit of the chart; absent where no standard says so.
    pub usual: Option<(Option<f64>, Option<f64>)>,
}

/// Seven days of blood pressure at home, mornings and evenings, that doctors ask for.
#[derive(Clone, Debug)]
pub struct HomeSheet {
    /// Which days, and what they come to.
    pub facts: Vec<String>,
    /// What the mean was found to be by the limits for home.
    pub verdict: Option<Verdict>,
    /// Each day: the day, mean of the morning, mean of the evening, remark.
    pub rows: Vec<[String; 4]>,
}
