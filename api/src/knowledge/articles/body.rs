//! The body of an article in its two forms, made from one Markdown source: HTML for rich text, and blocks
//! for screens that lay out by themselves and do not know table cells.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rich_text::{sanitised, text_of};

/// A body in both forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Sanitised HTML.
    pub html: String,
    /// The same content.
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
    },
    /// A table.
    Table {
        /// The cells of its first row.
        head: Vec<Line>,
        /// The other rows.
        rows: Vec<Vec<Line>>,
    },
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

/// Reads Markdown (`CommonMark` with tables).
pub fn from_markdown(markdown: &str) -> Body {
    let events = || Parser::new_ext(markdown, Options::ENABLE_TABLES);
    let mut html = String::new();
    html::push_html(&mut html, events());
    let mut reader = Reader::default();
    events().for_each(|event| reader.take(event));
    reader.end_line();
    Body { html: sanitised(&html), blocks: reader.blocks }
}

/// Reads HTML: what rich text may show of it, and its text as paragraphs.
pub fn from_html(html: &str) -> Body {
    let html = sanitised(html);
    let text = text_of(&html.replace("</p>", "</p>\n").replace("<br>", "\n"));
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let blocks = lines
        .map(|line| Block::Paragraph { text: vec![Span { text: line.to_owned(), strong: false }] })
        .collect();
    Body { html, blocks }
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
        Block::Heading { text, .. } | Block::Paragraph { text } | Block::Quote { text } => vec![text],
        Block::List { items, .. } => items.iter().collect(),
        Block::Table { head, rows } => head.iter().chain(rows.iter().flatten()).collect(),
    }
}

/// Collects blocks from the events of the parser.
#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    line: Line,
    strong: u32,
    quotes: u32,
    /// The lists that are open: only the outermost becomes a block.
    lists: u32,
    cells: Vec<Line>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.open(&tag),
            Event::End(tag) => self.close(tag),
            Event::Text(text) | Event::Code(text) => self.push(&text),
            Event::Html(text) | Event::InlineHtml(text) => self.push(&CowStr::from(text_of(&text))),
            Event::SoftBreak | Event::HardBreak => self.push(&CowStr::from("\n")),
            _ => {}
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Strong | Tag::Emphasis => self.strong += 1,
            Tag::BlockQuote(_) => {
                self.end_line();
                self.quotes += 1;
            }
            Tag::List(first) => {
                self.end_line();
                if self.lists == 0 {
                    self.blocks.push(Block::List { ordered: first.is_some(), items: Vec::new() });
                }
                self.lists += 1;
            }
            Tag::Table(_) => {
                self.end_line();
                self.blocks.push(Block::Table { head: Vec::new(), rows: Vec::new() });
            }
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong | TagEnd::Emphasis => self.strong = self.strong.saturating_sub(1),
            TagEnd::Heading(level) => self.end_heading(level),
            TagEnd::Paragraph | TagEnd::Item | TagEnd::HtmlBlock | TagEnd::CodeBlock => self.end_line(),
            TagEnd::BlockQuote(_) => self.quotes = self.quotes.saturating_sub(1),
            TagEnd::List(_) => self.lists = self.lists.saturating_sub(1),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.line);
                self.cells.push(cell);
            }
            TagEnd::TableHead => {
                let cells = std::mem::take(&mut self.cells);
                if let Some(Block::Table { head, .. }) = self.blocks.last_mut() {
                    *head = cells;
                }
            }
            TagEnd::TableRow => {
                let cells = std::mem::take(&mut self.cells);
                if let Some(Block::Table { rows, .. }) = self.blocks.last_mut() {
                    rows.push(cells);
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        let strong = self.strong > 0;
        match self.line.last_mut() {
            Some(span) if span.strong == strong => span.text.push_str(text),
            _ => self.line.push(Span { text: text.to_owned(), strong }),
        }
    }

    fn end_heading(&mut self, level: HeadingLevel) {
        let text = std::mem::take(&mut self.line);
        let level = match level {
            HeadingLevel::H1 => 1,
            HeadingLevel::H2 => 2,
            HeadingLevel::H3 => 3,
            HeadingLevel::H4 => 4,
            HeadingLevel::H5 => 5,
            HeadingLevel::H6 => 6,
        };
        self.blocks.push(Block::Heading { level, text });
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        if let Some(last) = line.last_mut() {
            last.text.truncate(last.text.trim_end().len());
        }
        if line.iter().all(|span| span.text.trim().is_empty()) {
            return;
        }
        match self.blocks.last_mut() {
            Some(Block::List { items, .. }) if self.lists > 0 => items.push(line),
            _ if self.quotes > 0 => self.blocks.push(Block::Quote { text: line }),
            _ => self.blocks.push(Block::Paragraph { text: line }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn markdown_becomes_html_and_the_same_blocks() {
        let body = from_markdown(
            "## 盐\n\n少放**盐**。\n\n- 酱油\n- 咸菜\n\n| 高压 | 意思 |\n|---|---|\n| 120 | 正常 |\n",
        );
        let expected = json!([
            {"kind": "heading", "level": 2, "text": [{"text": "盐", "strong": false}]},
            {"kind": "paragraph", "text": [{"text": "少放", "strong": false}, {"text": "盐", "strong": true}, {"text": "。", "strong": false}]},
            {"kind": "list", "ordered": false, "items": [[{"text": "酱油", "strong": false}], [{"text": "咸菜", "strong": false}]]},
            {"kind": "table", "head": [[{"text": "高压", "strong": false}], [{"text": "意思", "strong": false}]],
             "rows": [[[{"text": "120", "strong": false}], [{"text": "正常", "strong": false}]]]},
        ]);
        assert_eq!(serde_json::to_value(&body.blocks).unwrap(), expected);
        assert!(body.html.starts_with("<h2>盐</h2>\n<p>少放<strong>盐</strong>。</p>"), "{}", body.html);
        assert_eq!(plain_text(&body.blocks), "盐\n少放盐。\n酱油\n咸菜\n高压\n意思\n120\n正常\n");
    }

    #[test]
    fn html_within_markdown_keeps_its_text_in_both_forms() {
        let body = from_markdown("<div>先坐下</div>\n\n再<u>量</u>血压");
        assert_eq!(plain_text(&body.blocks), "先坐下\n再量血压\n");
        assert!(body.html.contains("先坐下") && body.html.contains("<u>量</u>"), "{}", body.html);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(markdown in any::<String>()) {
            let body = from_markdown(&markdown);
            let stored = serde_json::to_value(&body.blocks).unwrap();
            prop_assert_eq!(serde_json::from_value::<Vec<Block>>(stored).unwrap(), body.blocks);
        }
    }
}
