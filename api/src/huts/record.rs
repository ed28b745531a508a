//! The way of a reading from a hut into somebody's record: through the door of `records`.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, FixedOffset, Offset, Utc};
use chrono_tz::Asia::Shanghai;
use entity::hut;
use entity::hut_reading::{self, Clock};
use entity::measurement::{self, Validity};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::bluetooth::{Doubt, Meal, Quantity, Unit, What};
use super::kept::Values;
use crate::consents::{self, Purpose};
use crate::error::ApiResult;
use crate::records::alerts;
use crate::records::readings::intake::{self, EnteredAs, Entry, Given, NewReading, Source};
use crate::records::readings::{self, Context};
use crate::state::AppState;

/// A reading of a hut makes at most so many in the catalogue.
const MOST_METRICS: u128 = 2;

/// A reading that is known to be somebody's.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    id: Uuid,
    hut_id: Uuid,
    device_id: Uuid,
    measured_at: DateTime<Utc>,
    clock: Clock,
    values: Values,
}

impl Reading {
    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn of(row: &hut_reading::Model, values: Values) -> Self {
        Self {
            id: row.id,
            hut_id: row.hut_id,
            device_id: row.device_id,
            measured_at: *row.measured_at,
            clock: row.clock,
            values,
        }
    }
}

/// Puts readings of one hut into a person's record. What cannot be a reading goes to the quarantine of the
/// person's record; [`turned_away`] tells which those are.
///
/// # Errors
/// 403 without the person's consent; 404 when the person is gone.
pub(super) async fn add(
    state: &AppState,
    transaction: &DatabaseTransaction,
    person_id: Uuid,
    readings: &[Reading],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let Some(first) = readings.first() else { return Ok(()) };
    let consent = consents::require(transaction, &state.vault, person_id, Purpose::Records, now).await?;
    let place: Option<i32> = hut::Entity::find_by_id(first.hut_id)
        .select_only()
        .column(hut::Column::FeatureId)
        .into_tuple()
        .one(transaction)
        .await?;
    let entry =
        Entry { source: Source::Hut, hut_id: place, entered_as: EnteredAs::Gateway, entered_by: None };
    let new: Vec<NewReading> = readings.iter().flat_map(in_records).collect();
    intake::take_in(state, transaction, consent, &entry, &new, now).await?;
    Ok(())
}

/// Of readings of huts that went to a person's record, those of which it took nothing: no body has such values.
///
/// It is asked for anew each time, so that a batch or a code that is sent again gets the answer of then.
///
/// # Errors
/// When the database fails.
pub(super) async fn turned_away(
    connection: &impl ConnectionTrait,
    person_id: Uuid,
    readings: impl IntoIterator<Item = Uuid>,
) -> ApiResult<HashSet<Uuid>> {
    let readings: Vec<Uuid> = readings.into_iter().collect();
    let names = |id: Uuid| (0..MOST_METRICS).map(move |number| name_of(id, number));
    let uids: Vec<Uuid> = readings.iter().copied().flat_map(names).collect();
    let rejected = readings::turned_away(connection, person_id, &uids).await?;
    if rejected.is_empty() {
        return Ok(HashSet::new());
    }
    let kept: HashSet<Uuid> = measurement::Entity::find()
        .select_only()
        .column(measurement::Column::Uid)
        .filter(measurement::Column::PersonId.eq(person_id))
        .filter(measurement::Column::Uid.is_in(uids))
        .into_tuple::<Uuid>()
        .all(connection)
        .await?
        .into_iter()
        .collect();
    let has = |set: &HashSet<Uuid>, id: &Uuid| names(*id).any(|name| set.contains(&name));
    Ok(readings.into_iter().filter(|id| has(&rejected, id) && !has(&kept, id)).collect())
}

/// What to do now, where a pressure among these readings of huts is very high and counts in the person's record.
///
/// # Errors
/// When the database fails or a cell is damaged.
pub(super) async fn advice(
    state: &AppState,
    connection: &impl ConnectionTrait,
    person_id: Uuid,
    readings: impl IntoIterator<Item = Uuid>,
) -> ApiResult<Option<&'static str>> {
    let names = |id: Uuid| (0..MOST_METRICS).map(move |number| name_of(id, number));
    let uids: Vec<Uuid> = readings.into_iter().flat_map(names).collect();
    if uids.is_empty() {
        return Ok(None);
    }
    let rows = measurement::Entity::find()
        .filter(measurement::Column::PersonId.eq(person_id))
        .filter(measurement::Column::Uid.is_in(uids))
        .filter(measurement::Column::Metric.eq("blood_pressure"))
        .filter(measurement::Column::Validity.eq(Validity::Valid))
        .all(connection)
        .await?;
    let kept = readings::opened(state, connection, rows).await?;
    let is_very_high = kept.iter().any(|reading| {
        let content = reading.content.as_ref();
        content.is_some_and(|content| alerts::is_very_high(&reading.row.metric, content))
    });
    Ok(is_very_high.then_some(alerts::ADVICE))
}

