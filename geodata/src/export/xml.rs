//! Text inside XML 1.0.

/// Appends text with the characters escaped that mean something to XML, and without those that no XML
/// document may hold (XML 1.0, section 2.2).
pub(super) fn escape(text: &str, out: &mut Vec<u8>) {
    for character in text.chars() {
        match character {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            '"' => out.extend_from_slice(b"&quot;"),
            '\t' | '\n' => out.push(character as u8),
            '\u{0}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => {}
            other => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Appends `<name>text</name>`, or nothing for an empty text.
pub(super) fn element(name: &str, text: &str, out: &mut Vec<u8>) {
    if text.is_empty() {
        return;
    }
    open(name, out);
    escape(text, out);
    close(name, out);
}

pub(super) fn open(name: &str, out: &mut Vec<u8>) {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

pub(super) fn close(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"</");
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}
