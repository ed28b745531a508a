//! Reads Markdown.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use super::notes::Note;
use super::reader::{Reading, read_html};

/// Reads Markdown with all that there is to tell about it. Footnotes come to stand at the end, each after its name.
pub fn read_markdown(markdown: &str) -> Reading {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let (mut text, mut footnotes): (Vec<Event<'_>>, Vec<Event<'_>>) = (Vec::new(), Vec::new());
    let (mut in_footnote, mut name) = (false, None);
    for (event, place) in Parser::new_ext(markdown, options).into_offset_iter() {
        let events = if in_footnote { &mut footnotes } else { &mut text };
        match event {
            Event::Start(Tag::FootnoteDefinition(label)) => {
                in_footnote = true;
                name = Some(Event::Text(format!("[{label}] ").into()));
            }
            Event::End(TagEnd::FootnoteDefinition) => {
                in_footnote = false;
                name = None;
            }
            Event::FootnoteReference(label) => events.push(Event::Text(format!("[{label}]").into())),
            // 5~10克，20~30克: one tilde is a range and strikes nothing out.
            Event::Start(Tag::Strikethrough) | Event::End(TagEnd::Strikethrough)
                if !markdown.get(place.clone()).is_some_and(|struck| struck.starts_with("~~")) =>
            {
                events.push(Event::Text("~".into()));
            }
            event => match name.take() {
                Some(name) if event == Event::Start(Tag::Paragraph) => events.extend([event, name]),
                Some(name) => {
                    let begin = Event::Start(Tag::Paragraph);
                    events.extend([begin, name, Event::End(TagEnd::Paragraph), event]);
                }
                None => events.push(event),
            },
        }
    }
    let has_footnotes = !footnotes.is_empty();
    let mut written = String::new();
    html::push_html(&mut written, text.into_iter().chain(footnotes));
    let mut reading = read_html(&written);
    if has_footnotes {
        reading.notes.add(Note::FootnoteMoved);
    }
    reading
}
