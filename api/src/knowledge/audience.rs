//! Whom articles and services are for.

/// Everybody, also where somebody else is named.
pub(super) const EVERYONE: &str = "everyone";

/// Every group of people that can be named.
pub(super) const ALL: [&str; 8] =
    [EVERYONE, "women", "children", "elders", "chronic", "adolescents", "pregnant", "workers"];

/// Whether the word names a group.
pub(super) fn is_known(word: &str) -> bool {
    ALL.contains(&word)
}

/// What to choose from, for whoever named somebody else.
pub(super) fn choices() -> String {
    ALL.join("、")
}
