//! XML 1.0 as events, for files that come from anywhere.
//!
//! A document type is refused whole, so no entity can be defined, fetched or unfolded; only the five
//! predefined ones and character references exist.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::error::ImportError;

/// Elements may nest this deep. Folders of KML nest; nobody nests them so deep by hand.
const DEEPEST: usize = 64;

/// What comes next in a document.
#[derive(Debug)]
pub(super) enum XmlEvent<'t> {
    /// An element begins.
    Open(XmlElement<'t>),
    /// The element that began last ends.
    Close,
    /// Text inside an element.
    Text(Cow<'t, str>),
}

/// An element with its attributes.
#[derive(Debug)]
pub(super) struct XmlElement<'t>(BytesStart<'t>);

impl XmlElement<'_> {
    /// Name without its namespace prefix.
    pub(super) fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }

    /// The attribute with this name, if it can be read.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let attribute = self.0.try_get_attribute(name).ok()??;
        attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(Cow::into_owned)
    }
}

/// What is wrong with a document, in the words of people.
fn fault(error: &quick_xml::Error) -> &'static str {
    match error {
        quick_xml::Error::Syntax(_) => "有标签、注释或声明没有写完",
        quick_xml::Error::IllFormed(_) => "开始和结束的标签不配对",
        quick_xml::Error::InvalidAttr(_) => "标签里的属性写得不对",
        quick_xml::Error::Escape(_) => "& 后面的写法不对",
        _ => "内容读不出来",
    }
}

/// Reads a document event by event.
pub(super) struct XmlReader<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    depth: usize,
}

impl<'t> XmlReader<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Self { text, reader, depth: 0 }
    }

    /// The next event; `None` at the end of the document.
    pub(super) fn next(&mut self) -> Result<Option<XmlEvent<'t>>, ImportError> {
        loop {
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.wrong(fault(&error).to_owned())),
            };
            match event {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth > DEEPEST {
                        return Err(self.wrong(format!("元素嵌套超过 {DEEPEST} 层")));
                    }
                    return Ok(Some(XmlEvent::Open(XmlElement(start))));
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Some(XmlEvent::Close));
                }
                Event::Text(text) => return Ok(Some(XmlEvent::Text(text.into_inner()))),
                Event::CData(text) => return Ok(Some(XmlEvent::Text(text.into_inner()))),
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref() {
                        Ok(Some(character)) => character.to_string(),
                        Ok(None) => match quick_xml::escape::resolve_xml_entity(&reference) {
                            Some(text) => text.to_owned(),
                            None => return Err(self.wrong(format!("没有定义的实体“{}”", &*reference))),
                        },
                        Err(error) => return Err(self.wrong(fault(&error).to_owned())),
                    };
                    return Ok(Some(XmlEvent::Text(Cow::Owned(character))));
                }
                Event::DocType(_) => return Err(self.wrong("不接受 DOCTYPE 声明".to_owned())),
                Event::Eof if self.depth > 0 => return Err(self.wrong("文件没有写完".to_owned())),
                Event::Eof => return Ok(None),
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::Empty(_) => {}
            }
        }
    }

    /// The root element, which every reader of a kind of XML looks at first.
    pub(super) fn root(&mut self) -> Result<Option<XmlElement<'t>>, ImportError> {
        loop {
            match self.next()? {
                Some(XmlEvent::Open(element)) => return Ok(Some(element)),
                Some(XmlEvent::Text(_) | XmlEvent::Close) => {}
                None => return Ok(None),
            }
        }
    }

    /// Reads to the end of the element that began last.
    pub(super) fn skip(&mut self) -> Result<(), ImportError> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            if self.next()?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// The text of the element that began last, without that of elements in it, up to its end.
    pub(super) fn text(&mut self) -> Result<String, ImportError> {
        let inside = self.depth;
        let mut text = String::new();
        while let Some(event) = self.next()? {
            match event {
                XmlEvent::Text(part) if self.depth == inside => text.push_str(&part),
                XmlEvent::Close if self.depth < inside => break,
                _ => {}
            }
        }
        Ok(text.trim().to_owned())
    }

    /// An error at the place that has been reached.
    pub(super) fn wrong(&self, reason: String) -> ImportError {
        let at = usize::try_from(self.reader.error_position().max(self.reader.buffer_position()));
        let before = at.ok().and_then(|at| self.text.get(..at)).unwrap_or(self.text);
        let line = 1 + before.matches('\n').count();
        ImportError::Xml { line, reason }
    }
}
