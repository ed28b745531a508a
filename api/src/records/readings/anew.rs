//! Readings that are judged when the height they need comes to be known after them, or is taken back.
//!
//! What was found on the day a reading came stays: only what nothing had been found about for want of a height is
//! added, by the standards of the day of the measurement. Where the height itself is corrected or deleted, what
//! had been found by it goes with it.

use chrono::{DateTime, Utc};
use entity::measurement::{self, Validity};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::cell::Content;
use super::check::{Fit, fit};
use super::judge::{Judge, Judged};
use super::list::measured_at;
use super::past::{Earlier, Moment, Past};
use super::store::{self, Reading, opened};
use crate::assessment::{About, Finding};
use crate::error::ApiResult;
use crate::state::AppState;
use crate::vault::Sealer;

/// Readings of one metric that one height may change, the newest ones: years of daily weights without a height
/// are not opened in one transaction.
const MOST: u64 = 400;
/// What is judged by a height.
const BY_HEIGHT: [About; 4] =
    [About::Bmi, About::BloodPressure, About::PregnancyGain, About::PregnancyWeeklyGain];

/// A height that came or went.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// It counts from now on.
    Came(Earlier),
    /// It was corrected or deleted.
    Went(Earlier),
}

impl Change {
    fn height(self) -> Earlier {
        match self {
            Self::Came(height) | Self::Went(height) => height,
        }
    }
}

/// Judges what heights that came or went change. The rows of the heights must have been written.
pub(super) async fn judge(
    (state, transaction, sealer): (&AppState, &DatabaseTransaction, &Sealer),
    person_id: Uuid,
    judge: &Judge<'_>,
    changes: &[Change],
) -> ApiResult<()> {
    // What went comes first, so that what replaces it finds nothing of it.
    let (went, came): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|change| matches!(change, Change::Went(_)));
    for change in went.into_iter().chain(came) {
        for metric in ["weight", "blood_pressure"] {
            let readings = around(state, transaction, (person_id, metric), change.height().at).await?;
            let Some(latest) = readings.iter().map(Reading::measured_at).max() else { continue };
            let past = Past::up_to(state, transaction, person_id, latest).await?;
            for reading in readings {
                let Some(content) = judged(state, judge, *change, &reading, &past) else { continue };
                write(transaction, sealer, &reading.row, &content).await?;
            }
        }
    }
    Ok(())
}

/// What stands in the cell of a reading from now on; `None` where it stays as it is.
fn judged(
    state: &AppState,
    judge: &Judge<'_>,
    change: Change,
    reading: &Reading,
    past: &Past,
) -> Option<Content> {
    let content = reading.content.as_ref()?;
    let (metric, source) = (reading.row.metric.as_str(), reading.row.source);
    let moment = Moment { at: measured_at(&reading.row), replaces: None };
    if !judge.needs_height(metric, moment) {
        return None;
    }
    let by = |past: &Past| judge.height(moment, past);
    let is_meant = match change {
        Change::Came(height) => by(past).is_some_and(|by| by.id == height.id),
        Change::Went(height) => by(&past.with_height(height)).is_some_and(|by| by.id == height.id),
    };
    if !is_meant {
        return None;
    }
    let is_by_height = |finding: &Finding| BY_HEIGHT.contains(&finding.about);
    let mut findings = content.findings.clone();
    if matches!(change, Change::Went(_)) {
        findings.retain(|finding| !is_by_height(finding));
    }
    let weight_g = content.steps("value").filter(|_| metric == "weight");
    let fits = |height: Earlier| {
        weight_g.is_none_or(|weight_g| fit(&state.catalogue, weight_g, height.steps) != Fit::Impossible)
    };
    if by(past).is_none_or(fits) {
        let known: Vec<About> = findings.iter().map(|finding| finding.about).collect();
        let found = judge.findings(Judged { metric, moment, source }, content, past);
        findings
            .extend(found.into_iter().filter(|found| is_by_height(found) && !known.contains(&found.about)));
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    }
    (findings != content.findings).then(|| Content { findings, ..content.clone() })
}

/// The readings of a metric between the heights that count before and after a moment: one at that moment is
/// theirs, if any is.
async fn around(
    state: &AppState,
    transaction: &DatabaseTransaction,
    (person_id, metric): (Uuid, &str),
    at: DateTime<Utc>,
) -> ApiResult<Vec<Reading>> {
    let at = at.timestamp_millis();
    let of_metric = |metric: &str| {
        measurement::Entity::find()
            .filter(measurement::Column::PersonId.eq(person_id))
            .filter(measurement::Column::Metric.eq(metric))
            .filter(measurement::Column::Validity.eq(Validity::Valid))
    };
    let before = of_metric("height")
        .filter(measurement::Column::MeasuredAt.lt(at))
        .order_by_desc(measurement::Column::MeasuredAt)
        .one(transaction)
        .await?;
    let after = of_metric("height")
        .filter(measurement::Column::MeasuredAt.gt(at))
        .order_by_asc(measurement::Column::MeasuredAt)
        .one(transaction)
        .await?;
    let measured_at = || Expr::col(measurement::Column::MeasuredAt);
    let between = Condition::all()
        // Where nobody had measured before, a height counts for what came before it, too.
        .add_option(before.map(|_| measured_at().gte(at)))
        .add_option(after.map(|after| measured_at().lt(after.measured_at)));
    let rows = of_metric(metric)
        .filter(between)
        .order_by_desc(measurement::Column::MeasuredAt)
        .order_by_desc(measurement::Column::Id)
        .limit(MOST)
        .all(transaction)
        .await?;
    opened(state, transaction, rows).await
}

async fn write(
    transaction: &DatabaseTransaction,
    sealer: &Sealer,
    row: &measurement::Model,
    content: &Content,
) -> ApiResult<()> {
    measurement::Entity::update_many()
        .col_expr(measurement::Column::ValueCell, Expr::value(store::sealed(sealer, row.id, content)?))
        .filter(measurement::Column::Id.eq(row.id))
        .filter(measurement::Column::PersonId.eq(row.person_id))
        .exec(transaction)
        .await?;
    Ok(())
}
