//! The body of an article: blocks, and the HTML that is written from them.
//!
//! Whatever a body is made of, it becomes blocks first: Markdown becomes HTML, HTML is read by `reader`, a
//! text document makes blocks itself. The HTML that is kept is written from the blocks by `render`, so
//! nothing of a source that has no block can be in it.

mod elements;
mod list;
mod markdown;
mod notes;
mod reader;
mod render;
mod script;
mod style;
mod table;
mod text;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub use self::markdown::read_markdown;
pub use self::notes::{Note, Notes};
pub use self::reader::{Reading, read_html};
pub use self::text::LineBuilder;

/// Folder of the addresses under which this server serves media.
const MEDIA: &str = "/media/";

/// Begins the address of a picture that came within its source.
pub const EMBEDDED: &str = "embedded:";

/// A body in both forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Sanitised HTML, written from the blocks.
    pub html: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// One block of an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ArticleBlock)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// A heading; 2 is the highest below the title.
    Heading {
        /// 1 to 6.
        level: u8,
        /// Its text.
        text: Line,
    },
    /// A paragraph.
    Paragraph {
        /// Its text.
        text: Line,
        /// Whether it stands in the middle; left out where it does not.
        #[serde(default, skip_serializing_if = "is_false")]
        centred: bool,
    },
    /// A quotation.
    Quote {
        /// Its text.
        text: Line,
    },
    /// A list, with or without numbers.
    List {
        /// Whether the items are numbered.
        ordered: bool,
        /// The items; those of a list within a list follow the item they belong to.
        items: Vec<Line>,
        /// Number of the first item; left out where it is 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<u32>,
    },
    /// A table.
    Table {
        /// The cells of its first row.
        head: Vec<Line>,
        /// The other rows.
        rows: Vec<Vec<Line>>,
    },
    /// A picture of this server.
    Image {
        /// Its address; one that begins with `/` is on this server.
        src: String,
        /// What it shows; left out where nobody said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alt: Option<String>,
        /// In pixels, so that its place can be kept free; left out where it is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        width: Option<u32>,
        /// In pixels.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        height: Option<u32>,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A run of text.
pub type Line = Vec<Span>;

/// Text of one look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ArticleSpan)]
pub struct Span {
    /// The text.
    pub text: String,
    /// Whether it is emphasised.
    pub strong: bool,
}

impl Body {
    /// The body that says what the blocks say.
    pub fn of(blocks: Vec<Block>) -> Self {
        Self { html: render::html(&blocks), blocks }
    }

    /// The media it shows.
    pub fn media_ids(&self) -> Vec<Uuid> {
        let mut ids: Vec<Uuid> = self.blocks.iter().filter_map(image_source).filter_map(media_id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

impl Block {
    /// A paragraph of plain text that stands at the margin.
    pub fn paragraph(text: Line) -> Self {
        Self::Paragraph { text, centred: false }
    }
}

fn image_source(block: &Block) -> Option<&str> {
    match block {
        Block::Image { src, .. } => Some(src),
        _ => None,
    }
}

/// The medium of this server that an address such as `/media/{id}/750` names.
pub fn media_id(address: &str) -> Option<Uuid> {
    let (id, variant) = address.strip_prefix(MEDIA)?.split_once('/')?;
    let plain = (1..=16).contains(&variant.len()) && variant.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain { Uuid::try_parse(id).ok() } else { None }
}

/// Reads Markdown (`CommonMark` with tables, footnotes and struck-out text). Pictures that are not on this server are left out.
pub fn from_markdown(markdown: &str) -> Body {
    Body::of(own_pictures(read_markdown(markdown).blocks))
}

/// Reads HTML as an editor makes it. Pictures that are not on this server are left out.
pub fn from_html(html: &str) -> Body {
    Body::of(own_pictures(read_html(html).blocks))
}

fn own_pictures(blocks: Vec<Block>) -> Vec<Block> {
    let own = |block: &Block| image_source(block).is_none_or(|src| media_id(src).is_some());
    blocks.into_iter().filter(own).collect()
}

/// The text of blocks, a line for each paragraph, item and cell.
pub fn plain_text(blocks: &[Block]) -> String {
    let mut text = String::new();
    for line in blocks.iter().flat_map(lines) {
        for span in line {
            text.push_str(&span.text);
        }
        text.push('\n');
    }
    text
}

fn lines(block: &Block) -> Vec<&Line> {
    match block {
        Block::Heading { text, .. } | Block::Paragraph { text, .. } | Block::Quote { text } => vec![text],
        Block::List { items, .. } => items.iter().collect(),
        Block::Table { head, rows } => head.iter().chain(rows.iter().flatten()).collect(),
        Block::Image { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
