//! What is sealed of a digest: lists of numbers, because the list of a community opens thousands and names and
//! written-out times are most of what there would be to open and to read.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Digest, Pressure, PressureDay, Weight};
use crate::error::ApiResult;

/// Upper and lower in mmHg, and whether it was measured at home.
type Figures = (i64, i64, bool);

/// The last pressure with its time in milliseconds, pressures with their days since 1970-01-01, weights in grams
/// with their times in milliseconds.
#[derive(Serialize, Deserialize)]
struct Lists(Option<(i64, Figures)>, Vec<(i32, Figures)>, Vec<(i64, i64)>);

/// Writes what is to be sealed.
///
/// # Errors
/// Never for what readings can hold.
pub fn write(digest: &Digest) -> ApiResult<Vec<u8>> {
    let last = digest.last_pressure.map(|pressure| {
        let Pressure { at, systolic, diastolic, at_home } = pressure;
        (at.timestamp_millis(), (systolic, diastolic, at_home))
    });
    let days = digest.pressure_days.iter().map(|day| {
        let PressureDay { day, systolic, diastolic, at_home } = *day;
        (day.to_epoch_days(), (systolic, diastolic, at_home))
    });
    let weights = digest.weights.iter().map(|weight| (weight.at.timestamp_millis(), weight.grams));
    let lists = Lists(last, days.collect(), weights.collect());
    Ok(serde_json::to_vec(&lists).map_err(anyhow::Error::new)?)
}

/// Reads what was sealed, by this version or by one before it.
///
/// # Errors
/// An internal error when it is no digest.
pub fn read(plain: &[u8]) -> ApiResult<Digest> {
    let digest = match plain.first() {
        Some(b'{') => {
            serde_json::from_slice(plain).ok().map(|Named { last_pressure, pressure_days, weights }| Digest {
                last_pressure: last_pressure.map(NamedPressure::read),
                pressure_days: pressure_days.into_iter().map(NamedDay::read).collect(),
                weights: weights.into_iter().map(|NamedWeight { at, grams }| Weight { at, grams }).collect(),
            })
        }
        _ => serde_json::from_slice(plain).ok().and_then(of_lists),
    };
    Ok(digest.ok_or_else(|| anyhow::anyhow!("the cell of a digest is damaged"))?)
}

fn of_lists(Lists(last, days, weights): Lists) -> Option<Digest> {
    let time = DateTime::from_timestamp_millis;
    let pressure =
        |(at, (systolic, diastolic, at_home))| Some(Pressure { at: time(at)?, systolic, diastolic, at_home });
    let day = |(day, (systolic, diastolic, at_home))| {
        Some(PressureDay { day: NaiveDate::from_epoch_days(day)?, systolic, diastolic, at_home })
    };
    Some(Digest {
        last_pressure: match last {
            Some(last) => Some(pressure(last)?),
            None => None,
        },
        pressure_days: days.into_iter().map(day).collect::<Option<_>>()?,
        weights: weights
            .into_iter()
            .map(|(at, grams)| Some(Weight { at: time(at)?, grams }))
            .collect::<Option<_>>()?,
    })
}

/// How digests were sealed before; each is written anew with the next reading of its person.
#[derive(Deserialize)]
struct Named {
    last_pressure: Option<NamedPressure>,
    pressure_days: Vec<NamedDay>,
    weights: Vec<NamedWeight>,
}

#[derive(Deserialize)]
struct NamedPressure {
    at: DateTime<Utc>,
    systolic: i64,
    diastolic: i64,
    at_home: bool,
}

impl NamedPressure {
    fn read(self) -> Pressure {
        let Self { at, systolic, diastolic, at_home } = self;
        Pressure { at, systolic, diastolic, at_home }
    }
}

#[derive(Deserialize)]
struct NamedDay {
    day: NaiveDate,
    systolic: i64,
    diastolic: i64,
    at_home: bool,
}

impl NamedDay {
    fn read(self) -> PressureDay {
        let Self { day, systolic, diastolic, at_home } = self;
        PressureDay { day, systolic, diastolic, at_home }
    }
}

#[derive(Deserialize)]
struct NamedWeight {
    at: DateTime<Utc>,
    grams: i64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digest() -> Digest {
        let at = DateTime::from_timestamp_millis(1_795_910_400_123).unwrap();
        Digest {
            last_pressure: Some(Pressure { at, systolic: 184, diastolic: 78, at_home: true }),
            pressure_days: vec![PressureDay {
                day: "2026-11-28".parse().unwrap(),
                systolic: 184,
                diastolic: 79,
                at_home: false,
            }],
            weights: vec![Weight { at, grams: 61_000 }],
        }
    }

    #[test]
    fn what_an_earlier_version_sealed_is_read() {
        let before = r#"{"last_pressure":{"at":"2026-11-29T00:00:00.123Z","systolic":184,"diastolic":78,"at_home":true},
            "pressure_days":[{"day":"2026-11-28","systolic":184,"diastolic":79,"at_home":false}],
            "weights":[{"at":"2026-11-29T00:00:00.123Z","grams":61000}]}"#;
        assert_eq!(read(before.as_bytes()).unwrap(), digest());
    }

    #[test]
    fn what_is_sealed_holds_no_names() {
        let written = String::from_utf8(write(&digest()).unwrap()).unwrap();
        assert_eq!(
            written,
            "[[1795910400123,[184,78,true]],[[20785,[184,79,false]]],[[1795910400123,61000]]]"
        );
        assert_eq!(write(&Digest::default()).unwrap(), b"[null,[],[]]");
    }

    #[test]
    fn anything_else_is_refused() {
        for damaged in ["", "{}", "[]", "null", "[null,[],[[9223372036854775807,1]]]", "[null,[],[]]x"] {
            assert!(read(damaged.as_bytes()).is_err(), "{damaged}");
        }
    }

    proptest! {
        #[test]
        fn a_digest_is_read_as_it_was_written(
            times in prop::collection::vec(0_i64..4_102_444_800_000, 0..5),
            figures in (0_i64..400, 0_i64..300, any::<bool>()),
        ) {
            let at = |millis| DateTime::from_timestamp_millis(millis).unwrap();
            let (systolic, diastolic, at_home) = figures;
            let pressure = |millis: &i64| Pressure { at: at(*millis), systolic, diastolic, at_home };
            let day = |millis: &i64| PressureDay { day: at(*millis).date_naive(), systolic, diastolic, at_home };
            let digest = Digest {
                last_pressure: times.first().map(pressure),
                pressure_days: times.iter().map(day).collect(),
                weights: times.iter().map(|millis| Weight { at: at(*millis), grams: systolic }).collect(),
            };
            prop_assert_eq!(read(&write(&digest).unwrap()).unwrap(), digest);
        }
    }
}
