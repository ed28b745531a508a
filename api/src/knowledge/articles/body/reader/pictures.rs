//! Pictures as the reader meets them.

use html5ever::tokenizer::Tag;

use super::super::Block;
use super::super::elements::{attribute, description, is_picture_address};
use super::super::list::OpenList;
use super::super::notes::Note;
use super::Reader;

impl Reader {
    pub(super) fn image(&mut self, tag: &Tag) {
        if !self.reads() {
            return;
        }
        let mut style = self.style();
        let remarks = attribute(tag, "style").map(|css| style.apply(css)).unwrap_or_default();
        let is_small = |name| {
            let value = attribute(tag, name).map(|value| value.trim().trim_end_matches("px"));
            value.and_then(|value| value.parse::<f32>().ok()).is_some_and(|px| px <= 2.0)
        };
        if remarks.tiny || is_small("width") || is_small("height") || is_small("data-w") {
            return self.reading.notes.add(Note::TrackerRemoved);
        }
        if style.hidden {
            return self.reading.notes.add(Note::HiddenRemoved);
        }
        // Editors keep the picture in another attribute until it scrolls into sight.
        let Some(src) = ["data-src", "data-original", "src"]
            .iter()
            .filter_map(|name| attribute(tag, name))
            .find(|src| is_picture_address(src))
        else {
            return;
        };
        let alt = attribute(tag, "alt").and_then(description);
        let image = Block::Image { src: src.trim().to_owned(), alt, width: None, height: None };
        self.end_line();
        if let Some(table) = &mut self.table {
            table.add_picture(image);
        } else {
            self.list = OpenList::None;
            self.add(image);
        }
    }
}