/// The name of the reading with this number among those that one of a hut makes. It is made from the id, so that
/// it is the same however often it is brought.
fn name_of(id: Uuid, number: u128) -> Uuid {
    Uuid::from_u128(id.as_u128() ^ number)
}

/// The person's last weight in grams, where there is one.
pub(super) async fn last_weight_g(
    state: &AppState,
    connection: &impl ConnectionTrait,
    person_id: Uuid,
) -> ApiResult<Option<i64>> {
    let last = measurement::Entity::find()
        .filter(measurement::Column::PersonId.eq(person_id))
        .filter(measurement::Column::Metric.eq("weight"))
        .filter(measurement::Column::Validity.eq(Validity::Valid))
        .order_by_desc(measurement::Column::MeasuredAt)
        .order_by_desc(measurement::Column::Id)
        .limit(1)
        .all(connection)
        .await?;
    let last = readings::opened(state, connection, last).await?;
    Ok(last.first().and_then(|reading| reading.content.as_ref()?.steps("value")))
}

/// The readings that a reading of a hut is in the catalogue: a scale that tells the height makes two.
fn in_records(reading: &Reading) -> Vec<NewReading> {
    let mut by_metric: BTreeMap<&'static str, BTreeMap<String, Given>> = BTreeMap::new();
    let with_pressure = reading.values.quantities.iter().any(|quantity| quantity.what == What::Systolic);
    for quantity in &reading.values.quantities {
        let (metric, component) = place_of(quantity.what, with_pressure, reading.values.meal);
        by_metric.entry(metric).or_default().insert(component.to_owned(), given(*quantity));
    }
    let context = context(&reading.values);
    let metrics = (0_u128..).zip(by_metric);
    metrics
        .map(|(number, (metric, values))| NewReading {
            uid: name_of(reading.id, number),
            metric: metric.to_owned(),
            values,
            measured_at: in_china(reading.measured_at),
            clock: match reading.clock {
                Clock::Synced => measurement::Clock::Synced,
                Clock::Corrected => measurement::Clock::Corrected,
                Clock::Device => measurement::Clock::Device,
                Clock::Unknown => measurement::Clock::Unknown,
            },
            context: context.clone(),
            device_id: Some(reading.device_id),
            // Nobody is at the gateway whom one could ask again.
            confirmed: true,
            replaces: None,
        })
        .collect()
}

/// Metric and component of the catalogue.
fn place_of(what: What, with_pressure: bool, meal: Option<Meal>) -> (&'static str, &'static str) {
    match what {
        What::Systolic => ("blood_pressure", "systolic"),
        What::Diastolic => ("blood_pressure", "diastolic"),
        What::Pulse if with_pressure => ("blood_pressure", "pulse"),
        What::Pulse => ("heart_rate", "value"),
        What::Weight => ("weight", "value"),
        What::Height => ("height", "value"),
        What::Glucose => match meal {
            Some(Meal::Fasting) => ("glucose_fasting", "value"),
            Some(Meal::After) => ("glucose_after_meal", "value"),
            Some(Meal::Before | Meal::AnyTime) | None => ("glucose_random", "value"),
        },
        What::Spo2 => ("oxygen_saturation", "value"),
        What::Temperature => ("body_temperature", "value"),
        What::Waist => ("waist", "value"),
    }
}

/// The number with its unit as it was told; inches, which the catalogue does not know, in millimetres.
fn given(quantity: Quantity) -> Given {
    let unit = match quantity.unit {
        Unit::MillimetreOfMercury => "mm[Hg]",
        Unit::Kilopascal => "kPa",
        Unit::PerMinute => "/min",
        Unit::Kilogram => "kg",
        Unit::Gram => "g",
        Unit::Pound => "[lb_av]",
        Unit::Jin => "jin",
        Unit::Metre => "m",
        Unit::Centimetre => "cm",
        Unit::MillimolePerLitre => "mmol/L",
        Unit::MilligramPerDecilitre => "mg/dL",
        Unit::Percent => "%",
        Unit::Celsius => "Cel",
        Unit::Fahrenheit => "[degF]",
        Unit::Inch => {
            let millimetres = quantity.canonical().unwrap_or_default();
            return Given { value: millimetres.to_string(), unit: Some("mm".to_owned()) };
        }
    };
    Given { value: quantity.number.to_string(), unit: Some(unit.to_owned()) }
}

