//! What of a tree of counts may be told, so that nobody can be told from it: rules without a database.
//!
//! A count of fewer than ten persons is hidden, of those who are counted and of those who are not; a share
//! needs thirty persons. What is hidden must not come out of a difference: among the parts of a region at
//! least two are hidden, and together they could be told. What is hidden hides all below it.

use std::collections::{BTreeMap, BTreeSet};

use super::indicators::Tally;

const FEWEST: i64 = 10;
const FEWEST_FOR_SHARE: i64 = 30;

/// What kind of figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number of persons.
    Number,
    /// Some of a number of persons.
    Share,
}

impl Kind {
    fn may_be_told(self, tally: Tally) -> bool {
        match self {
            Self::Number => tally.counted >= FEWEST,
            Self::Share => {
                tally.of >= FEWEST_FOR_SHARE && tally.counted >= FEWEST && tally.of - tally.counted >= FEWEST
            }
        }
    }

    /// Whether what is left of a whole after a subtraction is no more than could be told.
    fn may_be_left(self, tally: Tally) -> bool {
        match self {
            Self::Number => tally.counted >= FEWEST,
            Self::Share => tally.counted >= FEWEST && tally.of - tally.counted >= FEWEST,
        }
    }
}

/// Regions with their parts; every count is that of the region with all below it.
#[derive(Debug, Default)]
pub(super) struct Tree<'t> {
    /// Parts by what they are parts of. What belongs to a region itself and to none of its parts is a part too.
    pub(super) parts: BTreeMap<&'t str, Vec<&'t str>>,
    pub(super) root: &'t str,
}

/// The regions whose count is hidden, given those that are hidden already for another reason.
pub(super) fn hidden<'t>(
    tree: &Tree<'t>,
    counts: &BTreeMap<&'t str, Tally>,
    kind: Kind,
    already: &BTreeSet<&'t str>,
) -> BTreeSet<&'t str> {
    let mut hidden = BTreeSet::new();
    if already.contains(tree.root) || !kind.may_be_told(count(counts, tree.root)) {
        hidden.insert(tree.root);
    }
    let mut waiting = vec![tree.root];
    while let Some(region) = waiting.pop() {
        let Some(parts) = tree.parts.get(region) else { continue };
        if hidden.contains(region) {
            hidden.extend(parts.iter().copied());
        } else {
            hidden.extend(hidden_of(parts, counts, kind, already));
        }
        waiting.extend(parts.iter().copied());
    }
    hidden
}

/// The hidden ones among the parts of a region that is told.
fn hidden_of<'t>(
    parts: &[&'t str],
    counts: &BTreeMap<&'t str, Tally>,
    kind: Kind,
    already: &BTreeSet<&'t str>,
) -> Vec<&'t str> {
    let (mut hidden, mut told): (Vec<&str>, Vec<&str>) =
        parts.iter().partition(|part| already.contains(**part) || !kind.may_be_told(count(counts, part)));
    if hidden.iter().all(|part| count(counts, part).of == 0) {
        // Nothing is hidden but nothing.
        return hidden;
    }
    // The smallest goes next, so that the most is told.
    told.sort_by_key(|part| std::cmp::Reverse((count(counts, part).of, *part)));
    loop {
        let mut together = Tally::default();
        for part in &hidden {
            together += count(counts, part);
        }
        let some = hidden.iter().filter(|part| count(counts, part).of > 0).count();
        if some >= 2 && kind.may_be_left(together) {
            return hidden;
        }
        match told.pop() {
            Some(next) => hidden.push(next),
            None => return hidden,
        }
    }
}

