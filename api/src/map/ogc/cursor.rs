//! Where a list of features goes on: in which state of the map, and after which feature.

use std::fmt;
use std::str::FromStr;

use geodata::snapshot::{FeatureId, MAX_FEATURE_ID};

/// A place in a list. Clients pass it on without looking into it.
///
/// The revision pins the walk to one state of the map. Should that be gone, a list by id goes on after
/// the last feature, so that nothing is listed twice or left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Revision of the map that the walk began in.
    pub(super) revision: u64,
    /// Features on the pages before.
    pub(super) seen: usize,
    /// The last feature of the page before, where the list goes by id.
    pub(super) after: Option<FeatureId>,
}

/// A cursor that this server never gave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}.{}", self.revision, self.seen)?;
        match self.after {
            Some(after) => write!(f, ".{after}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (revision, rest) =
            text.strip_prefix('r').and_then(|rest| rest.split_once('.')).ok_or(CursorError)?;
        let (seen, after) = match rest.split_once('.') {
            Some((seen, after)) => (seen, Some(whole(after)?)),
            None => (rest, None),
        };
        let cursor = Self { revision: whole(revision)?, seen: whole(seen)?, after };
        let known = after.is_none_or(|after| after <= MAX_FEATURE_ID) && cursor.to_string() == text;
        known.then_some(cursor).ok_or(CursorError)
    }
}

fn whole<T: FromStr>(digits: &str) -> Result<T, CursorError> {
    digits.parse().map_err(|_not_a_number| CursorError)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn foreign_cursors_are_refused() {
        for text in [
            "",
            "r",
            "r1",
            "r1.",
            "r.1",
            "1.1",
            "r01.1",
            "r+1.1",
            "r1.1.1.1",
            "r1.1 ",
            "r1.1.1000000000",
            "a1.1",
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_cursor_survives_its_way_through_a_link(
            revision: u64, seen: usize, after in prop::option::of(0..=MAX_FEATURE_ID)
        ) {
            let cursor = Cursor { revision, seen, after };
            prop_assert_eq!(cursor.to_string().parse::<Cursor>(), Ok(cursor));
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            let _ = text.parse::<Cursor>();
        }
    }
}
