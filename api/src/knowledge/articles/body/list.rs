//! Where in a list reading stands.

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
