//! Numbers that are compared without rounding.

use std::cmp::Ordering;

/// A quotient of whole numbers in the unit of the limits it is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exact {
    numerator: i128,
    /// Above 0.
    denominator: i128,
}

impl Exact {
    /// A whole number.
    pub(super) fn whole(value: i64) -> Self {
        Self { numerator: value.into(), denominator: 1 }
    }

    /// A quotient; `None` where nothing or less is divided by.
    pub(super) fn quotient(numerator: i128, denominator: i128) -> Option<Self> {
        (denominator > 0).then_some(Self { numerator, denominator })
    }

    /// Body mass index in 0.01 kg/m²: grams by millimetres squared, times 100,000.
    pub(super) fn bmi(weight_g: i64, height_mm: i64) -> Option<Self> {
        let height = i128::from(height_mm);
        (weight_g > 0 && height_mm > 0).then_some(())?;
        Self::quotient(i128::from(weight_g) * 100_000, height * height)
    }

    /// How it compares with a limit.
    pub(super) fn compare(self, limit: i64) -> Ordering {
        self.numerator.cmp(&(i128::from(limit) * self.denominator))
    }

    /// To be shown: rounded half up, away from what was compared.
    pub(super) fn rounded(self) -> i64 {
        let doubled = self.numerator * 2 + self.denominator;
        i64::try_from(doubled.div_euclid(self.denominator * 2)).unwrap_or(i64::MAX)
    }
}

/// Body mass index in 0.01 kg/m², rounded to be shown; `None` where nothing weighs or is tall.
pub fn body_mass_index(weight_g: i64, height_mm: i64) -> Option<i64> {
    Exact::bmi(weight_g, height_mm).map(Exact::rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_mass_index_just_under_a_limit_is_under_it() {
        // 23.996 kg/m² is shown as 24.00 and is not 24.
        let bmi = Exact::bmi(69_348, 1_700).unwrap();
        assert_eq!((bmi.compare(2_400), bmi.rounded()), (Ordering::Less, 2_400));
        let exactly = Exact::bmi(69_360, 1_700).unwrap();
        assert_eq!((exactly.compare(2_400), exactly.rounded()), (Ordering::Equal, 2_400));
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        assert!(Exact::bmi(70_000, 0).is_none());
        assert!(Exact::bmi(0, 1_700).is_none());
        assert!(Exact::bmi(70_000, -1_700).is_none());
    }
}
