//! What devices say over Bluetooth: characteristics of the GATT specification, read without a database, a
//! clock or a zone.
//!
//! A measurement that failed is sent in the same form as one that succeeded, with a number that is none. None
//! of these ever becomes a value: the whole payload is then [`Unreadable`].

mod blood_pressure;
mod bytes;
mod glucose;
mod number;
mod oximeter;
mod temperature;
mod weight;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

pub(super) use self::blood_pressure::blood_pressure;
pub(super) use self::glucose::{glucose, meal_of};
pub(super) use self::number::Number;
pub(super) use self::oximeter::oximeter;
pub(super) use self::temperature::temperature;
pub(super) use self::weight::weight;

/// What a number measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    Systolic,
    Diastolic,
    Pulse,
    Weight,
    Height,
    Glucose,
    Spo2,
    Temperature,
    Waist,
}

impl What {
    /// The word under which digests of readings know it: as long as readings are known again, it stays.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Systolic => "systolic",
            Self::Diastolic => "diastolic",
            Self::Pulse => "pulse",
            Self::Weight => "weight",
            Self::Height => "height",
            Self::Glucose => "glucose",
            Self::Spo2 => "spo2",
            Self::Temperature => "temperature",
            Self::Waist => "waist",
        }
    }
}

/// The unit in which a device or a gateway tells a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unit {
    MillimetreOfMercury,
    Kilopascal,
    PerMinute,
    Kilogram,
    Gram,
    Pound,
    /// 斤, half a kilogram.
    Jin,
    Metre,
    Centimetre,
    Inch,
    MillimolePerLitre,
    MilligramPerDecilitre,
    Percent,
    Celsius,
    Fahrenheit,
}

/// One number with its unit, as it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quantity {
    pub(super) what: What,
    pub(super) number: Number,
    pub(super) unit: Unit,
}

/// How a glucose value stands to a meal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Meal {
    /// Nothing eaten for eight hours.
    Fasting,
    /// Before a meal.
    Before,
    /// After a meal.
    After,
    /// Any other time.
    AnyTime,
}

/// What a device doubts about a value that it gives all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Doubt {
    BodyMoved,
    CuffLoose,
    IrregularPulse,
    PulseOutOfRange,
    WrongPosition,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Measurement {
    pub(super) quantities: Vec<Quantity>,
    /// By the clock of the device.
    pub(super) taken_at: Option<NaiveDateTime>,
    pub(super) meal: Option<Meal>,
    pub(super) doubts: Vec<Doubt>,
}

/// Why a payload is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It ends too early.
    TooShort,
    /// The device says that it could not measure.
    Failed,
    /// The value lies where the device cannot measure.
    OutOfDeviceRange,
    /// Control solution was measured, nobody's blood.
    ControlSolution,
}

impl Measurement {
    fn of(quantities: Vec<Quantity>, taken_at: Option<NaiveDateTime>) -> Self {
        Self { quantities, taken_at, meal: None, doubts: Vec::new() }
    }
}

impl Quantity {
    pub(super) fn new(what: What, number: Number, unit: Unit) -> Self {
        Self { what, number, unit }
    }

    /// The value as a whole number of the units that records keep: mmHg, beats a minute, g, mm, 0.01 mmol/L,
    /// 0.01 %, 0.01 ℃. `None` where it is larger than any value.
    pub(super) fn canonical(self) -> Option<i64> {
        use Unit::{
            Celsius, Centimetre, Fahrenheit, Gram, Inch, Jin, Kilogram, Kilopascal, Metre,
            MilligramPerDecilitre, MillimetreOfMercury, MillimolePerLitre, PerMinute, Percent, Pound,
        };
        match self.unit {
            MillimetreOfMercury | PerMinute | Gram => self.number.times(1, 1),
            // 1 kPa = 7.50062 mmHg.
            Kilopascal => self.number.times(750_062, 100_000),
            Kilogram | Metre => self.number.times(1_000, 1),
            // The avoirdupois pound is 453.59237 g (1959).
            Pound => self.number.times(45_359_237, 100_000),
            Jin => self.number.times(500, 1),
            Centimetre => self.number.times(10, 1),
            Inch => self.number.times(254, 10),
            MillimolePerLitre | Percent | Celsius => self.number.times(100, 1),
            // 18.016 g of glucose are 0.1 mol.
            MilligramPerDecilitre => self.number.times(100_000, 18_016),
            // (t − 32) ÷ 1.8 in hundredths: (1000 t − 32000) ÷ 18.
            Fahrenheit => Number::new(self.number.times(1_000, 1)? - 32_000, 0).times(1, 18),
        }
    }
}

/// A number that must be there, or the measurement failed.
fn needed(number: Option<Number>) -> Result<Number, Unreadable> {
    number.ok_or(Unreadable::Failed)
}

/// Whether bit `bit` of `flags` is set.
fn has(flags: impl Into<u32>, bit: u32) -> bool {
    flags.into() & (1 << bit) != 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(unit: Unit, text: &str) -> Option<i64> {
        Quantity { what: What::Weight, number: text.parse().unwrap(), unit }.canonical()
    }

    #[test]
    fn units_become_whole_numbers() {
        for (unit, text, whole) in [
            (Unit::Kilopascal, "16.0", 120),
            (Unit::Jin, "131", 65_500),
            (Unit::Pound, "154.32", 69_998),
            (Unit::Inch, "66.9", 1_699),
            (Unit::Centimetre, "170.2", 1_702),
            (Unit::MilligramPerDecilitre, "101", 561),
            (Unit::MilligramPerDecilitre, "126", 699),
            (Unit::Fahrenheit, "97.7", 3_650),
            (Unit::Fahrenheit, "-40", -4_000),
            (Unit::Celsius, "36.55", 3_655),
        ] {
            assert_eq!(canonical(unit, text), Some(whole), "{text} {unit:?}");
        }
    }

    proptest! {
        #[test]
        fn no_payload_breaks_a_reader(payload in prop::collection::vec(any::<u8>(), 0..40)) {
            let readers = [blood_pressure, glucose, oximeter, temperature, weight];
            for read in readers {
                for quantity in read(&payload).into_iter().flat_map(|read| read.quantities) {
                    let _ = (quantity.canonical(), quantity.number.to_string());
                }
            }
            let _ = meal_of(&payload);
        }

        #[test]
        fn a_payload_that_was_cut_is_refused(cut in 0_usize..19) {
            let whole = [
                0x1e, 0x78, 0x00, 0x50, 0x00, 0x5d, 0x00, 0xe8, 0x07, 0x06, 0x0f, 0x08, 0x1e, 0x00, 0x48, 0x00,
                0x01, 0x00, 0x00,
            ];
            prop_assert!(blood_pressure(&whole).is_ok());
            prop_assert_eq!(blood_pressure(&whole[..cut]), Err(Unreadable::TooShort));
        }
    }
}
