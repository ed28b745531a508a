//! Weight Measurement, 0x2A9D.

use super::bytes::Bytes;
use super::{Measurement, Number, Quantity, Unit, Unreadable, What, has};

/// How a scale says that it could not weigh.
const UNSUCCESSFUL: u16 = 0xffff;

/// Reads a payload. The body mass index is not kept: it is derived where it is shown.
pub(in crate::huts) fn weight(payload: &[u8]) -> Result<Measurement, Unreadable> {
    let mut bytes = Bytes(payload);
    let flags = bytes.u8()?;
    let weight = bytes.u16()?;
    let taken_at = if has(flags, 1) { bytes.date_time()? } else { None };
    let _user = if has(flags, 2) { Some(bytes.u8()?) } else { None };
    // Both are there or neither.
    let height = if has(flags, 3) {
        let _body_mass_index = bytes.u16()?;
        bytes.u16()?
    } else {
        0
    };
    if weight == UNSUCCESSFUL || weight == 0 {
        return Err(Unreadable::Failed);
    }
    // In steps of 0.005 kg and 0.001 m, or of 0.01 lb and 0.1 in.
    let is_imperial = has(flags, 0);
    let weight = i64::from(weight);
    let quantity = if is_imperial {
        Quantity::new(What::Weight, Number::new(weight, -2), Unit::Pound)
    } else {
        Quantity::new(What::Weight, Number::new(weight * 5, -3), Unit::Kilogram)
    };
    let mut quantities = vec![quantity];
    if height != 0 && height != UNSUCCESSFUL {
        let height = i64::from(height);
        quantities.push(if is_imperial {
            Quantity::new(What::Height, Number::new(height, -1), Unit::Inch)
        } else {
            Quantity::new(What::Height, Number::new(height, -3), Unit::Metre)
        });
    }
    Ok(Measurement::of(quantities, taken_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(payload: &[u8]) -> Vec<(What, Option<i64>)> {
        let read = weight(payload).unwrap();
        read.quantities.iter().map(|quantity| (quantity.what, quantity.canonical())).collect()
    }

    #[test]
    fn weight_and_height_are_read() {
        let payload =
            [0x0e, 0xb0, 0x36, 0xe8, 0x07, 0x06, 0x0f, 0x08, 0x1e, 0x00, 0x01, 0xf2, 0x00, 0xa4, 0x06];
        assert_eq!(canonical(&payload), [(What::Weight, Some(70_000)), (What::Height, Some(1_700))]);
        assert_eq!(weight(&payload).unwrap().taken_at.unwrap().to_string(), "2024-06-15 08:30:00");
        assert_eq!(weight(&payload).unwrap().quantities[0].number.to_string(), "70");
    }

    #[test]
    fn pounds_and_inches_are_converted() {
        // 154.32 lb, 66.9 in.
        let payload = [0x09, 0x48, 0x3c, 0x00, 0x00, 0x9d, 0x02];
        assert_eq!(canonical(&payload), [(What::Weight, Some(69_998)), (What::Height, Some(1_699))]);
    }

    #[test]
    fn an_unsuccessful_weighing_is_no_value() {
        assert_eq!(weight(&[0x00, 0xff, 0xff]), Err(Unreadable::Failed));
        assert_eq!(weight(&[0x00, 0x00, 0x00]), Err(Unreadable::Failed));
    }

    #[test]
    fn a_height_of_nothing_is_left_out() {
        assert_eq!(canonical(&[0x08, 0xb0, 0x36, 0x00, 0x00, 0x00, 0x00]), [(What::Weight, Some(70_000))]);
        assert_eq!(weight(&[0x08, 0xb0, 0x36, 0x00, 0x00]), Err(Unreadable::TooShort));
    }
}
