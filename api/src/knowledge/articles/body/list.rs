//! Where in a list reading stands, and how its items are counted.

use html5ever::tokenizer::Tag;

use super::elements::attribute;

/// Largest number that an item may be given.
const LARGEST_NUMBER: u32 = 9_999;

/// How an element wants items to be counted.
pub(super) struct Counting {
    /// The number that it gives the item, or the first one.
    pub(super) number: Option<u32>,
    /// Whether an article cannot count so.
    pub(super) is_lost: bool,
}

impl Counting {
    /// What the element says; the number stands in the attribute of this name.
    pub(super) fn of(tag: &Tag, name: &str) -> Self {
        let given = attribute(tag, name).and_then(|number| number.trim().parse::<i64>().ok());
        let number = given.and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| *number <= LARGEST_NUMBER);
        let has_letters =
            attribute(tag, "type").is_some_and(|kind| matches!(kind.trim(), "a" | "A" | "i" | "I"));
        let is_lost =
            has_letters || attribute(tag, "reversed").is_some() || given.is_some() != number.is_some();
        Self { number, is_lost }
    }
}

/// How far the list that is the last block has been read.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum OpenList {
    /// The last block is no list, or one that has ended.
    #[default]
    None,
    /// The next line begins an item.
    BetweenItems,
    /// The next line belongs to the last item.
    InItem,
}

impl OpenList {
    /// The next line begins another item, where one was read.
    pub(super) fn begin_item(&mut self) {
        if *self == Self::InItem {
            *self = Self::BetweenItems;
        }
    }
}
