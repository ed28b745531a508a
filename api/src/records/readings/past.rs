//! What was measured before, as far as new readings are compared with it.

use chrono::{DateTime, NaiveDate, Utc};
use entity::measurement::{self, Validity};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::check::{Subject, WEIGHT_SPAN};
use super::intake::NewReading;
use super::judge::Judge;
use super::store::{Reading, opened};
use crate::assessment::EarlierWeight;
use crate::error::ApiResult;
use crate::people::age::civil_day;
use crate::state::AppState;

const DAYS_OF_A_WEEK: i64 = 7;
/// Heights and weights that are looked back at.
const MOST: u64 = 200;

/// Weights and heights in the order they came to be known.
#[derive(Debug, Default)]
pub(super) struct Past {
    weights: Vec<Earlier>,
    heights: Vec<Earlier>,
}

#[derive(Clone, Copy, Debug)]
struct Earlier {
    id: Uuid,
    at: DateTime<Utc>,
    steps: i64,
}

impl Past {
    /// What matters for these readings; nothing is asked where nothing does.
    pub(super) async fn before(
        state: &AppState,
        transaction: &DatabaseTransaction,
        person_id: Uuid,
        readings: &[NewReading],
        judge: &Judge<'_>,
    ) -> ApiResult<Self> {
        let mut past = Self::default();
        let is_bodily = |new: &&NewReading| match new.metric.as_str() {
            "weight" | "height" => true,
            "blood_pressure" => judge.is_minor_on(new.measured_at.date_naive()),
            _ => false,
        };
        let bodily = readings.iter().filter(is_bodily);
        let Some(latest) = bodily.map(|new| new.measured_at.to_utc()).max() else {
            return Ok(past);
        };
        for metric in ["weight", "height"] {
            let rows = measurement::Entity::find()
                .filter(measurement::Column::PersonId.eq(person_id))
                .filter(measurement::Column::Metric.eq(metric))
                .filter(measurement::Column::MeasuredAt.lte(latest.timestamp_millis()))
                .filter(measurement::Column::Validity.eq(Validity::Valid))
                .order_by_desc(measurement::Column::MeasuredAt)
                .order_by_desc(measurement::Column::Id)
                .limit(MOST)
                .all(transaction)
                .await?;
            for reading in opened(state, transaction, rows).await? {
                past.note(&reading);
            }
        }
        Ok(past)
    }

    /// Remembers a reading.
    pub(super) fn note(&mut self, reading: &Reading) {
        let list = match reading.row.metric.as_str() {
            "weight" => &mut self.weights,
            "height" => &mut self.heights,
            _ => return,
        };
        if let Some(steps) = reading.content.as_ref().and_then(|content| content.steps("value")) {
            list.push(Earlier { id: reading.row.id, at: reading.measured_at(), steps });
        }
    }

    /// Whoever is measured, as far as it was known at the time of a reading. What the reading corrects does
    /// not count.
    pub(super) fn subject(&self, reading: &NewReading, birth_date: Option<NaiveDate>) -> Subject {
        let at = reading.measured_at.to_utc();
        let recent = last(&self.weights, reading).filter(|weight| at - weight.at <= WEIGHT_SPAN);
        Subject {
            birth_date,
            last_weight: recent.map(|weight| weight.steps),
            last_height: last(&self.heights, reading).map(|height| height.steps),
        }
    }

    /// The last height before a reading, in mm, and when it was measured.
    pub(super) fn height(&self, reading: &NewReading) -> Option<(DateTime<Utc>, i64)> {
        last(&self.heights, reading).map(|height| (height.at, height.steps))
    }

    /// The last weight at least a week before a reading.
    pub(super) fn weight_a_week_before(&self, reading: &NewReading) -> Option<EarlierWeight> {
        let day = reading.measured_at.date_naive();
        let earlier = self.weights.iter().filter(|one| {
            Some(one.id) != reading.replaces && (day - civil_day(one.at)).num_days() >= DAYS_OF_A_WEEK
        });
        let weight = earlier.max_by_key(|one| one.at)?;
        Some(EarlierWeight { day: civil_day(weight.at), weight_g: weight.steps })
    }
}

fn last(list: &[Earlier], reading: &NewReading) -> Option<Earlier> {
    let at = reading.measured_at.to_utc();
    let before = list.iter().filter(|one| one.at <= at && Some(one.id) != reading.replaces);
    before.max_by_key(|one| one.at).copied()
}
