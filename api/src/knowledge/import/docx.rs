//! A text document (`WordprocessingML`, ECMA-376 part 1) as HTML of what it says: headings, lists, tables,
//! pictures. How it is laid out stays behind.

mod numbering;
mod styles;
mod tables;

use std::collections::BTreeMap;

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use self::numbering::{Numbering, numbering};
use self::styles::{Meaning, styles};
use self::tables::{CELL, Tables};
use super::package::{MOST_PICTURE_BYTES, Package};
use super::source::Refusal;
use crate::knowledge::articles::body::{EMBEDDED, Note, Notes};

const DEEPEST: usize = 200;
/// Half points from which a centred first line is the title.
const TITLE_HALF_POINTS: u32 = 32;

/// A document as HTML, and its pictures by the address the HTML gives them.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) title: Option<String>,
    pub(super) html: String,
    pub(super) pictures: BTreeMap<String, Vec<u8>>,
    /// What the HTML does not say any more.
    pub(super) notes: Notes,
}

/// Reads a document.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn read(file: Vec<u8>) -> Result<Document, Refusal> {
    let mut package = Package::open(file)?;
    if !package.has("word/document.xml") {
        return Err(Refusal::NotADocument);
    }
    let styles = styles(&package.text("word/styles.xml")?)?;
    let numbering = numbering(&package.text("word/numbering.xml")?)?;
    let relations = relations(&package.text("word/_rels/document.xml.rels")?)?;
    let text = package.text("word/document.xml")?;
    let mut writer = Writer { styles, numbering, relations, ..Writer::default() };
    walk(&text, |step| writer.take(&step))?;
    writer.end_list();
    let mut pictures = BTreeMap::new();
    for target in &writer.shown {
        if let Some(bytes) = package.read(target, MOST_PICTURE_BYTES)? {
            pictures.insert(format!("{EMBEDDED}{target}"), bytes);
        }
    }
    let html = writer.tables.with_rows(writer.html);
    Ok(Document { title: writer.title, html, pictures, notes: writer.notes })
}

/// What the XML says, element by element.
enum Step<'x> {
    Open(&'x BytesStart<'x>),
    Close(&'x str),
    Text(&'x str),
}

/// Goes through a part. A document type is refused, so that there are no entities but the predefined ones.
fn walk(xml: &str, mut take: impl FnMut(Step<'_>)) -> Result<(), Refusal> {
    let mut reader = Reader::from_str(xml);
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|_not_xml| Refusal::Damaged)? {
            Event::Start(start) => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(Refusal::TooIntricate);
                }
                take(Step::Open(&start));
            }
            Event::Empty(start) => {
                take(Step::Open(&start));
                take(Step::Close(start.local_name().into_inner()));
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                take(Step::Close(end.local_name().into_inner()));
            }
            Event::Text(text) => take(Step::Text(&text)),
            Event::CData(text) => take(Step::Text(&text)),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|_unknown| Refusal::Damaged)?;
                match character {
                    Some(character) => take(Step::Text(character.encode_utf8(&mut [0; 4]))),
                    None => take(Step::Text(resolve_xml_entity(&reference).ok_or(Refusal::Damaged)?)),
                }
            }
            Event::Eof if depth == 0 => return Ok(()),
            Event::DocType(_) | Event::Eof => return Err(Refusal::Damaged),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