fn context(values: &Values) -> Context {
    let meal = values.meal.and_then(|meal| match meal {
        Meal::Fasting => Some(readings::Meal::Fasting),
        Meal::Before => Some(readings::Meal::BeforeMeal),
        Meal::After => Some(readings::Meal::AfterMeal),
        Meal::AnyTime => None,
    });
    Context { meal, note: note(&values.doubts), ..Context::default() }
}

/// What the device doubts, for people.
fn note(doubts: &[Doubt]) -> Option<String> {
    let told: Vec<&str> = doubts
        .iter()
        .map(|doubt| match doubt {
            Doubt::BodyMoved => "测量时身体有移动",
            Doubt::CuffLoose => "袖带过松",
            Doubt::IrregularPulse => "脉搏不规则",
            Doubt::PulseOutOfRange => "脉搏超出设备量程",
            Doubt::WrongPosition => "测量姿势不正确",
        })
        .collect();
    (!told.is_empty()).then(|| format!("设备提示：{}。", told.join("、")))
}

fn in_china(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    let offset = at.with_timezone(&Shanghai).offset().fix();
    at.with_timezone(&offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::huts::bluetooth::{self, Number};

    fn reading(quantities: Vec<Quantity>, meal: Option<Meal>, doubts: Vec<Doubt>) -> Reading {
        Reading {
            id: Uuid::from_u128(8),
            hut_id: Uuid::nil(),
            device_id: Uuid::nil(),
            measured_at: "2026-11-29T02:00:00Z".parse().unwrap(),
            clock: Clock::Synced,
            values: Values { quantities, meal, doubts },
        }
    }

    fn told(reading: &Reading) -> Vec<(String, Vec<String>)> {
        let told = in_records(reading).into_iter().map(|new| {
            let values = new.values.iter().map(|(component, given)| {
                format!("{component} {} {}", given.value, given.unit.as_deref().unwrap_or_default())
            });
            (new.metric, values.collect())
        });
        told.collect()
    }

    #[test]
    fn a_cuff_makes_one_reading_in_the_unit_of_the_cuff() {
        let payload = [0x05, 0xa0, 0xf0, 0x6b, 0xf0, 0x7c, 0xf0, 0x48, 0x00];
        let read = bluetooth::blood_pressure(&payload).unwrap();
        let expected = vec!["diastolic 10.7 kPa", "pulse 72 /min", "systolic 16 kPa"];
        let expected = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(
            told(&reading(read.quantities, None, Vec::new())),
            [("blood_pressure".to_owned(), expected)]
        );
    }

    #[test]
    fn a_scale_that_knows_the_height_makes_two_readings_each_with_its_name() {
        let quantities = vec![
            Quantity::new(What::Weight, Number::new(131, 0), Unit::Jin),
            Quantity::new(What::Height, Number::new(669, -1), Unit::Inch),
        ];
        let reading = reading(quantities, None, Vec::new());
        assert_eq!(
            told(&reading),
            [
                ("height".to_owned(), vec!["value 1699 mm".to_owned()]),
                ("weight".to_owned(), vec!["value 131 jin".to_owned()]),
            ]
        );
        let uids: Vec<u128> = in_records(&reading).iter().map(|new| new.uid.as_u128()).collect();
        assert_eq!(uids, [8, 9]);
    }

    #[test]
    fn glucose_goes_where_the_meal_says() {
        for (meal, metric) in [
            (Some(Meal::Fasting), "glucose_fasting"),
            (Some(Meal::After), "glucose_after_meal"),
            (Some(Meal::Before), "glucose_random"),
            (None, "glucose_random"),
        ] {
            let value = vec![Quantity::new(What::Glucose, Number::new(56, -1), Unit::MillimolePerLitre)];
            assert_eq!(told(&reading(value, meal, Vec::new()))[0].0, metric);
        }
    }

    #[test]
    fn a_finger_clip_makes_saturation_and_heart_rate() {
        let read = bluetooth::oximeter(&[0x00, 0x61, 0x00, 0x48, 0x00]).unwrap();
        let metrics: Vec<String> =
            told(&reading(read.quantities, None, Vec::new())).into_iter().map(|(metric, _)| metric).collect();
        assert_eq!(metrics, ["heart_rate", "oxygen_saturation"]);
    }

    #[test]
    fn what_the_device_doubts_stands_in_the_note_in_the_time_of_china() {
        let value = vec![Quantity::new(What::Temperature, Number::new(365, -1), Unit::Celsius)];
        let new = in_records(&reading(value, None, vec![Doubt::BodyMoved, Doubt::CuffLoose])).remove(0);
        assert_eq!(new.context.note.as_deref(), Some("设备提示：测量时身体有移动、袖带过松。"));
        assert_eq!(new.measured_at.to_rfc3339(), "2026-11-29T10:00:00+08:00");
    }
}
