//! Numbers as they were written, without the rounding of floating point.

/// Longer numbers are no measurement.
const MOST_DIGITS: usize = 12;
const MOST_DECIMALS: usize = 6;

/// `digits ÷ 10^decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: i64,
    decimals: u32,
}

impl Decimal {
    /// Reads a number such as `-5.60`; `None` for anything else, also for exponents and long tails.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, unsigned) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let has_shape = !whole.is_empty() && is_number(whole) && is_number(fraction);
        let has_point = unsigned.contains('.');
        if !has_shape || has_point == fraction.is_empty() || whole.len() + fraction.len() > MOST_DIGITS {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > MOST_DECIMALS {
            return None;
        }
        let digits: i64 = format!("{whole}{fraction}").parse().ok()?;
        Some(Self { digits: sign * digits, decimals: u32::try_from(fraction.len()).ok()? })
    }

    /// `(self × multiplier + addend) ÷ divisor`, rounded to the nearest whole number, halves away from zero.
    pub fn scaled(self, multiplier: i64, addend: i64, divisor: i64) -> Option<i64> {
        let one = 10_i128.checked_pow(self.decimals)?;
        let numerator = i128::from(self.digits)
            .checked_mul(i128::from(multiplier))?
            .checked_add(i128::from(addend).checked_mul(one)?)?;
        let denominator = i128::from(divisor).checked_mul(one).filter(|denominator| *denominator > 0)?;
        let half = if numerator < 0 { -denominator } else { denominator };
        i64::try_from((2 * numerator + half) / (2 * denominator)).ok()
    }

    /// The number as floating point, for what is no proportion.
    pub fn to_f64(self) -> Option<f64> {
        let digits = i32::try_from(self.digits).ok().map(f64::from)?;
        Some(digits / 10_f64.powi(i32::try_from(self.decimals).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_as_it_was_written() {
        for (text, digits, decimals) in [
            ("128", 128, 0),
            ("5.6", 56, 1),
            ("5.60", 56, 1),
            ("-2.5", -25, 1),
            ("0.01", 1, 2),
            ("36.0", 36, 0),
        ] {
            assert_eq!(Decimal::parse(text), Some(Decimal { digits, decimals }), "{text}");
        }
    }

    #[test]
    fn what_is_no_plain_number_is_none() {
        for text in
            ["", "-", ".5", "5.", "1e3", "+1", "1,5", "１", "NaN", "inf", "1234567890123", "0.1234567", "--1"]
        {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        for (text, rounded) in [("0.5", 1), ("1.5", 2), ("-0.5", -1), ("0.49", 0), ("-1.49", -1)] {
            assert_eq!(Decimal::parse(text).unwrap().scaled(1, 0, 1), Some(rounded), "{text}");
        }
    }

    proptest! {
        #[test]
        fn scaling_is_within_half_a_step_of_the_exact_value(
            digits in -1_000_000_i64..1_000_000,
            decimals in 0_u32..6,
            multiplier in 1_i64..1_000_000,
            divisor in 1_i64..100_000,
        ) {
            let scaled = Decimal { digits, decimals }.scaled(multiplier, 0, divisor).unwrap();
            let one = 10_i128.pow(decimals) * i128::from(divisor);
            let off = i128::from(scaled) * one - i128::from(digits) * i128::from(multiplier);
            prop_assert!(2 * off.abs() <= one);
        }

        #[test]
        fn anything_is_read_or_refused(text in "\\PC{0,20}") {
            let _ = Decimal::parse(&text);
        }
    }
}
