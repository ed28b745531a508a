//! When a mean of stars may be told: the one rule for the public, the ledger and the statistics.

/// Fewer answers would tell who gave which.
pub(super) const FEWEST: i64 = 10;

/// The mean of the stars, where enough people answered.
pub fn mean(stars: i64, answers: i64) -> Option<f64> {
    let number = |count: i64| i32::try_from(count).ok().map(f64::from);
    if answers < FEWEST { None } else { Some(number(stars)? / number(answers)?) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_told_from_ten_answers_on() {
        assert_eq!(mean(45, 9), None);
        assert_eq!(mean(45, 10), Some(4.5));
        assert_eq!(mean(0, 0), None);
    }
}
