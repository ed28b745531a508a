//! What the rules of officers need to know of a person, in one sealed cell, so that the list of a community of
//! thousands opens one cell for each of them instead of years of readings.
//!
//! It is written anew with every reading that comes, is corrected or deleted, consent to `sharing` or not: whoever
//! reads it asks for the consent. Steps do not count as readings here.

pub mod stored;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::measurement::{self, Source, Validity};
use entity::{metric, record_digest};
use sea_orm::sea_query::{Expr, Func, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::readings::{Reading, newest_of, opened};
use crate::error::ApiResult;
use crate::people::age::civil_day;
use crate::state::AppState;
use crate::vault::{CellAddress, Column, Sealer};

/// Where digests stand sealed.
pub const DIGEST: Column = Column { table: "record_digest", column: "digest_cell" };

/// How far back pressures and weights are told.
const SPAN: TimeDelta = TimeDelta::days(100);
const MOST_PRESSURES: u64 = 200;
/// Ten weights on each day of the span: whoever steps on the scale more often does so on few days.
const MOST_WEIGHTS: u64 = 1_000;
/// Days with a pressure that are told.
const MOST_DAYS: usize = 30;

/// Pressures of the last days and weights of the last three months.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// The newest pressure.
    pub last_pressure: Option<Pressure>,
    /// The highest pressures of each day at home and elsewhere, newest first.
    pub pressure_days: Vec<PressureDay>,
    /// The newest weight and the heaviest of each of the last hundred days, newest first.
    pub weights: Vec<Weight>,
}

/// One pressure, in mmHg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressure {
    /// When it was measured.
    pub at: DateTime<Utc>,
    /// Upper.
    pub systolic: i64,
    /// Lower.
    pub diastolic: i64,
    /// Whether it was measured at home, where lower limits count.
    pub at_home: bool,
}

/// The highest pressures of one civil day in China, in mmHg, at home or elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PressureDay {
    /// The day.
    pub day: NaiveDate,
    /// Highest upper.
    pub systolic: i64,
    /// Highest lower.
    pub diastolic: i64,
    /// Whether it was measured at home.
    pub at_home: bool,
}

/// One weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    /// When it was measured.
    pub at: DateTime<Utc>,
    /// In grams.
    pub grams: i64,
}

/// Whether a source is the home of the person.
pub fn is_home(source: Source) -> bool {
    matches!(source, Source::Own | Source::Device)
}

