//! What else was measured, as far as readings are compared with it.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
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
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    weights: Vec<Earlier>,
    heights: Vec<Earlier>,
}

/// Something that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Earlier {
    pub(super) id: Uuid,
    pub(super) at: DateTime<Utc>,
    /// Grams or millimetres.
    pub(super) steps: i64,
}

/// When something was measured, and what it corrects, which does not count beside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) at: DateTime<FixedOffset>,
    pub(super) replaces: Option<Uuid>,
}

impl Moment {
    /// Of a reading that comes in.
    pub(super) fn of(reading: &NewReading) -> Self {
        Self { at: reading.measured_at, replaces: reading.replaces }
    }

    /// The day, by the clocks of that place.
    pub(super) fn day(self) -> NaiveDate {
        self.at.date_naive()
    }

    fn counts(self, one: &Earlier) -> bool {
        Some(one.id) != self.replaces
    }
}

impl Earlier {
    /// A reading with one value that counts.
    pub(super) fn of(reading: &Reading) -> Option<Self> {
        let steps = reading.content.as_ref()?.steps("value")?;
        Some(Self { id: reading.row.id, at: reading.measured_at(), steps })
    }
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
        let is_bodily = |new: &&NewReading| match new.metric.as_str() {
            "weight" | "height" => true,
            "blood_pressure" => judge.is_minor_on(new.measured_at.date_naive()),
            _ => false,
        };
        let bodily = readings.iter().filter(is_bodily);
        match bodily.map(|new| new.measured_at.to_utc()).max() {
            Some(latest) => Self::up_to(state, transaction, person_id, latest).await,
            None => Ok(Self::default()),
        }
    }

    /// Weights and heights up to a moment, and the first height after it where there is none before.
    pub(super) async fn up_to(
        state: &AppState,
        transaction: &DatabaseTransaction,
        person_id: Uuid,
        latest: DateTime<Utc>,
    ) -> ApiResult<Self> {
        let mut past = Self::default();
        let latest = latest.timestamp_millis();
        let counting = |metric: &str| {
            measurement::Entity::find()
                .filter(measurement::Column::PersonId.eq(person_id))
                .filter(measurement::Column::Metric.eq(metric))
                .filter(measurement::Column::Validity.eq(Validity::Valid))
        };
        for metric in ["weight", "height"] {
            let rows = counting(metric)
                .filter(measurement::Column::MeasuredAt.lte(latest))
                .order_by_desc(measurement::Column::MeasuredAt)
                .order_by_desc(measurement::Column::Id)
                .limit(MOST)
                .all(transaction)
                .await?;
            for reading in opened(state, transaction, rows).await? {
                past.note(&reading);
            }
        }
        if past.heights.is_empty() {
            let rows = counting("height")
                .filter(measurement::Column::MeasuredAt.gt(latest))
                .order_by_asc(measurement::Column::MeasuredAt)
                .limit(1)
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
        list.extend(Earlier::of(reading));
    }

    /// Forgets a reading that was corrected.
    pub(super) fn forget(&mut self, id: Uuid) {
        self.weights.retain(|one| one.id != id);
        self.heights.retain(|one| one.id != id);
    }

    /// The same with a height that does not count any more.
    pub(super) fn with_height(&self, height: Earlier) -> Self {
        let mut past = self.clone();
        past.heights.push(height);
        past
    }

    /// Whoever is measured, as far as it was known at the time of a reading. What the reading corrects does
    /// not count.
    pub(super) fn subject(&self, moment: Moment, birth_date: Option<NaiveDate>) -> Subject {
        let at = moment.at.to_utc();
        let recent = last(&self.weights, moment).filter(|weight| at - weight.at <= WEIGHT_SPAN);
        Subject {
            birth_date,
            last_weight: recent.map(|weight| weight.steps),
            last_height: last(&self.heights, moment).map(|height| height.steps),
            height_mm: None,
        }
    }

    /// The height that a reading is judged by: the last one before it, and the first one after it where nobody
    /// had measured before.
    pub(super) fn height(&self, moment: Moment) -> Option<Earlier> {
        last(&self.heights, moment).or_else(|| {
            let after = self.heights.iter().filter(|one| one.at > moment.at.to_utc() && moment.counts(one));
            after.min_by_key(|one| one.at).copied()
        })
    }

    /// The last weight at least a week before a reading.
    pub(super) fn weight_a_week_before(&self, moment: Moment) -> Option<EarlierWeight> {
        let day = moment.day();
        let is_earlier = |one: &&Earlier| (day - civil_day(one.at)).num_days() >= DAYS_OF_A_WEEK;
        let earlier = self.weights.iter().filter(|one| moment.counts(one)).filter(is_earlier);
        let weight = earlier.max_by_key(|one| one.at)?;
        Some(EarlierWeight { day: civil_day(weight.at), weight_g: weight.steps })
    }
}

fn last(list: &[Earlier], moment: Moment) -> Option<Earlier> {
    let at = moment.at.to_utc();
    list.iter().filter(|one| one.at <= at && moment.counts(one)).max_by_key(|one| one.at).copied()
}
