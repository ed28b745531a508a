//! PLX Spot-Check Measurement, 0x2A5E.

use super::bytes::Bytes;
use super::{Measurement, Quantity, Unit, Unreadable, What, has, needed};

/// Bits of Measurement Status that say that this is no finger's value: demonstration, testing, calibration,
/// unavailable, invalid.
const NO_VALUE: u16 = 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 15;

/// Reads a payload.
pub(in crate::huts) fn oximeter(payload: &[u8]) -> Result<Measurement, Unreadable> {
    let mut bytes = Bytes(payload);
    let flags = bytes.u8()?;
    let (saturation, pulse) = (bytes.sfloat()?, bytes.sfloat()?);
    let taken_at = if has(flags, 0) { bytes.date_time()? } else { None };
    let status = if has(flags, 1) { bytes.u16()? } else { 0 };
    if status & NO_VALUE != 0 {
        return Err(Unreadable::Failed);
    }
    let mut quantities = vec![Quantity::new(What::Spo2, needed(saturation)?, Unit::Percent)];
    let pulse = pulse.filter(|pulse| pulse.is_positive());
    quantities.extend(pulse.map(|pulse| Quantity::new(What::Pulse, pulse, Unit::PerMinute)));
    let is_clock_set = !has(flags, 4);
    Ok(Measurement::of(quantities, taken_at.filter(|_| is_clock_set)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPOT: [u8; 12] = [0x01, 0x61, 0x00, 0x48, 0x00, 0xe8, 0x07, 0x06, 0x0f, 0x08, 0x1e, 0x00];

    #[test]
    fn saturation_and_pulse_are_read() {
        let read = oximeter(&SPOT).unwrap();
        let values: Vec<_> = read.quantities.iter().map(|quantity| quantity.canonical()).collect();
        assert_eq!(values, [Some(9_700), Some(72)]);
        assert_eq!(read.taken_at.unwrap().to_string(), "2024-06-15 08:30:00");
    }

    #[test]
    fn a_clock_that_is_not_set_tells_no_time() {
        let mut payload = SPOT;
        payload[0] |= 1 << 4;
        assert_eq!(oximeter(&payload).unwrap().taken_at, None);
    }

    #[test]
    fn what_is_no_fingers_value_is_refused() {
        assert_eq!(oximeter(&[0x00, 0xff, 0x07, 0x48, 0x00]), Err(Unreadable::Failed));
        let demonstration = [0x02, 0x61, 0x00, 0x48, 0x00, 0x00, 0x04];
        assert_eq!(oximeter(&demonstration), Err(Unreadable::Failed));
        let without_pulse = [0x00, 0x61, 0x00, 0xff, 0x07];
        assert_eq!(oximeter(&without_pulse).unwrap().quantities.len(), 1);
    }
}