/// Writes the digest of a person anew; without readings there is none.
pub(super) async fn renew(
    state: &AppState,
    transaction: &DatabaseTransaction,
    person_id: Uuid,
    sealer: &Sealer,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let Some(last) = last_measured_at(transaction, person_id).await? else {
        record_digest::Entity::delete_by_id(person_id).exec(transaction).await?;
        return Ok(());
    };
    let pressures = newest(state, transaction, (person_id, "blood_pressure"), MOST_PRESSURES, now).await?;
    let weights = newest(state, transaction, (person_id, "weight"), MOST_WEIGHTS, now).await?;
    let plain = stored::write(&digest_of(&pressures, &weights))?;
    let address = CellAddress { column: DIGEST, row: person_id.as_bytes() };
    let row = record_digest::Model {
        person_id,
        last_measured_at: last.into(),
        digest_cell: sealer.seal(address, &plain)?,
        updated_at: now.into(),
    };
    let again = OnConflict::column(record_digest::Column::PersonId)
        .update_columns([
            record_digest::Column::LastMeasuredAt,
            record_digest::Column::DigestCell,
            record_digest::Column::UpdatedAt,
        ])
        .to_owned();
    record_digest::Entity::insert(row.into_active_model())
        .on_conflict(again)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Opens a digest; the caller has seen to it that the person shares their record.
///
/// # Errors
/// 410 when the person was erased a moment ago; an internal error when the cell is damaged.
pub async fn open(
    state: &AppState,
    connection: &impl ConnectionTrait,
    row: &record_digest::Model,
) -> ApiResult<Digest> {
    let address = CellAddress { column: DIGEST, row: row.person_id.as_bytes() };
    stored::read(&state.vault.open(connection, address, &row.digest_cell).await?)
}

/// When the newest reading was measured that counts and is no steps: one look at the end of each metric.
async fn last_measured_at(
    connection: &impl ConnectionTrait,
    person_id: Uuid,
) -> ApiResult<Option<DateTime<Utc>>> {
    let newest = newest_of(person_id, measurement::Column::MeasuredAt, 0);
    let found: Option<Option<i64>> = metric::Entity::find()
        .select_only()
        .column_as(Expr::from(Func::max(newest)), "last")
        .filter(metric::Column::Code.ne("steps"))
        .into_tuple()
        .one(connection)
        .await?;
    Ok(found.flatten().and_then(DateTime::from_timestamp_millis))
}

/// The newest readings of a metric, newest first.
async fn newest(
    state: &AppState,
    connection: &impl ConnectionTrait,
    (person_id, metric): (Uuid, &str),
    most: u64,
    now: DateTime<Utc>,
) -> ApiResult<Vec<Reading>> {
    let rows = measurement::Entity::find()
        .filter(measurement::Column::PersonId.eq(person_id))
        .filter(measurement::Column::Metric.eq(metric))
        .filter(measurement::Column::MeasuredAt.gte((now - SPAN).timestamp_millis()))
        .filter(measurement::Column::Validity.eq(Validity::Valid))
        .order_by_desc(measurement::Column::MeasuredAt)
        .order_by_desc(measurement::Column::Id)
        .limit(most)
        .all(connection)
        .await?;
    opened(state, connection, rows).await
}

fn digest_of(pressures: &[Reading], weights: &[Reading]) -> Digest {
    let mut digest = Digest::default();
    for pressure in pressures.iter().filter_map(pressure_of) {
        digest.last_pressure.get_or_insert(pressure);
        let day = civil_day(pressure.at);
        let known = digest
            .pressure_days
            .iter_mut()
            .find(|known| known.day == day && known.at_home == pressure.at_home);
        if let Some(known) = known {
            known.systolic = Ord::max(known.systolic, pressure.systolic);
            known.diastolic = Ord::max(known.diastolic, pressure.diastolic);
        } else if digest.pressure_days.len() < MOST_DAYS {
            let Pressure { systolic, diastolic, at_home, .. } = pressure;
            digest.pressure_days.push(PressureDay { day, systolic, diastolic, at_home });
        }
    }
    let weight = |reading: &Reading| {
        let grams = reading.content.as_ref()?.steps("value")?;
        Some(Weight { at: reading.measured_at(), grams })
    };
    digest.weights = telling(weights.iter().filter_map(weight));
    digest
}

/// Of weights, newest first, those that a loss is found with: the newest and the heaviest of each day.
fn telling(weights: impl Iterator<Item = Weight>) -> Vec<Weight> {
    let mut told: Vec<Weight> = Vec::new();
    for weight in weights {
        let is_of_day = |known: &&mut Weight| civil_day(known.at) == civil_day(weight.at);
        let newest = told.len() == 1;
        match told.last_mut().filter(is_of_day) {
            Some(known) if known.grams >= weight.grams => {}
            Some(known) if !newest => *known = weight,
            _ => told.push(weight),
        }
    }
    told
}

fn pressure_of(reading: &Reading) -> Option<Pressure> {
    let content = reading.content.as_ref()?;
    Some(Pressure {
        at: reading.measured_at(),
        systolic: content.steps("systolic")?,
        diastolic: content.steps("diastolic")?,
        at_home: is_home(reading.row.source),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(at: &str, grams: i64) -> Weight {
        Weight { at: at.parse().unwrap(), grams }
    }

    #[test]
    fn whoever_weighs_often_is_told_of_with_the_newest_and_the_heaviest_of_each_day() {
        let often = [
            weight("2026-11-29T08:00:00Z", 56_500),
            weight("2026-11-29T02:00:00Z", 57_000),
            weight("2026-11-29T01:00:00Z", 56_900),
            weight("2026-11-28T09:00:00Z", 57_100),
            weight("2026-11-28T02:00:00Z", 57_300),
            weight("2026-11-28T01:00:00Z", 57_200),
            weight("2026-09-10T02:00:00Z", 60_000),
        ];
        let told = telling(often.into_iter());
        assert_eq!(told, [often[0], often[1], often[4], often[6]]);
        let falling = [often[1], often[2]];
        assert_eq!(telling(falling.into_iter()), [often[1]], "the newest is the heaviest of its day");
        assert!(telling(std::iter::empty()).is_empty());
    }
}
