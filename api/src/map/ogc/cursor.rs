//! Where a list of features goes on: after which feature, and how many came before.

use std::fmt;
use std::str::FromStr;

use geodata::snapshot::{FeatureId, MAX_FEATURE_ID};

/// A place in a list. Clients pass it on without looking into it.
///
/// The list goes on by id, so that nothing is listed twice or left out when places are added or
/// removed meanwhile; the number of earlier features only serves the link to the previous page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The last feature of the page before.
    pub(super) after: FeatureId,
    /// Features on the pages before.
    pub(super) seen: usize,
}

/// A cursor that this server never gave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a{}.{}", self.after, self.seen)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (after, seen) =
            text.strip_prefix('a').and_then(|rest| rest.split_once('.')).ok_or(CursorError)?;
        let cursor = Self { after: whole(after)?, seen: whole(seen)? };
        let known = cursor.after <= MAX_FEATURE_ID && cursor.to_string() == text;
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
        for text in ["", "a", "a1", "a1.", "a.1", "1.1", "a01.1", "a+1.1", "a1.1.1", "a1.1 ", "a1000000000.1"]
        {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_cursor_survives_its_way_through_a_link(after in 0..=MAX_FEATURE_ID, seen: usize) {
            let cursor = Cursor { after, seen };
            prop_assert_eq!(cursor.to_string().parse::<Cursor>(), Ok(cursor));
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            let _ = text.parse::<Cursor>();
        }
    }
}
