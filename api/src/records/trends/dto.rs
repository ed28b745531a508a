use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::buckets::TrendBucket;
use crate::assessment::{Explanation, Level};
use crate::records::readings::AssessmentView;

/// What to show.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TrendParameters {
    /// Code of `/metrics-catalogue`.
    #[param(required, nullable = false, value_type = String, example = "blood_pressure")]
    pub(super) metric: Option<String>,
    /// First day, in China; 30 days, 26 weeks or two years before the last where it is missing.
    #[param(value_type = Option<NaiveDate>)]
    pub(super) from: Option<String>,
    /// Last day, in China; today where it is missing.
    #[param(value_type = Option<NaiveDate>)]
    pub(super) to: Option<String>,
    /// How much time one point stands for: at most 400 days, 260 weeks or 240 months in all.
    #[param(pattern = "^(day|week|month)$", default = "day")]
    pub(super) bucket: Option<String>,
}

/// Which week.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HomeWeekParameters {
    /// Last of the seven days, in China. Where it is missing it is the newest week that was finished within the last
    /// seven days, else the one up to today.
    #[param(value_type = Option<NaiveDate>)]
    pub(super) ending: Option<String>,
}

/// How one metric developed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Trend {
    #[schema(example = "blood_pressure")]
    pub(super) metric: String,
    #[schema(example = "血压")]
    pub(super) name: String,
    pub(super) bucket: TrendBucket,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    /// What the numbers are told in, by code of the component.
    pub(super) units: BTreeMap<String, String>,
    /// Spans with readings, oldest first.
    pub(super) points: Vec<TrendPoint>,
    /// The whole span, where there are readings.
    pub(super) overall: BTreeMap<String, TrendFigures>,
    /// What a chart is shaded with, by code of the component, for the person on the last day. Empty where there
    /// is no standard for the person.
    pub(super) bands: BTreeMap<String, Vec<TrendShade>>,
}

/// One span.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TrendPoint {
    /// First day of the span.
    pub(super) start: NaiveDate,
    /// Figures by code of the component.
    pub(super) values: BTreeMap<String, TrendFigures>,
}

/// What the values of one number in one span come to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct TrendFigures {
    pub(super) count: i64,
    pub(super) mean: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

/// A band of a chart.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TrendShade {
    /// Stable word of the band, such as `grade_1`.
    pub(super) code: String,
    pub(super) level: Level,
    pub(super) lower: Option<f64>,
    pub(super) lower_included: bool,
    pub(super) upper: Option<f64>,
    pub(super) upper_included: bool,
    /// Standard and edition.
    #[schema(example = "WS/T 428 2013")]
    pub(super) source: String,
}

/// Seven days of blood pressure at home, mornings and evenings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HomeWeek {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    /// How many readings were taken at home in the seven days, in mornings and evenings.
    pub(in crate::records) readings: usize,
    /// Each day, oldest first. The first does not count.
    pub(crate) days: Vec<HomeDay>,
    /// The mean of the days that count, once three of them have a morning and an evening.
    pub(crate) mean: Option<HomeMean>,
    pub(crate) morning: Option<HomeMean>,
    pub(crate) evening: Option<HomeMean>,
    /// Whether every day that counts has a morning and an evening, with at least twelve readings.
    pub(crate) complete: bool,
    /// What the mean is found to be by the limits for home. Never a diagnosis.
    pub(super) assessment: Vec<AssessmentView>,
    /// What is still missing, or what the week comes to, in plain Chinese.
    #[schema(example = "还差 2 天的早晚测量。每天早上起床后、晚上睡觉前各量 2 到 3 次。")]
    pub(crate) text: String,
}

impl HomeWeek {
    /// What the mean is found to be, most important first, where it is judged.
    pub(crate) fn found(&self) -> Option<(Level, &Explanation)> {
        self.assessment.first().map(AssessmentView::told)
    }
}

/// One day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HomeDay {
    pub(crate) day: NaiveDate,
    pub(crate) counts: bool,
    /// From five to ten.
    pub(crate) morning: Option<HomeMean>,
    /// From seventeen to midnight.
    pub(crate) evening: Option<HomeMean>,
}

/// Means in mmHg.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HomeMean {
    pub(crate) systolic: i64,
    pub(crate) diastolic: i64,
    pub(crate) readings: usize,
}
