//! Reads HTML of any editor into blocks.
//!
//! The tokens of the HTML standard are taken one by one, without a tree: no depth of nesting costs more than
//! a shallow one, and a `section` that only decorates is nothing. What is not text, list, table or picture
//! is noted and left out.

mod pictures;

use std::borrow::Cow;
use std::cell::RefCell;
use std::time::{Duration, Instant};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::elements::{Role, attribute, is_void, left_out, raw_text, role_of, runs_programs};
use super::list::{Counting, OpenList};
use super::notes::{Note, Notes};
use super::script::Script;
use super::style::{HEADING_PX, Style};
use super::table::Table;
use super::text::{LineBuilder, ends_a_sentence, plain, unmarked};
use super::{Block, Line};

/// What was read of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What the source calls itself.
    pub title: Option<String>,
    /// Its content; pictures with the addresses of the source.
    pub blocks: Vec<Block>,
    /// What was made simpler or left out.
    pub notes: Notes,
    /// Whether reading was given up: something in it, such as a tag with a hundred thousand attributes, took
    /// longer than any article does.
    pub given_up: bool,
}

/// Time for reading; the longest article takes a hundredth of it.
const LONGEST: Duration = Duration::from_secs(5);
/// The clock is looked at after each piece.
const PIECE_BYTES: usize = 16 * 1024;
/// Elements within elements; what stands deeper belongs to the deepest one.
const DEEPEST: usize = 256;
/// Blocks of one article.
const MOST_BLOCKS: usize = 3_000;
/// Text of one article.
const MOST_CHARS: usize = 200_000;
/// Longest line that can be meant as a heading.
const HEADING_CHARS: usize = 30;
/// Reads HTML. Of a saved page of 公众号 only the article is read.
pub fn read_html(html: &str) -> Reading {
    let reader = Reader { waits_for_article: html.contains("id=\"js_content\""), ..Reader::default() };
    let tokenizer = Tokenizer::new(Sink(RefCell::new(reader)), TokenizerOpts::default());
    let queue = BufferQueue::default();
    let began = Instant::now();
    let mut rest = html;
    while !rest.is_empty() && began.elapsed() < LONGEST {
        let (piece, later) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES.min(rest.len())));
        queue.push_back(StrTendril::from_slice(piece));
        // Scripts are never run, so the tokenizer has no reason to stop early.
        let _ = tokenizer.feed(&queue);
        rest = later;
    }
    let given_up = !rest.is_empty();
    tokenizer.end();
    Reading { given_up, ..tokenizer.sink.0.into_inner().finish() }
}

