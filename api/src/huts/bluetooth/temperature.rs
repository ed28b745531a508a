//! Temperature Measurement, 0x2A1C.

use super::bytes::Bytes;
use super::{Measurement, Quantity, Unit, Unreadable, What, has, needed};

/// Reads a payload.
pub(in crate::huts) fn temperature(payload: &[u8]) -> Result<Measurement, Unreadable> {
    let mut bytes = Bytes(payload);
    let flags = bytes.u8()?;
    let temperature = bytes.float()?;
    let taken_at = if has(flags, 1) { bytes.date_time()? } else { None };
    let unit = if has(flags, 0) { Unit::Fahrenheit } else { Unit::Celsius };
    let quantity = Quantity::new(What::Temperature, needed(temperature)?, unit);
    Ok(Measurement::of(vec![quantity], taken_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(payload: &[u8]) -> Option<i64> {
        temperature(payload).unwrap().quantities[0].canonical()
    }

    #[test]
    fn both_scales_are_read() {
        assert_eq!(canonical(&[0x00, 0x6d, 0x01, 0x00, 0xff]), Some(3_650));
        assert_eq!(canonical(&[0x01, 0xd1, 0x03, 0x00, 0xff]), Some(3_650));
    }

    #[test]
    fn a_failed_measurement_is_no_value() {
        assert_eq!(temperature(&[0x00, 0xff, 0xff, 0x7f, 0x00]), Err(Unreadable::Failed));
        assert_eq!(temperature(&[0x00, 0x6d, 0x01]), Err(Unreadable::TooShort));
    }
}
