//! Blood Pressure Measurement, 0x2A35.

use super::bytes::Bytes;
use super::{Doubt, Measurement, Quantity, Unit, Unreadable, What, has, needed};

/// Reads a payload. The mean arterial pressure and the slot of the user are not kept: the former is derived,
/// the latter says nothing in a hut.
pub(in crate::huts) fn blood_pressure(payload: &[u8]) -> Result<Measurement, Unreadable> {
    let mut bytes = Bytes(payload);
    let flags = bytes.u8()?;
    let (systolic, diastolic, _mean) = (bytes.sfloat()?, bytes.sfloat()?, bytes.sfloat()?);
    let taken_at = if has(flags, 1) { bytes.date_time()? } else { None };
    let pulse = if has(flags, 2) { bytes.sfloat()? } else { None };
    let _user = if has(flags, 3) { Some(bytes.u8()?) } else { None };
    let status = if has(flags, 4) { bytes.u16()? } else { 0 };
    let unit = if has(flags, 0) { Unit::Kilopascal } else { Unit::MillimetreOfMercury };
    let mut quantities = vec![
        Quantity::new(What::Systolic, needed(systolic)?, unit),
        Quantity::new(What::Diastolic, needed(diastolic)?, unit),
    ];
    // A pulse of 0 is how some cuffs say that they found none.
    let pulse = pulse.filter(|pulse| pulse.is_positive());
    quantities.extend(pulse.map(|pulse| Quantity::new(What::Pulse, pulse, Unit::PerMinute)));
    Ok(Measurement { doubts: doubts(status), ..Measurement::of(quantities, taken_at) })
}

/// Measurement Status: body movement, cuff, pulse, two bits of the pulse's range, position.
fn doubts(status: u16) -> Vec<Doubt> {
    let pulse_range = (status >> 3) & 0b11;
    let told = [
        (has(status, 0), Doubt::BodyMoved),
        (has(status, 1), Doubt::CuffLoose),
        (has(status, 2), Doubt::IrregularPulse),
        (pulse_range == 1 || pulse_range == 2, Doubt::PulseOutOfRange),
        (has(status, 5), Doubt::WrongPosition),
    ];
    told.into_iter().filter_map(|(is_told, doubt)| is_told.then_some(doubt)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(payload: &[u8]) -> Vec<(What, Option<i64>)> {
        let read = blood_pressure(payload).unwrap();
        read.quantities.iter().map(|quantity| (quantity.what, quantity.canonical())).collect()
    }

    const FULL: [u8; 19] = [
        0x1e, 0x78, 0x00, 0x50, 0x00, 0x5d, 0x00, 0xe8, 0x07, 0x06, 0x0f, 0x08, 0x1e, 0x00, 0x48, 0x00, 0x01,
        0x00, 0x00,
    ];

    #[test]
    fn a_full_payload_is_read() {
        let read = blood_pressure(&FULL).unwrap();
        let expected = [(What::Systolic, Some(120)), (What::Diastolic, Some(80)), (What::Pulse, Some(72))];
        assert_eq!(canonical(&FULL), expected);
        assert_eq!(read.taken_at.unwrap().to_string(), "2024-06-15 08:30:00");
        assert!(read.doubts.is_empty());
    }

    #[test]
    fn kilopascals_are_converted() {
        let read = [0x01, 0xa0, 0xf0, 0x6b, 0xf0, 0x7c, 0xf0];
        assert_eq!(canonical(&read), [(What::Systolic, Some(120)), (What::Diastolic, Some(80))]);
    }

    #[test]
    fn a_failed_measurement_is_no_value() {
        assert_eq!(blood_pressure(&[0x00, 0xff, 0x07, 0xff, 0x07, 0xff, 0x07]), Err(Unreadable::Failed));
        let half = [0x00, 0x78, 0x00, 0xff, 0x07, 0xff, 0x07];
        assert_eq!(blood_pressure(&half), Err(Unreadable::Failed), "half a blood pressure is none");
    }

    #[test]
    fn a_pulse_that_was_not_found_is_left_out() {
        for pulse in [[0xff, 0x07], [0x00, 0x00]] {
            let mut payload = FULL;
            payload[14..16].copy_from_slice(&pulse);
            assert_eq!(canonical(&payload).len(), 2);
        }
    }

    #[test]
    fn what_the_cuff_doubts_is_told() {
        let mut payload = FULL;
        payload[17] = 0b10_0111;
        let doubts = blood_pressure(&payload).unwrap().doubts;
        assert_eq!(doubts, [Doubt::BodyMoved, Doubt::CuffLoose, Doubt::IrregularPulse, Doubt::WrongPosition]);
    }

    #[test]
    fn a_time_that_the_cuff_does_not_know_is_none() {
        let mut payload = FULL;
        payload[7..14].fill(0);
        assert_eq!(blood_pressure(&payload).unwrap().taken_at, None);
    }
}
