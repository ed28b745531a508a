//! What reading a source changed.

use std::collections::BTreeMap;

/// Something that was made simpler or left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// Large short lines became headings.
    HeadingMade,
    /// Colours of text or ground were dropped.
    ColourDropped,
    /// Sizes of text were dropped.
    SizeDropped,
    /// A table that only placed things became what stood in it.
    TableUnwrapped,
    /// Links became their text.
    LinkUnwrapped,
    /// Lists within lists became one.
    ListFlattened,
    /// A list came to be counted otherwise.
    NumbersLost,
    /// A cell that reached over several rows is written in each of them.
    CellRepeated,
    /// A cell that was several columns wide became one with empty ones beside it.
    CellSplit,
    /// Footnotes came to stand at the end.
    FootnoteMoved,
    /// Text above or below the line came to stand on it.
    ScriptFlattened,
    /// The title was cut.
    TitleCut,
    /// Programs and what would start them.
    ScriptRemoved,
    /// Style sheets.
    StyleSheetRemoved,
    /// Text that nobody was meant to see.
    HiddenRemoved,
    /// Text that somebody had deleted in a document that keeps track of changes.
    DeletionRemoved,
    /// Text that is struck out.
    StruckRemoved,
    /// Pictures that only count readers.
    TrackerRemoved,
    /// Drawings and what moves in them.
    DrawingRemoved,
    /// Videos and sounds of elsewhere.
    PlayerRemoved,
    /// Cards of accounts, votes, mini-programs.
    CardRemoved,
    /// Fields and buttons.
    FormRemoved,
    /// Pictures behind text.
    BackgroundRemoved,
    /// Places on the page that would lie over other things.
    PositionRemoved,
    /// Text after what an article may hold.
    TextCut,
}

/// How often each was noted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes(BTreeMap<Note, u32>);

impl Notes {
    /// Notes it once more.
    pub fn add(&mut self, note: Note) {
        let times = self.0.entry(note).or_default();
        *times = times.saturating_add(1);
    }

    /// Notes what was noted elsewhere as well.
    pub fn join(&mut self, other: &Self) {
        for (note, more) in other.iter() {
            let times = self.0.entry(note).or_default();
            *times = times.saturating_add(more);
        }
    }

    /// Everything noted.
    pub fn iter(&self) -> impl Iterator<Item = (Note, u32)> {
        self.0.iter().map(|(note, times)| (*note, *times))
    }

    /// How often this was noted.
    pub fn times(&self, note: Note) -> u32 {
        self.0.get(&note).copied().unwrap_or_default()
    }
}
