//! Readings as they are told, newest first.

use chrono::{DateTime, FixedOffset, Offset, Utc};
use entity::measurement::{self, Clock, EnteredAs, Source, Validity};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::dto::{AssessmentView, MeasurementView, ToldValue};
use super::store::{Reading, opened};
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// Which readings.
#[derive(Clone, Debug, Default)]
pub(in crate::records) struct Wanted {
    /// Of one metric, or of all.
    pub(in crate::records) metric: Option<String>,
    /// Measured not before.
    pub(in crate::records) from: Option<DateTime<Utc>>,
    /// Measured before.
    pub(in crate::records) until: Option<DateTime<Utc>>,
    /// After this one.
    pub(in crate::records) after: Option<Place>,
}

/// Where a reading stands in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::records) struct Place {
    measured_at_ms: i64,
    id: Uuid,
}

impl Place {
    fn of(row: &measurement::Model) -> Self {
        Self { measured_at_ms: row.measured_at, id: row.id }
    }

    /// Reads `next` of the page before.
    pub(super) fn parse(text: &str) -> ApiResult<Self> {
        let read = || {
            let (at, id) = text.split_once('.')?;
            Some(Self { measured_at_ms: at.parse().ok()?, id: id.parse().ok()? })
        };
        read().ok_or_else(|| ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。"))
    }

    fn text(self) -> String {
        format!("{}.{}", self.measured_at_ms, self.id.simple())
    }
}

/// A page of the readings that count, newest first, and where the next one begins.
pub(in crate::records) async fn page(
    state: &AppState,
    person_id: Uuid,
    wanted: &Wanted,
    limit: usize,
) -> ApiResult<(Vec<Reading>, Option<String>)> {
    let reader = state.database.reader();
    let metrics: Vec<&str> = match &wanted.metric {
        Some(metric) => vec![metric],
        None => state.catalogue.metrics().iter().map(|metric| metric.code.as_str()).collect(),
    };
    // Each metric lies in the order of time; their newest together hold the newest of all.
    let mut rows = Vec::new();
    for metric in metrics {
        rows.extend(newest(reader, person_id, metric, wanted, limit + 1).await?);
    }
    rows.sort_unstable_by_key(|row| std::cmp::Reverse(Place::of(row)));
    let is_last = rows.len() <= limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| !is_last).map(|row| Place::of(row).text());
    Ok((opened(state, reader, rows).await?, next))
}

async fn newest(
    connection: &impl ConnectionTrait,
    person_id: Uuid,
    metric: &str,
    wanted: &Wanted,
    limit: usize,
) -> ApiResult<Vec<measurement::Model>> {
    let mut query = measurement::Entity::find()
        .filter(measurement::Column::PersonId.eq(person_id))
        .filter(measurement::Column::Metric.eq(metric))
        .filter(measurement::Column::Validity.eq(Validity::Valid))
        .order_by_desc(measurement::Column::MeasuredAt)
        .order_by_desc(measurement::Column::Id)
        .limit(limit as u64);
    if let Some(from) = wanted.from {
        query = query.filter(measurement::Column::MeasuredAt.gte(from.timestamp_millis()));
    }
    if let Some(until) = wanted.until {
        query = query.filter(measurement::Column::MeasuredAt.lt(until.timestamp_millis()));
    }
    if let Some(after) = wanted.after {
        let at = Expr::col(measurement::Column::MeasuredAt);
        let is_older = Condition::any()
            .add(at.clone().lt(after.measured_at_ms))
            .add(Condition::all().add(at.eq(after.measured_at_ms)).add(measurement::Column::Id.lt(after.id)));
        query = query.filter(is_older);
    }
    Ok(query.all(connection).await?)
}

/// A reading as it is told.
pub(in crate::records) fn view(state: &AppState, reading: &Reading) -> MeasurementView {
    let row = &reading.row;
    let metric = state.catalogue.metric(&row.metric);
    let mut view = MeasurementView {
        id: row.id,
        uid: row.uid,
        metric: row.metric.clone(),
        name: metric.map(|metric| metric.name.clone()).unwrap_or_default(),
        values: std::collections::BTreeMap::new(),
        text: String::new(),
        told: Vec::new(),
        measured_at: measured_at(row),
        received_at: *row.received_at,
        clock: clock_word(row.clock),
        source: source_word(row.source),
        place_id: row.hut_id,
        device_id: row.device_id,
        entered_as: entered_as_word(row.entered_as),
        posture: None,
        arm: None,
        meal: None,
        note: None,
        assessment: Vec::new(),
        doubt: None,
        validity: validity_word(row.validity),
        replaced_by: row.replaced_by,
    };
    let (Some(metric), Some(content)) = (metric, &reading.content) else {
        return view;
    };
    for part in &content.parts {
        view.told.push(ToldValue::new(&part.0, &part.2, &part.3));
        if let Some(component) = metric.component(&part.0) {
            view.values.insert(part.0.clone(), component.value(part.1));
        }
    }
    view.text = metric.text(|component| content.steps(component));
    let context = content.context.clone();
    (view.posture, view.arm, view.meal, view.note) =
        (context.posture, context.arm, context.meal, context.note);
    view.doubt.clone_from(&content.doubt);
    let bands = state.assessment.current();
    view.assessment = content.findings.iter().map(|finding| AssessmentView::new(finding, &bands)).collect();
    view
}

/// When a reading was measured, by the clocks of that place.
pub(in crate::records) fn measured_at(row: &measurement::Model) -> DateTime<FixedOffset> {
    let offset = FixedOffset::east_opt(row.offset_min * 60).unwrap_or_else(|| Utc.fix());
    DateTime::from_timestamp_millis(row.measured_at).unwrap_or_default().with_timezone(&offset)
}

pub(in crate::records) fn source_word(source: Source) -> &'static str {
    match source {
        Source::Own => "self",
        Source::Device => "device",
        Source::Hut => "hut",
        Source::Staff => "staff",
        Source::Import => "import",
        Source::Wechat => "wechat",
    }
}

pub(in crate::records) fn entered_as_word(entered_as: EnteredAs) -> &'static str {
    match entered_as {
        EnteredAs::Own => "own",
        EnteredAs::Guardian => "guardian",
        EnteredAs::Caretaker => "caretaker",
        EnteredAs::Proxy => "proxy",
        EnteredAs::Staff => "staff",
        EnteredAs::Gateway => "gateway",
    }
}

pub(in crate::records) fn clock_word(clock: Clock) -> &'static str {
    match clock {
        Clock::Synced => "synced",
        Clock::Device => "device",
        Clock::Corrected => "corrected",
        Clock::Told => "told",
        Clock::Unknown => "unknown",
    }
}

pub(in crate::records) fn validity_word(validity: Validity) -> &'static str {
    match validity {
        Validity::Valid => "valid",
        Validity::Replaced => "replaced",
        Validity::Deleted => "deleted",
    }
}
