//! Which sequence numbers of a gateway were used: the anti-replay window of RFC 4303, appendix A2.

/// How far numbers may arrive out of order.
const WIDTH: i64 = 64;

/// The largest number that was used, and which of the 64 up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) last: i64,
    /// Bit n: whether `last - n` was used.
    pub(super) seen: i64,
}

/// Why a number does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replayed {
    /// It was used.
    Used,
    /// It lies so far back that nobody remembers whether it was used.
    TooOld,
}

impl Window {
    /// The window once `seq` is used.
    pub(super) fn with(self, seq: i64) -> Result<Self, Replayed> {
        if seq < 1 {
            return Err(Replayed::TooOld);
        }
        let ahead = seq.saturating_sub(self.last);
        if ahead > 0 {
            let seen = if ahead < WIDTH { self.seen << ahead } else { 0 };
            return Ok(Self { last: seq, seen: seen | 1 });
        }
        let back = -ahead;
        if back >= WIDTH {
            return Err(Replayed::TooOld);
        }
        let bit = 1_i64 << back;
        if self.seen & bit != 0 {
            return Err(Replayed::Used);
        }
        Ok(Self { last: self.last, seen: self.seen | bit })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const NEW: Window = Window { last: 0, seen: 0 };

    #[test]
    fn a_number_counts_once() {
        let window = NEW.with(7).unwrap();
        assert_eq!(window.with(7), Err(Replayed::Used));
        let window = window.with(5).unwrap();
        assert_eq!(window.with(5), Err(Replayed::Used));
        assert!(window.with(6).is_ok() && window.with(8).is_ok());
    }

    #[test]
    fn what_lies_too_far_back_is_refused_unseen() {
        let window = NEW.with(1_000).unwrap();
        assert!(window.with(937).is_ok());
        assert_eq!(window.with(936), Err(Replayed::TooOld));
        assert_eq!(NEW.with(0), Err(Replayed::TooOld));
        assert_eq!(NEW.with(-5), Err(Replayed::TooOld));
        assert_eq!(NEW.with(i64::MIN), Err(Replayed::TooOld));
        assert!(NEW.with(i64::MAX).is_ok());
    }

    proptest! {
        #[test]
        fn no_number_is_ever_taken_twice_and_none_that_is_near_is_lost(
            numbers in prop::collection::vec(1_i64..200, 1..300),
        ) {
            let (mut window, mut used) = (NEW, BTreeSet::new());
            for seq in numbers {
                let is_near = window.last - seq < WIDTH;
                match window.with(seq) {
                    Ok(next) => {
                        prop_assert!(used.insert(seq), "{seq} was taken twice");
                        window = next;
                    }
                    Err(_) => prop_assert!(used.contains(&seq) || !is_near, "{seq} was lost"),
                }
            }
        }
    }
}