fn attribute(element: &BytesStart<'_>, local_name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes
        .with_checks(false)
        .flatten()
        .find(|found| found.key.local_name().into_inner() == local_name)?;
    Some(found.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
}

fn is_on(element: &BytesStart<'_>) -> bool {
    !matches!(attribute(element, "val").as_deref(), Some("0" | "false" | "off" | "none"))
}

/// Parts that the document refers to, by the id it uses; what lies outside is left out.
fn relations(xml: &str) -> Result<BTreeMap<String, String>, Refusal> {
    let mut targets = BTreeMap::new();
    walk(xml, |step| {
        if let Step::Open(element) = step
            && element.local_name().into_inner() == "Relationship"
            && attribute(element, "TargetMode").is_none_or(|mode| mode != "External")
            && let Some((id, target)) = attribute(element, "Id").zip(attribute(element, "Target"))
        {
            let target = match target.strip_prefix('/') {
                Some(whole) => whole.to_owned(),
                None => format!("word/{target}"),
            };
            targets.insert(id, target);
        }
    })?;
    Ok(targets)
}

/// A paragraph being read.
#[derive(Default)]
struct Paragraph {
    html: String,
    text: String,
    meaning: Option<Meaning>,
    list: Option<String>,
    /// An item of a list within a list.
    is_nested: bool,
    centred: bool,
    largest: u32,
    is_strong: bool,
}

#[derive(Default)]
struct Run {
    strong: bool,
    hidden: bool,
    struck: bool,
    /// `sup` or `sub`, where it does not stand on the line.
    script: Option<&'static str>,
    half_points: u32,
}

#[derive(Default)]
struct Writer {
    styles: BTreeMap<String, Meaning>,
    numbering: BTreeMap<String, Numbering>,
    /// Number of the next item of each list.
    next_numbers: BTreeMap<String, u32>,
    relations: BTreeMap<String, String>,
    html: String,
    title: Option<String>,
    /// Parts that are shown.
    shown: Vec<String>,
    /// Paragraphs within paragraphs: those of text boxes.
    open: Vec<Paragraph>,
    run: Run,
    in_text: bool,
    in_run_properties: bool,
    /// Elements whose content is not shown: what was deleted, how it looked before, and copies for older programs.
    skipped: u32,
    /// Within what was deleted: whether it holds text.
    deletion: Option<bool>,
    notes: Notes,
    /// The list whose items are being written.
    list: Option<(String, &'static str)>,
    /// What the picture that follows shows.
    description: Option<String>,
    tables: Tables,
    has_begun: bool,
}

impl Writer {
    fn take(&mut self, step: &Step<'_>) {
        match step {
            Step::Open(element) => self.open_element(element),
            Step::Close(name) => self.close_element(name),
            Step::Text(text) if self.in_text && self.skipped == 0 => self.text(text),
            Step::Text(_) => {}
        }
    }

    fn open_element(&mut self, element: &BytesStart<'_>) {
        let name = element.local_name().into_inner();
        if is_left_out(name) || self.skipped > 0 {
            match &mut self.deletion {
                Some(holds_text) => *holds_text |= matches!(name, "t" | "delText"),
                None if self.skipped == 0 => self.deletion = (name == "del").then_some(false),
                None => {}
            }
            self.skipped += u32::from(is_left_out(name));
            return;
        }
        let value = || attribute(element, "val");
        match name {
            "p" => self.open.push(Paragraph::default()),
            "pStyle" => {
                let meaning = value().and_then(|id| self.styles.get(&id).copied());
                self.paragraph(|paragraph| paragraph.meaning = meaning.or(paragraph.meaning));
            }
            "outlineLvl" => {
                let level = value().and_then(|level| level.parse::<u32>().ok()).filter(|level| *level < 9);
                self.paragraph(|paragraph| {
                    paragraph.meaning = paragraph.meaning.or(level.map(|level| Meaning::Heading(level + 1)));
                });
            }
            "numId" => {
                let list = value().filter(|id| id != "0");
                self.paragraph(|paragraph| paragraph.list = list);
            }
            "ilvl" if value().is_some_and(|level| level != "0") => {
                self.paragraph(|paragraph| paragraph.is_nested = true);
            }
            "jc" if !self.in_run_properties => {
                let centred = value().as_deref() == Some("center");
                self.paragraph(|paragraph| paragraph.centred = centred);
            }
            "r" => self.run = Run::default(),
            "rPr" => self.in_run_properties = true,
            "b" if self.in_run_properties => self.run.strong = is_on(element),
            "vanish" if self.in_run_properties => self.run.hidden = is_on(element),
            "strike" | "dstrike" if self.in_run_properties => self.run.struck |= is_on(element),
            "vertAlign" if self.in_run_properties => {
                self.run.script = match value().as_deref() {
                    Some("superscript") => Some("sup"),
                    Some("subscript") => Some("sub"),
                    _ => None,
                };
            }
            "drawing" => self.description = None,
            "docPr" | "cNvPr" => {
                let said = attribute(element, "descr").filter(|said| is_description(said));
                self.description = said.or(self.description.take());
            }
            "sz" if self.in_run_properties => {
                self.run.half_points = value().and_then(|size| size.parse().ok()).unwrap_or_default();
            }
            "t" => self.in_text = true,
            "tab" if !self.in_run_properties => self.text(" "),
            "br" | "cr" => self.paragraph(|paragraph| paragraph.html.push_str("<br>")),
            "noBreakHyphen" => self.text("-"),
            "blip" => self.picture(attribute(element, "embed")),
            "imagedata" => self.picture(attribute(element, "id")),
            _ => self.open_in_table(name, value),
        }
    }

    fn open_in_table(&mut self, name: &str, value: impl Fn() -> Option<String>) {
        let number = || value().and_then(|columns| columns.parse::<u8>().ok());
        match name {
            "tbl" => {
                self.end_list();
                self.tables.begin();
                self.write("<table>");
            }
            "tr" => {
                self.tables.begin_row();
                self.write("<tr>");
            }
            "gridBefore" => {
                let free = self.tables.leave_free(number().map_or(0, usize::from));
                self.write(&format!("{CELL}></td>").repeat(free));
            }
            "tc" => {
                self.tables.begin_cell(self.html.len());
                self.write(CELL);
                self.write(">");
            }
            "gridSpan" => {
                if let Some(columns) = number()
                    && self.html.ends_with("<td>")
                {
                    self.tables.widen(columns.into());
                    self.html.truncate(self.html.len() - 1);
                    self.write(&format!(" colspan=\"{columns}\">"));
                }
            }
            "vMerge" => self.tables.merge(value().as_deref() == Some("restart")),
            _ => {}
        }
    }

    fn close_element(&mut self, name: &str) {
        if self.skipped > 0 {
            self.skipped -= u32::from(is_left_out(name));
            if self.skipped == 0 && self.deletion.take() == Some(true) {
                self.notes.add(Note::DeletionRemoved);
            }
            return;
        }
        match name {
            "t" => self.in_text = false,
            "rPr" => self.in_run_properties = false,
            "p" => self.end_paragraph(),
            "tc" => self.end_cell(),
            "tr" => self.write("</tr>"),
            "tbl" => {
                self.tables.end();
                self.write("</table>");
            }
            _ => {}
        }
    }

    fn end_cell(&mut self) {
        self.end_list();
        let Some(begin) = self.tables.end_cell() else {
            return self.write("</td>");
        };
        let content = self.html.get(begin..).and_then(|cell| cell.split_once('>'));
        if content.is_some_and(|(_, content)| !content.is_empty()) {
            // Word shows of merged cells only what stands in the first.
            self.notes.add(Note::HiddenRemoved);
        }
        if self.html.is_char_boundary(begin) {
            self.html.truncate(begin);
        }
    }

    fn paragraph(&mut self, change: impl FnOnce(&mut Paragraph)) {
        if let Some(paragraph) = self.open.last_mut() {
            change(paragraph);
        }
    }

    fn text(&mut self, text: &str) {
        let (strong, half_points) = (self.run.strong, self.run.half_points);
        if self.run.hidden {
            self.notes.add(Note::HiddenRemoved);
            return;
        }
        if self.run.struck {
            if !text.trim().is_empty() {
                self.notes.add(Note::StruckRemoved);
            }
            return;
        }
        let tags = [self.run.script, strong.then_some("b")];
        self.paragraph(|paragraph| {
            for tag in tags.into_iter().flatten() {
                paragraph.html.extend(["<", tag, ">"]);
            }
            escape(text, &mut paragraph.html);
            for tag in tags.into_iter().rev().flatten() {
                paragraph.html.extend(["</", tag, ">"]);
            }
            paragraph.text.push_str(text);
            paragraph.largest = paragraph.largest.max(half_points);
            paragraph.is_strong |= strong;
        });
    }

    fn picture(&mut self, relation: Option<String>) {
        let Some(target) = relation.and_then(|id| self.relations.get(&id).cloned()) else {
            return;
        };
        let mut tag = format!("<img src=\"{EMBEDDED}");
        escape(&target, &mut tag);
        if let Some(said) = self.description.take() {
            tag.push_str("\" alt=\"");
            escape(&said, &mut tag);
        }
        tag.push_str("\">");
        self.shown.push(target);
        match self.open.last_mut() {
            Some(paragraph) => paragraph.html.push_str(&tag),
            None => self.write(&tag),
        }
    }

    fn end_paragraph(&mut self) {
        let Some(paragraph) = self.open.pop() else {
            return;
        };
        if paragraph.html.is_empty() {
            return;
        }
        let text = paragraph.text.trim();
        if !text.is_empty() {
            let is_first = !std::mem::replace(&mut self.has_begun, true);
            let looks_it =
                paragraph.centred && (paragraph.largest >= TITLE_HALF_POINTS || paragraph.is_strong);
            let is_title =
                paragraph.meaning == Some(Meaning::Title) || (is_first && self.tables.is_empty() && looks_it);
            if is_title && self.title.is_none() {
                self.title = Some(text.to_owned());
                return;
            }
        }
        let tag = match paragraph.meaning {
            Some(Meaning::Title | Meaning::Heading(1)) => "h2",
            Some(Meaning::Heading(2)) => "h3",
            Some(Meaning::Heading(_)) => "h4",
            None => match &paragraph.list {
                Some(list) => {
                    if paragraph.is_nested {
                        self.notes.add(Note::ListFlattened);
                    }
                    return self.item(list, paragraph.is_nested, &paragraph.html);
                }
                None => "p",
            },
        };
        self.end_list();
        let style = if paragraph.centred { " style=\"text-align:center\"" } else { "" };
        self.write(&format!("<{tag}{style}>{}</{tag}>", paragraph.html));
    }

    /// Writes an item. A list that paragraphs interrupted goes on with its numbers, as on paper.
    fn item(&mut self, list: &str, is_nested: bool, html: &str) {
        let Numbering { has_numbers, first } = self.numbering.get(list).copied().unwrap_or_default();
        let tag = if has_numbers { "ol" } else { "ul" };
        let number = self.next_numbers.get(list).copied().or(first).unwrap_or(1);
        let goes_on = self.list.as_ref().is_some_and(|(open, kind)| open == list && *kind == tag);
        if !goes_on {
            self.end_list();
            let start =
                if has_numbers && number != 1 { format!(" start=\"{number}\"") } else { String::new() };
            self.write(&format!("<{tag}{start}>"));
            self.list = Some((list.to_owned(), tag));
        }
        if !is_nested {
            self.next_numbers.insert(list.to_owned(), number.saturating_add(1));
        }
        self.write(&format!("<li>{html}</li>"));
    }

    fn end_list(&mut self) {
        if let Some((_, tag)) = self.list.take() {
            self.write(&format!("</{tag}>"));
        }
    }

    fn write(&mut self, html: &str) {
        self.html.push_str(html);
    }
}

/// Whether what such an element holds is not shown.
fn is_left_out(name: &str) -> bool {
    matches!(
        name,
        "del"
            | "moveFrom"
            | "Fallback"
            | "pPrChange"
            | "rPrChange"
            | "tcPrChange"
            | "trPrChange"
            | "tblPrChange"
    )
}

/// Whether somebody wrote it: Word also lets a program guess what a picture shows.
fn is_description(said: &str) -> bool {
    !said.trim().is_empty() && !said.contains("自动生成") && !said.contains("automatically generated")
}

fn escape(text: &str, html: &mut String) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests;
