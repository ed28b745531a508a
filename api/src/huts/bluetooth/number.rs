//! Numbers exactly as they were sent: a whole number and a power of ten, never a binary fraction.

use std::fmt;
use std::str::FromStr;

/// `mantissa × 10^exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::huts) struct Number {
    mantissa: i64,
    exponent: i8,
}

/// Text that is no plain decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::huts) struct NotANumber;

/// Larger powers of ten stand in no reading, and are no reason to compute with them.
const FARTHEST_EXPONENT: i32 = 12;

impl Number {
    /// `mantissa × 10^exponent`.
    pub(in crate::huts) const fn new(mantissa: i64, exponent: i8) -> Self {
        Self { mantissa, exponent }
    }

    /// SFLOAT of ISO/IEEE 11073-20601: 4 bits of exponent, 12 of mantissa, both in two's complement, low byte
    /// first. `None` for what is no number: `NaN`, `NRes`, both infinities and the reserved value.
    pub(super) fn sfloat(bytes: [u8; 2]) -> Option<Self> {
        let word = u16::from_le_bytes(bytes);
        if matches!(word, 0x07fe..=0x0802) {
            return None;
        }
        let [low, high] = bytes;
        // Shifted to the top of its type and back, a field keeps its sign.
        let exponent = high.cast_signed() >> 4;
        let mantissa = (i16::from_le_bytes([low, high]) << 4) >> 4;
        Some(Self::new(i64::from(mantissa), exponent))
    }

    /// FLOAT of ISO/IEEE 11073-20601: 8 bits of exponent, 24 of mantissa. `None` as for [`Number::sfloat`].
    pub(super) fn float(bytes: [u8; 4]) -> Option<Self> {
        let word = u32::from_le_bytes(bytes);
        if matches!(word, 0x007f_fffe..=0x0080_0002) {
            return None;
        }
        let [.., exponent] = bytes;
        let mantissa = (i32::from_le_bytes(bytes) << 8) >> 8;
        Some(Self::new(i64::from(mantissa), exponent.cast_signed()))
    }

    /// The same number in a unit that is `10^power` times smaller.
    pub(in crate::huts) fn shifted(self, power: i8) -> Self {
        Self { exponent: self.exponent.saturating_add(power), ..self }
    }

    /// The whole number nearest to `self × numerator ÷ denominator`, halves away from zero. `None` where it is
    /// larger than any reading.
    pub(in crate::huts) fn times(self, numerator: i64, denominator: i64) -> Option<i64> {
        let exponent = i32::from(self.exponent);
        if self.mantissa == 0 {
            return Some(0);
        }
        if exponent.abs() > FARTHEST_EXPONENT || denominator <= 0 {
            return None;
        }
        let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
        let product = i128::from(self.mantissa).checked_mul(i128::from(numerator))?;
        let (above, below) = if exponent >= 0 {
            (product.checked_mul(power)?, i128::from(denominator))
        } else {
            (product, i128::from(denominator).checked_mul(power)?)
        };
        let half = below / 2;
        let rounded = if above >= 0 { (above + half) / below } else { (above - half) / below };
        i64::try_from(rounded).ok()
    }

    /// Whether it is above zero.
    pub(in crate::huts) fn is_positive(self) -> bool {
        self.mantissa > 0
    }
}

/// As people write it: no exponent, no zeros that say nothing, except those of a round number.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let places = usize::from(self.exponent.unsigned_abs());
        if self.exponent >= 0 {
            let zeros = if self.mantissa == 0 { 0 } else { places };
            return write!(f, "{sign}{digits}{}", "0".repeat(zeros));
        }
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, part) = padded.split_at(padded.len() - places);
        match part.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            part => write!(f, "{sign}{whole}.{part}"),
        }
    }
}

/// Reads `-12.50` and the like, at most 15 digits.
impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(part) || whole.len() + part.len() > 15 {
            return Err(NotANumber);
        }
        let part = part.trim_end_matches('0');
        let mantissa: i64 = format!("{whole}{part}").parse().map_err(|_not_digits| NotANumber)?;
        let exponent = i8::try_from(part.len()).map_err(|_too_long| NotANumber)?;
        Ok(Self::new(sign * mantissa, -exponent))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_floats_are_read_as_the_standard_says() {
        for (bytes, text) in [
            ([0x78, 0x00], "120"),
            ([0xa0, 0xf0], "16"),
            ([0x6b, 0xf0], "10.7"),
            ([0x38, 0xc0], "0.0056"),
            ([0x65, 0xb0], "0.00101"),
            ([0xff, 0x0f], "-1"),
            ([0x01, 0x10], "10"),
            ([0xfe, 0xf7], "204.6"),
        ] {
            assert_eq!(Number::sfloat(bytes).unwrap().to_string(), text, "{bytes:02x?}");
        }
    }

    #[test]
    fn what_is_no_number_never_becomes_one() {
        for word in [0x07ff_u16, 0x0800, 0x07fe, 0x0802, 0x0801] {
            assert_eq!(Number::sfloat(word.to_le_bytes()), None, "{word:04x}");
        }
        for word in [0x007f_ffff_u32, 0x0080_0000, 0x007f_fffe, 0x0080_0002, 0x0080_0001] {
            assert_eq!(Number::float(word.to_le_bytes()), None, "{word:08x}");
        }
        assert!(Number::sfloat(0x0803_u16.to_le_bytes()).is_some());
        assert!(Number::sfloat(0x07fd_u16.to_le_bytes()).is_some());
    }

    #[test]
    fn long_floats_are_read_as_the_standard_says() {
        assert_eq!(Number::float([0x6d, 0x01, 0x00, 0xff]).unwrap().to_string(), "36.5");
        assert_eq!(Number::float([0xff, 0xff, 0xff, 0x00]).unwrap().to_string(), "-1");
    }

    #[test]
    fn scaling_rounds_halves_away_from_zero() {
        assert_eq!(Number::new(160, -1).times(750_062, 100_000), Some(120));
        assert_eq!(Number::new(107, -1).times(750_062, 100_000), Some(80));
        assert_eq!(Number::new(25, -1).times(1, 1), Some(3));
        assert_eq!(Number::new(-25, -1).times(1, 1), Some(-3));
        assert_eq!(Number::new(1, 100).times(1, 1), None);
        assert_eq!(Number::new(0, 127).times(1, 1), Some(0));
    }

    #[test]
    fn only_plain_decimals_are_read() {
        for wrong in
            ["", "-", "1e5", "1.", ".5", "+1", " 1", "1 ", "0x10", "１", "1.2.3", "1234567890.123456"]
        {
            assert_eq!(wrong.parse::<Number>(), Err(NotANumber), "{wrong}");
        }
        assert_eq!("65.50".parse::<Number>().unwrap().to_string(), "65.5");
        assert_eq!("-0".parse::<Number>().unwrap().to_string(), "0");
    }

    proptest! {
        #[test]
        fn a_number_is_read_as_it_was_written(mantissa in -999_999_999_i64..=999_999_999, exponent in -5_i8..=3) {
            let number = Number::new(mantissa, exponent);
            let read: Number = number.to_string().parse().unwrap();
            prop_assert_eq!(read.times(100_000, 1), number.times(100_000, 1));
        }

        #[test]
        fn no_bytes_break_the_floats(short in any::<[u8; 2]>(), long in any::<[u8; 4]>(), by in any::<i8>()) {
            for number in [Number::sfloat(short), Number::float(long)].into_iter().flatten() {
                let _ = (number.to_string(), number.shifted(by).times(i64::MAX, 3), number.times(i64::MIN, 1));
            }
        }
    }
}
