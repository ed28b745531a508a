//! What is different between two texts, by character: in Chinese there are no words to go by.

use std::time::Duration;

use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use utoipa::ToSchema;

/// After this the rest is told as removed and added whole, which is true, only coarser.
const LONGEST: Duration = Duration::from_millis(300);

/// A run of characters and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TextRun)]
pub(super) struct Run {
    pub(super) change: Change,
    pub(super) text: String,
}

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TextChange)]
#[serde(rename_all = "snake_case")]
pub(super) enum Change {
    /// It is in both.
    Kept,
    /// It is only in the new one.
    Added,
    /// It is only in the old one.
    Removed,
}

/// The runs that lead from one text to another.
pub(super) fn runs(old: &str, new: &str) -> Vec<Run> {
    let diff = TextDiff::configure().timeout(LONGEST).diff_chars(old, new);
    let mut runs: Vec<Run> = Vec::new();
    for change in diff.iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => Change::Kept,
            ChangeTag::Insert => Change::Added,
            ChangeTag::Delete => Change::Removed,
        };
        match runs.last_mut() {
            Some(run) if run.change == kind => run.text.push_str(change.value()),
            _ => runs.push(Run { change: kind, text: change.value().to_owned() }),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_character_that_changed_is_named_alone() {
        let run = |change, text: &str| Run { change, text: text.to_owned() };
        assert_eq!(
            runs("每天盐不超过6克", "每天盐不超过5克"),
            [
                run(Change::Kept, "每天盐不超过"),
                run(Change::Removed, "6"),
                run(Change::Added, "5"),
                run(Change::Kept, "克"),
            ]
        );
        assert_eq!(runs("", ""), []);
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_out_of_the_runs(old in "[盐油糖x\n]{0,40}", new in "[盐油糖x\n]{0,40}") {
            let of = |but: Change| -> String {
                runs(&old, &new).into_iter().filter(|run| run.change != but).map(|run| run.text).collect()
            };
            prop_assert_eq!(of(Change::Added), old.clone());
            prop_assert_eq!(of(Change::Removed), new.clone());
        }
    }
}
