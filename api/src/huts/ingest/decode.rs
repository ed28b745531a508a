//! From what a gateway sends to values with units: without a database and a clock.

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Asia::Shanghai;
use std::collections::BTreeMap;

use super::dto::{GatewayReading, Refusal};
use crate::hex::bytes_of;
use crate::huts::bluetooth::{self, Measurement, Number, Quantity, Unit, Unreadable, What};
use crate::huts::kept::Values;
use crate::huts::registry::DeviceKind;

/// What was measured, and when, as far as it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) values: Values,
    pub(super) taken_at: Option<DateTime<Utc>>,
}

/// Reads one item. The time of the gateway goes before that of the payload, which has no zone: it is taken to
/// be that of China.
pub(super) fn told(item: &GatewayReading) -> Result<Told, Refusal> {
    let measurement = match (&item.raw_hex, &item.values) {
        (Some(raw_hex), None) => payload(item, raw_hex)?,
        (None, Some(values)) => canonical(item.kind, item.unit.as_deref(), values)?,
        _ => return Err(Refusal::BadItem),
    };
    if measurement.quantities.iter().any(|quantity| quantity.canonical().is_none()) {
        return Err(Refusal::BadValues);
    }
    let taken_at = item.taken_at.or_else(|| measurement.taken_at.and_then(in_china));
    let meal = item.meal.or(measurement.meal).filter(|_| item.kind == DeviceKind::Glucose);
    let Measurement { quantities, doubts, .. } = measurement;
    Ok(Told { values: Values { quantities, meal, doubts }, taken_at })
}

fn in_china(local: NaiveDateTime) -> Option<DateTime<Utc>> {
    Shanghai.from_local_datetime(&local).earliest().map(|at| at.to_utc())
}

fn payload(item: &GatewayReading, raw_hex: &str) -> Result<Measurement, Refusal> {
    let payload = bytes_of(raw_hex.trim()).ok_or(Refusal::BadPayload)?;
    let read = match item.kind {
        DeviceKind::BloodPressure => bluetooth::blood_pressure,
        DeviceKind::Weight => bluetooth::weight,
        DeviceKind::Glucose => bluetooth::glucose,
        DeviceKind::Spo2 => bluetooth::oximeter,
        DeviceKind::Temperature => bluetooth::temperature,
        DeviceKind::Height | DeviceKind::Waist => return Err(Refusal::BadItem),
    };
    let mut measurement = read(&payload).map_err(refusal)?;
    if let Some(context) = item.context_hex.as_deref() {
        let context = bytes_of(context.trim()).ok_or(Refusal::BadPayload)?;
        measurement.meal = bluetooth::meal_of(&context).map_err(refusal)?;
    }
    Ok(measurement)
}

fn refusal(unreadable: Unreadable) -> Refusal {
    match unreadable {
        Unreadable::TooShort => Refusal::BadPayload,
        Unreadable::Failed => Refusal::MeasurementFailed,
        Unreadable::OutOfDeviceRange => Refusal::OutOfDeviceRange,
        Unreadable::ControlSolution => Refusal::ControlSolution,
    }
}