fn count(counts: &BTreeMap<&str, Tally>, region: &str) -> Tally {
    counts.get(region).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PARTS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

    /// A region with these parts.
    fn flat(tallies: &[Tally]) -> (Tree<'static>, BTreeMap<&'static str, Tally>) {
        let parts: Vec<&str> = PARTS.into_iter().take(tallies.len()).collect();
        let mut counts: BTreeMap<&str, Tally> = parts.iter().copied().zip(tallies.iter().copied()).collect();
        let mut whole = Tally::default();
        for tally in tallies {
            whole += *tally;
        }
        counts.insert("street", whole);
        (Tree { parts: BTreeMap::from([("street", parts)]), root: "street" }, counts)
    }

    fn numbers(counted: &[i64]) -> Vec<Tally> {
        counted.iter().map(|counted| Tally { of: *counted, counted: *counted }).collect()
    }

    fn hidden_in(tallies: &[Tally], kind: Kind) -> Vec<&'static str> {
        let (tree, counts) = flat(tallies);
        hidden(&tree, &counts, kind, &BTreeSet::new()).into_iter().collect()
    }

    #[test]
    fn a_small_count_takes_a_second_with_it() {
        assert_eq!(hidden_in(&numbers(&[7, 40, 50]), Kind::Number), ["a", "b"]);
        assert_eq!(hidden_in(&numbers(&[10, 40, 50]), Kind::Number), Vec::<&str>::new());
        assert_eq!(hidden_in(&numbers(&[9, 9, 50]), Kind::Number), ["a", "b"]);
        assert_eq!(
            hidden_in(&numbers(&[4, 4, 50]), Kind::Number),
            ["a", "b", "c"],
            "eight could not be told"
        );
        assert_eq!(hidden_in(&numbers(&[0, 40, 50]), Kind::Number), ["a"], "nobody needs no cover");
        assert_eq!(hidden_in(&numbers(&[5, 4]), Kind::Number), ["a", "b", "street"]);
        assert_eq!(hidden_in(&numbers(&[9, 60]), Kind::Number), ["a", "b"]);
    }

    #[test]
    fn a_share_needs_thirty_and_ten_on_either_side() {
        let tally = |of, counted| Tally { of, counted };
        assert_eq!(hidden_in(&[tally(29, 15), tally(60, 30), tally(80, 40)], Kind::Share), ["a", "b"]);
        assert_eq!(hidden_in(&[tally(40, 9), tally(60, 30), tally(80, 40)], Kind::Share), ["a", "b"]);
        assert_eq!(hidden_in(&[tally(40, 31), tally(60, 30), tally(80, 40)], Kind::Share), ["a", "b"]);
        assert_eq!(
            hidden_in(&[tally(30, 10), tally(60, 30), tally(80, 40)], Kind::Share),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn what_is_hidden_hides_all_below_it() {
        let tree = Tree {
            parts: BTreeMap::from([("city", vec!["x", "y", "z"]), ("y", vec!["y1", "y2"])]),
            root: "city",
        };
        let number = |counted| Tally { of: counted, counted };
        let counts = BTreeMap::from([
            ("city", number(105)),
            ("x", number(5)),
            ("y", number(40)),
            ("z", number(60)),
            ("y1", number(20)),
            ("y2", number(20)),
        ]);
        let hidden = hidden(&tree, &counts, Kind::Number, &BTreeSet::new());
        assert_eq!(hidden.into_iter().collect::<Vec<_>>(), ["x", "y", "y1", "y2"]);
    }

    proptest! {
        #[test]
        fn no_hidden_count_comes_out_of_a_difference(
            tallies in prop::collection::vec((0_i64..60, 0_i64..60), 1..6),
            kind in prop::sample::select(vec![Kind::Number, Kind::Share]),
            forced in 0_usize..8,
        ) {
            let tallies: Vec<Tally> = tallies
                .into_iter()
                .map(|(more, counted)| match kind {
                    Kind::Number => Tally { of: counted, counted },
                    Kind::Share => Tally { of: counted + more, counted },
                })
                .collect();
            let (tree, counts) = flat(&tallies);
            let already: BTreeSet<&str> = PARTS.into_iter().skip(forced).take(1).collect();
            let hidden = hidden(&tree, &counts, kind, &already);
            for (region, tally) in &counts {
                prop_assert!(hidden.contains(region) || kind.may_be_told(*tally), "{region} is told");
            }
            if !hidden.contains("street") {
                let mut left = Tally::default();
                let mut some = 0;
                for part in tree.parts["street"].iter().filter(|part| hidden.contains(*part)) {
                    left += counts[part];
                    some += usize::from(counts[part].of > 0);
                }
                let all_hidden = tree.parts["street"].iter().all(|part| hidden.contains(part));
                prop_assert!(left.of == 0 || all_hidden || (some >= 2 && kind.may_be_left(left)));
            }
        }
    }
}
