//! The members of serialised properties, found without parsing their values.

use std::borrow::Cow;

/// The members of a JSON object: names as they are written, values as text.
pub(crate) struct Members<'j> {
    json: &'j str,
    at: usize,
}

impl<'j> Members<'j> {
    pub(crate) fn of(json: &'j str) -> Self {
        Self { json, at: json.find('{').map_or(json.len(), |brace| brace + 1) }
    }

    /// End of the string that begins at this quote.
    fn string_end(&self, quote: usize) -> Option<usize> {
        let mut escaped = false;
        let bytes = self.json.as_bytes().get(quote + 1..)?;
        let inner = bytes.iter().position(|&byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })?;
        Some(quote + 1 + inner + 1)
    }

    /// End of the value that begins here: the next comma or brace that is not within it.
    fn value_end(&self, start: usize) -> Option<usize> {
        let bytes = self.json.as_bytes();
        let (mut at, mut depth) = (start, 0_usize);
        loop {
            match bytes.get(at)? {
                b'"' => {
                    at = self.string_end(at)?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b',' | b'}' | b']' if depth == 0 => return Some(at),
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            at += 1;
        }
    }
}

impl<'j> Iterator for Members<'j> {
    type Item = (&'j str, &'j str);

    fn next(&mut self) -> Option<Self::Item> {
        let quote = self.at + self.json.get(self.at..)?.find('"')?;
        let name_end = self.string_end(quote)?;
        let name = self.json.get(quote + 1..name_end - 1)?;
        let colon = name_end + self.json.get(name_end..)?.find(':')?;
        let end = self.value_end(colon + 1)?;
        self.at = end;
        Some((name, self.json.get(colon + 1..end)?.trim()))
    }
}

/// The text of a value that is a string; nothing of any other.
pub(crate) fn text(value: &str) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') { serde_json::from_str(value).ok().map(Cow::Owned) } else { Some(inner.into()) }
}