struct Sink(RefCell<Reader>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut reader = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                reader.open(&tag);
                return raw_text(&tag.name);
            }
            Token::TagToken(tag) => reader.close(&tag.name),
            Token::CharacterTokens(text) => reader.text(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

type FrameTest = fn(&Frame) -> bool;

/// An element that is open.
struct Frame {
    name: String,
    style: Style,
    role: Role,
}

#[derive(Default)]
struct Reader {
    reading: Reading,
    frames: Vec<Frame>,
    line: LineBuilder,
    /// The element whose content is left out, and how many of its name are open.
    skipped: Option<(String, u32)>,
    list: OpenList,
    /// Number of the item that is being read in the outermost list, and of the one that follows it.
    item_number: u32,
    next_number: u32,
    table: Option<Table>,
    /// The title that the page gives itself.
    page_title: LineBuilder,
    in_page_title: bool,
    shown_title: Option<String>,
    waits_for_article: bool,
    chars: usize,
}

impl Reader {
    fn open(&mut self, tag: &Tag) {
        let name: &str = &tag.name;
        if let Some((skipped, depth)) = &mut self.skipped {
            if skipped == name && !tag.self_closing {
                *depth += 1;
            }
            // HTML ends a drawing that nobody closed.
            if !(skipped == "svg" && *depth == 1 && matches!(name, "p" | "section" | "div" | "img" | "table"))
            {
                return;
            }
            self.skipped = None;
        }
        self.note_handlers(tag);
        if let Some(note) = left_out(name) {
            if self.reads() {
                self.reading.notes.add(note);
            }
            if !tag.self_closing && !is_void(name) {
                self.skipped = Some((name.to_owned(), 1));
            }
            return;
        }
        match name {
            "title" => self.in_page_title = true,
            "meta" => self.meta(tag),
            "br" => self.break_line(),
            "hr" => self.end_line(),
            "img" => self.image(tag),
            name if is_void(name) => {}
            _ => self.push_frame(tag),
        }
    }

    fn push_frame(&mut self, tag: &Tag) {
        let name: &str = &tag.name;
        let role = if attribute(tag, "id") == Some("js_content") {
            Role::Article
        } else if attribute(tag, "id") == Some("activity-name") {
            Role::Title
        } else {
            role_of(name)
        };
        if role != Role::Inline {
            self.close_implied(role);
            self.end_line();
        }
        if self.frames.len() >= DEEPEST {
            return;
        }
        let mut style = self.style();
        match name {
            "b" | "strong" | "em" | "i" | "th" => style.strong = true,
            "center" => style.centred = true,
            "pre" => style.preformatted = true,
            "sup" => style.script = Script::Above,
            "sub" => style.script = Script::Below,
            "del" | "s" | "strike" => style.struck = true,
            "a" if self.reads() => self.reading.notes.add(Note::LinkUnwrapped),
            _ => {}
        }
        if attribute(tag, "align").is_some_and(|align| align.eq_ignore_ascii_case("center")) {
            style.centred = true;
        }
        if let Some(css) = attribute(tag, "style") {
            self.apply(&mut style, css);
        }
        if attribute(tag, "hidden").is_some() {
            style.hidden = true;
        }
        if role == Role::Article {
            // Saved pages hide the article until their scripts have run.
            style.hidden = false;
        }
        self.begin(role, tag);
        self.frames.push(Frame { name: name.to_owned(), style, role });
    }

    fn apply(&mut self, style: &mut Style, css: &str) {
        let remarks = style.apply(css);
        if !self.reads() {
            return;
        }
        for (happened, note) in [
            (remarks.colour, Note::ColourDropped),
            (remarks.size, Note::SizeDropped),
            (remarks.background_picture, Note::BackgroundRemoved),
            (remarks.position, Note::PositionRemoved),
            (remarks.runs_programs, Note::ScriptRemoved),
        ] {
            if happened {
                self.reading.notes.add(note);
            }
        }
    }

    fn begin(&mut self, role: Role, tag: &Tag) {
        match role {
            Role::List { ordered } if self.lists() == 0 => {
                self.list = OpenList::None;
                let counting = Counting::of(tag, "start");
                self.item_number = counting.number.unwrap_or(1);
                self.next_number = self.item_number;
                self.note_counting(ordered && counting.is_lost);
            }
            Role::List { .. } if self.reads() => self.reading.notes.add(Note::ListFlattened),
            Role::Item => {
                self.list.begin_item();
                if self.lists() == 1 {
                    self.count_item(tag);
                }
            }
            Role::Table => {
                let reads = self.reads();
                match &mut self.table {
                    Some(table) => table.nest(),
                    None if reads => self.table = Some(Table::default()),
                    None => {}
                }
            }
            Role::Row => self.table.iter_mut().for_each(Table::begin_row),
            Role::Cell => {
                let span = |name| attribute(tag, name).and_then(|span| span.trim().parse().ok()).unwrap_or(1);
                let (columns, rows) = (span("colspan"), span("rowspan"));
                self.table.iter_mut().for_each(|table| table.begin_cell(columns, rows));
            }
            _ => {}
        }
    }

    /// Counts an item of the outermost list. One that is given another number than its turn begins a list of its own,
    /// since a list counts without gaps.
    fn count_item(&mut self, tag: &Tag) {
        let ordered = self.frames.iter().any(|frame| frame.role == Role::List { ordered: true });
        let counting = Counting::of(tag, "value");
        self.item_number = counting.number.filter(|_| ordered).unwrap_or(self.next_number);
        if self.item_number != self.next_number {
            self.list = OpenList::None;
        }
        self.next_number = self.item_number.saturating_add(1);
        self.note_counting(ordered && counting.is_lost);
    }

    fn note_counting(&mut self, is_lost: bool) {
        if is_lost && self.reads() {
            self.reading.notes.add(Note::NumbersLost);
        }
    }

    /// Ends what the standard ends by itself when such an element begins.
    fn close_implied(&mut self, role: Role) {
        let (ends, stops): (FrameTest, FrameTest) = match role {
            Role::Item => (|frame| frame.role == Role::Item, |frame| matches!(frame.role, Role::List { .. })),
            Role::Row => (|frame| frame.role == Role::Row, |frame| frame.role == Role::Table),
            Role::Cell => {
                (|frame| frame.role == Role::Cell, |frame| matches!(frame.role, Role::Row | Role::Table))
            }
            _ => (|frame| frame.name == "p", |frame| frame.role != Role::Inline && frame.name != "p"),
        };
        let found = self.frames.iter().rposition(|frame| ends(frame) || stops(frame));
        if let Some(place) = found.filter(|place| ends(&self.frames[*place])) {
            self.close_down_to(place);
        }
    }

    fn close(&mut self, name: &str) {
        if let Some((skipped, depth)) = &mut self.skipped {
            if skipped == name {
                *depth -= 1;
                if *depth == 0 {
                    self.skipped = None;
                }
            }
            return;
        }
        if name == "title" {
            self.in_page_title = false;
            return;
        }
        let inline = role_of(name) == Role::Inline;
        let bound = |frame: &Frame| inline && matches!(frame.role, Role::Cell | Role::Item | Role::Table);
        let place = self.frames.iter().rposition(|frame| frame.name == name || bound(frame));
        if let Some(place) = place.filter(|place| self.frames[*place].name == name) {
            self.close_down_to(place);
        }
    }

    fn close_down_to(&mut self, place: usize) {
        while self.frames.len() > place {
            let role = self.frames.last().map_or(Role::Inline, |frame| frame.role);
            if role != Role::Inline {
                self.end_line();
            }
            self.frames.pop();
            match role {
                Role::List { .. } if self.lists() == 0 => self.list = OpenList::None,
                Role::Table => self.end_table(),
                Role::Row => self.table.iter_mut().for_each(Table::end_row),
                _ => {}
            }
        }
    }

    fn end_table(&mut self) {
        let Some(mut table) = self.table.take() else {
            return;
        };
        if table.leave() {
            self.table = Some(table);
            return;
        }
        let told = [(table.repeats(), Note::CellRepeated), (table.splits(), Note::CellSplit)];
        let (blocks, is_table) = table.blocks();
        for (_, note) in told.into_iter().filter(|(happened, _)| is_table && *happened) {
            self.reading.notes.add(note);
        }
        if !is_table && !blocks.is_empty() {
            self.reading.notes.add(Note::TableUnwrapped);
        }
        for block in blocks {
            self.add(block);
        }
    }

    fn text(&mut self, text: &str) {
        if self.skipped.is_some() {
            return;
        }
        if self.in_page_title {
            self.page_title.push(text, false);
            return;
        }
        let style = self.style();
        let in_title = self.frames.iter().any(|frame| frame.role == Role::Title);
        if style.hides_text() || style.struck {
            if self.reads() && !text.trim().is_empty() {
                let note = if style.struck { Note::StruckRemoved } else { Note::HiddenRemoved };
                self.reading.notes.add(note);
            }
            return;
        }
        if !self.reads() && !in_title {
            return;
        }
        if self.chars > MOST_CHARS {
            self.reading.notes.add(Note::TextCut);
            return;
        }
        self.chars += text.len() / 2;
        let large = style.size_px >= HEADING_PX;
        let written = style.script.written(text).unwrap_or_else(|| {
            self.reading.notes.add(Note::ScriptFlattened);
            Cow::Borrowed(text)
        });
        self.line.push_sized(&written, style.strong, large, style.preformatted);
    }

    fn break_line(&mut self) {
        if self.line.break_line() {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let (large, strong, chars) = (self.line.is_large(), self.line.is_strong(), self.line.chars());
        let Some(line) = self.line.take() else {
            return;
        };
        if self.frames.iter().any(|frame| frame.role == Role::Title) {
            self.shown_title.get_or_insert_with(|| plain(&line));
            return;
        }
        if let Some(table) = &mut self.table {
            table.add_line(line);
            return;
        }
        let role = self
            .frames
            .iter()
            .rev()
            .map(|frame| frame.role)
            .find(|role| matches!(role, Role::Heading(_) | Role::Item | Role::List { .. } | Role::Quote));
        let centred = self.style().centred;
        let block = match role {
            Some(Role::Heading(level)) => Block::Heading { level, text: line },
            Some(Role::Item | Role::List { .. }) => return self.add_item(line),
            Some(Role::Quote) => Block::Quote { text: line },
            _ if large && chars <= HEADING_CHARS && !ends_a_sentence(&line) => {
                self.reading.notes.add(Note::HeadingMade);
                Block::Heading { level: if strong { 2 } else { 3 }, text: unmarked(line) }
            }
            _ => Block::Paragraph { text: line, centred },
        };
        self.list = OpenList::None;
        self.add(block);
    }

    fn add_item(&mut self, line: Line) {
        let outermost = self.frames.iter().find_map(|frame| match frame.role {
            Role::List { ordered } => Some(ordered),
            _ => None,
        });
        let list = std::mem::replace(&mut self.list, OpenList::InItem);
        match self.reading.blocks.last_mut() {
            Some(Block::List { items, .. }) if list != OpenList::None => match items.last_mut() {
                Some(last) if list == OpenList::InItem => LineBuilder::append_line(last, line),
                _ => items.push(line),
            },
            _ => {
                let ordered = outermost.unwrap_or(false);
                // Also where a picture parts the list.
                let start = Some(self.item_number).filter(|number| ordered && *number != 1);
                self.add(Block::List { ordered, items: vec![line], start });
            }
        }
    }

    fn add(&mut self, block: Block) {
        if self.reading.blocks.len() < MOST_BLOCKS {
            self.reading.blocks.push(block);
        } else {
            self.reading.notes.add(Note::TextCut);
        }
    }

    fn meta(&mut self, tag: &Tag) {
        if attribute(tag, "property") == Some("og:title")
            && let Some(title) = attribute(tag, "content").map(str::trim).filter(|title| !title.is_empty())
        {
            self.reading.title = Some(title.to_owned());
        }
    }

    fn note_handlers(&mut self, tag: &Tag) {
        for attribute in &tag.attrs {
            let name: &str = &attribute.name.local;
            let runs = name.len() > 2 && name.starts_with("on") || runs_programs(&attribute.value);
            if runs && self.reads() {
                self.reading.notes.add(Note::ScriptRemoved);
            }
        }
    }

    /// Whether what is read now belongs to the article.
    fn reads(&self) -> bool {
        !self.waits_for_article || self.frames.iter().any(|frame| frame.role == Role::Article)
    }

    fn style(&self) -> Style {
        self.frames.last().map(|frame| frame.style).unwrap_or_default()
    }

    fn lists(&self) -> usize {
        self.frames.iter().filter(|frame| matches!(frame.role, Role::List { .. })).count()
    }

    fn finish(mut self) -> Reading {
        self.close_down_to(0);
        self.end_line();
        let page_title = self.page_title.take().map(|line| plain(&line));
        let mut reading = self.reading;
        reading.title = reading.title.or(self.shown_title).or(page_title);
        reading
    }
}
