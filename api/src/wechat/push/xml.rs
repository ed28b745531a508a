//! Reads the XML of pushes into the shape of their JSON form.
//!
//! Elements, text and CDATA; nothing else. A document type is refused whole, so no entity can be
//! defined, fetched or unfolded; only the five predefined ones and character references exist.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, Event};
use serde_json::{Map, Value};

const DEEPEST: usize = 8;

#[derive(Default)]
struct Element {
    name: String,
    text: String,
    children: Map<String, Value>,
}

/// The content of the root element; `None` when it is not the plain XML that WeChat writes.
pub(super) fn read(text: &str) -> Option<Value> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if root.is_none() && open.len() < DEEPEST => {
                open.push(Element { name: start.name().0.to_owned(), ..Element::default() });
            }
            Event::Empty(empty) if !open.is_empty() => {
                close(&mut open, Element { name: empty.name().0.to_owned(), ..Element::default() })?;
            }
            Event::End(_) => {
                let element = open.pop()?;
                if open.is_empty() {
                    root = Some(element.into_value());
                } else {
                    close(&mut open, element)?;
                }
            }
            Event::Text(text) => write(&mut open, &text)?,
            Event::CData(text) => write(&mut open, &text)?,
            Event::GeneralRef(reference) => write(&mut open, &resolved(&reference)?)?,
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof => return root.filter(|_| open.is_empty()),
            Event::Start(_) | Event::Empty(_) | Event::PI(_) | Event::DocType(_) => return None,
        }
    }
}

fn resolved(reference: &BytesRef<'_>) -> Option<String> {
    match reference.resolve_char_ref().ok()? {
        Some(character) => Some(character.to_string()),
        None => resolve_xml_entity(reference).map(str::to_owned),
    }
}

/// Text may stand inside elements only; white space anywhere.
fn write(open: &mut [Element], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return None,
    }
    Some(())
}

/// An element that comes again becomes a list.
fn close(open: &mut [Element], element: Element) -> Option<()> {
    let parent = open.last_mut()?;
    let name = element.name.clone();
    let value = element.into_value();
    match parent.children.get_mut(&name) {
        None => {
            parent.children.insert(name, value);
        }
        Some(Value::Array(items)) => items.push(value),
        Some(first) => {
            let earlier = first.take();
            *first = Value::Array(vec![earlier, value]);
        }
    }
    Some(())
}

impl Element {
    fn into_value(self) -> Value {
        if self.children.is_empty() { self.text.into() } else { self.children.into() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_become_fields_and_repeated_ones_a_list() {
        let text = "<?xml version=\"1.0\"?>\n<xml>\n<ToUserName><![CDATA[gh_1]]></ToUserName>\n\
            <CreateTime>1610969440</CreateTime><Empty/><!-- - -->\n\
            <Popup><List><Id><![CDATA[a&b]]></Id></List><List><Id>c&amp;d&#x4E2D;</Id></List></Popup></xml>\n";
        let expected = json!({
            "ToUserName": "gh_1",
            "CreateTime": "1610969440",
            "Empty": "",
            "Popup": {"List": [{"Id": "a&b"}, {"Id": "c&d中"}]},
        });
        assert_eq!(read(text), Some(expected));
    }

    #[test]
    fn entities_instructions_and_broken_documents_are_refused() {
        for text in [
            "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><xml><A>&a;</A></xml>",
            "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><xml><A>b</A></xml>",
            "<xml><A>&unknown;</A></xml>",
            "<xml><A>&#xFFFFFFF;</A></xml>",
            "<?php x ?><xml><A>b</A></xml>",
            "<xml><A>b</xml>",
            "<xml><A>b</A>",
            "<xml></xml><xml></xml>",
            "text<xml></xml>",
            "<",
            "",
            &format!("{}{}", "<a>".repeat(9), "</a>".repeat(9)),
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "[<>&;/a!?\\[\\]\\-CDAT\"# x]{0,80}") {
            drop(read(&text));
        }
    }
}
