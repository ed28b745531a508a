//! Glucose Measurement, 0x2A18, and its context, 0x2A34.

use chrono::TimeDelta;

use super::bytes::Bytes;
use super::{Meal, Measurement, Quantity, Unit, Unreadable, What, has, needed};

/// Type of what was measured: nobody's blood.
const CONTROL_SOLUTION: u8 = 10;
/// How a time offset says that it is unknown.
const OFFSET_OVERRUN: i16 = i16::MAX;

/// Reads a payload. Capillary blood and plasma are not told apart: every value of a hut is a finger-stick.
pub(in crate::huts) fn glucose(payload: &[u8]) -> Result<Measurement, Unreadable> {
    let mut bytes = Bytes(payload);
    let flags = bytes.u8()?;
    let _sequence = bytes.u16()?;
    let base_time = bytes.date_time()?;
    let offset_min = if has(flags, 0) { bytes.i16()? } else { 0 };
    // Without a concentration there is nothing to keep.
    let concentration = if has(flags, 1) { bytes.sfloat()? } else { None };
    let kind = if has(flags, 1) { bytes.u8()? & 0x0f } else { 0 };
    let status = if has(flags, 3) { bytes.u16()? } else { 0 };
    if kind == CONTROL_SOLUTION {
        return Err(Unreadable::ControlSolution);
    }
    must_be_sound(status)?;
    let concentration = needed(concentration)?;
    // mol/L and kg/L are powers of ten of the units that people use.
    let quantity = if has(flags, 2) {
        Quantity::new(What::Glucose, concentration.shifted(3), Unit::MillimolePerLitre)
    } else {
        Quantity::new(What::Glucose, concentration.shifted(5), Unit::MilligramPerDecilitre)
    };
    let is_time_fault = has(status, 11);
    let taken_at = base_time
        .filter(|_| !is_time_fault && offset_min != OFFSET_OVERRUN)
        .and_then(|base| base.checked_add_signed(TimeDelta::minutes(i64::from(offset_min))));
    Ok(Measurement::of(vec![quantity], taken_at))
}

/// Sensor Status Annunciation: a strip or a sensor that failed gives no value.
fn must_be_sound(status: u16) -> Result<(), Unreadable> {
    // Malfunction, too little blood, strip, temperature, interruption, fault. Not the battery (0), nor the
    // time (11).
    const FAILED: u16 = 0b0111_1001_1110;
    const BEYOND_RANGE: u16 = 0b0000_0110_0000;
    if status & FAILED != 0 {
        return Err(Unreadable::Failed);
    }
    if status & BEYOND_RANGE != 0 {
        return Err(Unreadable::OutOfDeviceRange);
    }
    Ok(())
}

/// The meal that a Glucose Measurement Context tells.
pub(in crate::huts) fn meal_of(payload: &[u8]) -> Result<Option<Meal>, Unreadable> {
    let mut bytes = Bytes(payload);
    let flags = bytes.u8()?;
    let _sequence = bytes.u16()?;
    if has(flags, 7) {
        bytes.u8()?;
    }
    if has(flags, 0) {
        let (_carbohydrate, _mass) = (bytes.u8()?, bytes.sfloat()?);
    }
    if !has(flags, 1) {
        return Ok(None);
    }
    Ok(match bytes.u8()? {
        1 => Some(Meal::Before),
        2 => Some(Meal::After),
        3 => Some(Meal::Fasting),
        4 | 5 => Some(Meal::AnyTime),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Taken on 15 June 2024 at 08:30:00, capillary blood of the finger.
    fn payload(flags: u8, value: [u8; 2], kind: u8, status: Option<[u8; 2]>) -> Vec<u8> {
        let mut payload = vec![flags, 0x01, 0x00, 0xe8, 0x07, 0x06, 0x0f, 0x08, 0x1e, 0x00];
        if flags & 1 != 0 {
            payload.extend([0xe2, 0xff]);
        }
        if flags & 2 != 0 {
            payload.extend(value);
            payload.push(kind);
        }
        payload.extend(status.into_iter().flatten());
        payload
    }

    fn canonical(payload: &[u8]) -> Option<i64> {
        glucose(payload).unwrap().quantities[0].canonical()
    }

    #[test]
    fn both_units_are_read() {
        let moles = payload(0b110, [0x38, 0xc0], 0x11, None);
        assert_eq!(canonical(&moles), Some(560));
        assert_eq!(glucose(&moles).unwrap().quantities[0].number.to_string(), "5.6");
        let mass = payload(0b010, [0x65, 0xb0], 0x11, None);
        assert_eq!(canonical(&mass), Some(561));
        assert_eq!(glucose(&mass).unwrap().quantities[0].number.to_string(), "101");
    }

    #[test]
    fn the_offset_moves_the_time() {
        let read = glucose(&payload(0b111, [0x38, 0xc0], 0x11, None)).unwrap();
        assert_eq!(read.taken_at.unwrap().to_string(), "2024-06-15 08:00:00");
    }

    #[test]
    fn control_solution_is_nobodys_blood() {
        let solution = payload(0b110, [0x38, 0xc0], 0x1a, None);
        assert_eq!(glucose(&solution), Err(Unreadable::ControlSolution));
    }

    #[test]
    fn what_the_meter_could_not_measure_is_no_value() {
        assert_eq!(glucose(&payload(0b100, [0, 0], 0, None)), Err(Unreadable::Failed), "no concentration");
        assert_eq!(glucose(&payload(0b110, [0xff, 0x07], 0x11, None)), Err(Unreadable::Failed));
        for (status, expected) in [
            (0b1, Ok(())),
            (0b10, Err(Unreadable::Failed)),
            (0b100, Err(Unreadable::Failed)),
            (0b10_0000, Err(Unreadable::OutOfDeviceRange)),
            (0b100_0000, Err(Unreadable::OutOfDeviceRange)),
            (0b100_0000_0000, Err(Unreadable::Failed)),
            (0b1000_0000_0000, Ok(())),
        ] {
            let read = glucose(&payload(0b1110, [0x38, 0xc0], 0x11, Some(u16::to_le_bytes(status))));
            assert_eq!(read.map(drop), expected, "{status:b}");
        }
    }

    #[test]
    fn a_clock_that_failed_tells_no_time() {
        let read = glucose(&payload(0b1110, [0x38, 0xc0], 0x11, Some([0, 0b1000]))).unwrap();
        assert_eq!(read.taken_at, None);
    }

    #[test]
    fn the_context_tells_the_meal() {
        assert_eq!(meal_of(&[0b10, 1, 0, 3]), Ok(Some(Meal::Fasting)));
        assert_eq!(meal_of(&[0b1000_0011, 1, 0, 0, 1, 0x38, 0xc0, 2]), Ok(Some(Meal::After)));
        assert_eq!(meal_of(&[0, 1, 0]), Ok(None));
        assert_eq!(meal_of(&[0b10, 1, 0, 99]), Ok(None));
        assert_eq!(meal_of(&[0b10, 1, 0]), Err(Unreadable::TooShort));
    }
}
