//! A message as JSON, whether it came as JSON or XML.

use serde_json::Value;

use super::xml;

/// Reads an object; `None` for anything else.
pub(super) fn read(body: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(body).ok()?;
    let text = text.trim_start_matches('\u{FEFF}').trim();
    let message = if text.starts_with('<') { xml::read(text)? } else { serde_json::from_str(text).ok()? };
    message.is_object().then_some(message)
}