/// A value of a kind: its name, what it is, whether it must be there, and its unit where that is not told.
type Expected = (&'static str, What, bool, Option<Unit>);

/// Reads values by their names. All that are needed must be there, and none that is unknown.
fn canonical(
    kind: DeviceKind,
    unit: Option<&str>,
    values: &BTreeMap<String, serde_json::Number>,
) -> Result<Measurement, Refusal> {
    let expected: &[Expected] = match kind {
        DeviceKind::BloodPressure => &[
            ("systolic", What::Systolic, true, None),
            ("diastolic", What::Diastolic, true, None),
            ("pulse", What::Pulse, false, Some(Unit::PerMinute)),
        ],
        DeviceKind::Weight => {
            &[("weight", What::Weight, true, None), ("height", What::Height, false, Some(Unit::Centimetre))]
        }
        DeviceKind::Height => &[("height", What::Height, true, Some(Unit::Centimetre))],
        DeviceKind::Glucose => &[("glucose", What::Glucose, true, None)],
        DeviceKind::Spo2 => &[
            ("spo2", What::Spo2, true, Some(Unit::Percent)),
            ("pulse", What::Pulse, false, Some(Unit::PerMinute)),
        ],
        DeviceKind::Temperature => &[("temperature", What::Temperature, true, None)],
        DeviceKind::Waist => &[("waist", What::Waist, true, Some(Unit::Centimetre))],
    };
    let told_unit = unit_of(kind, unit)?;
    if values.keys().any(|name| expected.iter().all(|(known, ..)| known != name)) {
        return Err(Refusal::BadValues);
    }
    let mut quantities = Vec::with_capacity(expected.len());
    for (name, what, is_needed, unit) in expected {
        match values.get(*name) {
            Some(number) => {
                let number: Number =
                    number.to_string().parse().map_err(|_not_a_decimal| Refusal::BadValues)?;
                quantities.push(Quantity::new(*what, number, unit.unwrap_or(told_unit)));
            }
            None if *is_needed => return Err(Refusal::BadValues),
            None => {}
        }
    }
    Ok(Measurement { quantities, taken_at: None, meal: None, doubts: Vec::new() })
}

fn unit_of(kind: DeviceKind, unit: Option<&str>) -> Result<Unit, Refusal> {
    let unit = match (kind, unit) {
        (DeviceKind::BloodPressure, Some("mmHg" | "mm[Hg]")) => Unit::MillimetreOfMercury,
        (DeviceKind::BloodPressure, Some("kPa")) => Unit::Kilopascal,
        (DeviceKind::Weight, Some("kg")) => Unit::Kilogram,
        (DeviceKind::Weight, Some("g")) => Unit::Gram,
        (DeviceKind::Weight, Some("斤" | "jin")) => Unit::Jin,
        (DeviceKind::Weight, Some("lb" | "[lb_av]")) => Unit::Pound,
        (DeviceKind::Height | DeviceKind::Waist, Some("cm") | None) => Unit::Centimetre,
        (DeviceKind::Glucose, Some("mmol/L")) => Unit::MillimolePerLitre,
        (DeviceKind::Glucose, Some("mg/dL")) => Unit::MilligramPerDecilitre,
        (DeviceKind::Spo2, Some("%") | None) => Unit::Percent,
        (DeviceKind::Temperature, Some("Cel" | "℃" | "°C")) => Unit::Celsius,
        (DeviceKind::Temperature, Some("[degF]" | "℉" | "°F")) => Unit::Fahrenheit,
        // A number without its unit is no value.
        _ => return Err(Refusal::BadUnit),
    };
    Ok(unit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::huts::bluetooth::Meal;

    fn item(kind: &str, more: &Value) -> GatewayReading {
        let mut item = json!({
            "uid": "1", "device_id": "00000000-0000-0000-0000-000000000000", "kind": kind, "clock": "device",
        });
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(item).unwrap()
    }

    fn whole(kind: &str, more: &Value) -> Result<Vec<i64>, Refusal> {
        let told = told(&item(kind, more))?;
        Ok(told.values.quantities.iter().map(|quantity| quantity.canonical().unwrap()).collect())
    }

    const CUFF: &str = "1E780050005D00E807060F081E004800010000";

    #[test]
    fn a_payload_and_values_are_two_ways_to_tell_the_same() {
        assert_eq!(whole("blood_pressure", &json!({"raw_hex": CUFF})), Ok(vec![120, 80, 72]));
        let values = json!({"values": {"systolic": 16.0, "diastolic": 10.7, "pulse": 72}, "unit": "kPa"});
        assert_eq!(whole("blood_pressure", &values), Ok(vec![120, 80, 72]));
        let weight = json!({"values": {"weight": 131, "height": 170.2}, "unit": "斤"});
        assert_eq!(whole("weight", &weight), Ok(vec![65_500, 1_702]));
        let in_catalogue = json!({"values": {"weight": 131}, "unit": "jin"});
        assert_eq!(whole("weight", &in_catalogue), Ok(vec![65_500]), "as the catalogue writes it");
        assert_eq!(whole("glucose", &json!({"values": {"glucose": 5.61}, "unit": "mmol/L"})), Ok(vec![561]));
        assert_eq!(whole("waist", &json!({"values": {"waist": 85.5}})), Ok(vec![855]));
    }

    #[test]
    fn the_time_of_a_device_is_that_of_china_and_yields_to_the_gateway() {
        let of_payload = told(&item("blood_pressure", &json!({"raw_hex": CUFF}))).unwrap();
        assert_eq!(of_payload.taken_at.unwrap().to_rfc3339(), "2024-06-15T00:30:00+00:00");
        let told_too = json!({"raw_hex": CUFF, "taken_at": "2026-11-29T10:00:00+08:00"});
        let of_gateway = told(&item("blood_pressure", &told_too)).unwrap();
        assert_eq!(of_gateway.taken_at.unwrap().to_rfc3339(), "2026-11-29T02:00:00+00:00");
    }

    #[test]
    fn the_context_tells_the_meal() {
        let more = json!({
            "raw_hex": "060100E807060F081E0038C011", "context_hex": "02010003",
        });
        assert_eq!(told(&item("glucose", &more)).unwrap().values.meal, Some(Meal::Fasting));
    }

    #[test]
    fn what_is_no_value_is_refused_with_the_reason() {
        for (kind, more, reason) in [
            ("blood_pressure", json!({}), Refusal::BadItem),
            ("blood_pressure", json!({"raw_hex": CUFF, "values": {}}), Refusal::BadItem),
            ("waist", json!({"raw_hex": "00"}), Refusal::BadItem),
            ("blood_pressure", json!({"raw_hex": "1E78"}), Refusal::BadPayload),
            ("blood_pressure", json!({"raw_hex": "XY"}), Refusal::BadPayload),
            ("blood_pressure", json!({"raw_hex": "00FF07FF07FF07"}), Refusal::MeasurementFailed),
            ("weight", json!({"raw_hex": "00FFFF"}), Refusal::MeasurementFailed),
            ("glucose", json!({"raw_hex": "060100E807060F081E0038C01A"}), Refusal::ControlSolution),
            ("blood_pressure", json!({"values": {"systolic": 120}, "unit": "mmHg"}), Refusal::BadValues),
            ("weight", json!({"values": {"weight": 70, "bmi": 24}, "unit": "kg"}), Refusal::BadValues),
            ("weight", json!({"values": {"weight": 1e300}, "unit": "kg"}), Refusal::BadValues),
            ("weight", json!({"values": {"weight": 70}}), Refusal::BadUnit),
            ("weight", json!({"values": {"weight": 70}, "unit": "mmHg"}), Refusal::BadUnit),
            ("glucose", json!({"values": {"glucose": 5.6}, "unit": "mol/L"}), Refusal::BadUnit),
        ] {
            assert_eq!(told(&item(kind, &more)).map(drop), Err(reason), "{kind} {more}");
        }
    }

    proptest! {
        #[test]
        fn no_item_breaks_the_reader(
            raw_hex in "[0-9A-Fa-f]{0,60}|.{0,20}",
            number in any::<f64>(),
            kind in prop::sample::select(vec![
                "blood_pressure", "weight", "height", "glucose", "spo2", "temperature", "waist",
            ]),
        ) {
            let _ = told(&item(kind, &json!({"raw_hex": raw_hex, "context_hex": raw_hex})));
            let _ = told(&item(kind, &json!({"values": {(kind): number, "systolic": number}, "unit": "kg"})));
        }
    }
}
