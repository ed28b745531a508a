//! All readings as a table (RFC 4180), with a byte order mark, without which Excel takes it for GBK.

use chrono::{DateTime, FixedOffset, Offset, Utc};
use entity::measurement::{Clock, Source};
use uuid::Uuid;

use super::build::{Days, arm_words, posture_words, source_words};
use crate::error::{ApiError, ApiResult};
use crate::records::metrics::Metric;
use crate::records::readings::{self, Meal, Reading};
use crate::state::AppState;

const MARK: &[u8] = b"\xEF\xBB\xBF";
const HEADINGS: [&str; 13] = [
    "测量时间",
    "项目",
    "数值",
    "数值一",
    "数值二",
    "数值三",
    "单位",
    "结果",
    "来源",
    "姿势",
    "部位",
    "进餐",
    "备注",
];

/// Every reading of a person that counts, metric by metric, in the order of time.
pub(super) async fn table(state: &AppState, person_id: Uuid, days: Days) -> ApiResult<Vec<u8>> {
    let (from, until) = days.instants();
    let bands = state.assessment.current();
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(MARK.to_vec());
    table.write_record(HEADINGS).map_err(internal)?;
    for metric in state.catalogue.metrics().iter().filter(|metric| !metric.derived) {
        let of = (person_id, metric.code.as_str());
        for reading in readings::in_range(state, state.database.reader(), of, from, until).await? {
            let finding = reading.content.as_ref().and_then(|content| content.findings.first());
            let result = finding.map(|finding| bands.explain(finding).label).unwrap_or_default();
            table.write_record(cells(metric, &reading, result)).map_err(internal)?;
        }
    }
    table
        .into_inner()
        .map_err(|error| ApiError::Internal(anyhow::anyhow!("a table was not written: {error}")))
}

fn internal(error: csv::Error) -> ApiError {
    ApiError::Internal(error.into())
}

fn cells(metric: &Metric, reading: &Reading, result: String) -> [String; 13] {
    let steps = |component: &str| reading.content.as_ref()?.steps(component);
    let number = |nth: usize| {
        let component = metric.components.get(nth)?;
        Some(component.text(steps(&component.code)?))
    };
    let context = reading.content.as_ref().map(|content| &content.context);
    let unit = metric.components.first().map(|component| component.unit_name.clone());
    [
        when(reading),
        metric.name.clone(),
        metric.text(steps),
        number(0).unwrap_or_default(),
        number(1).unwrap_or_default(),
        number(2).unwrap_or_default(),
        unit.unwrap_or_default(),
        result,
        source_words(reading.row.source).to_owned(),
        context.and_then(|context| context.posture).map(posture_words).unwrap_or_default().to_owned(),
        context.and_then(|context| context.arm).map(arm_words).unwrap_or_default().to_owned(),
        context.and_then(|context| context.meal).map(meal_words).unwrap_or_default().to_owned(),
        plain(context.and_then(|context| context.note.as_deref()).unwrap_or_default()),
    ]
}

/// A remark that begins like a formula would be one in Excel.
fn plain(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

fn meal_words(meal: Meal) -> &'static str {
    match meal {
        Meal::Fasting => "空腹",
        Meal::BeforeMeal => "饭前",
        Meal::AfterMeal => "饭后",
        Meal::Bedtime => "睡前",
    }
}

/// When it was measured; only the day where a hospital told no more.
fn when(reading: &Reading) -> String {
    let is_day_only = reading.row.source == Source::Import && reading.row.clock == Clock::Unknown;
    let form = if is_day_only { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M:%S %:z" };
    measured_at(reading).format(form).to_string()
}

fn measured_at(reading: &Reading) -> DateTime<FixedOffset> {
    let offset = FixedOffset::east_opt(reading.row.offset_min * 60).unwrap_or_else(|| Utc.fix());
    reading.measured_at().with_timezone(&offset)
}
