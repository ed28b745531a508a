//! The three encodings of office files.

use encoding_rs::{GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::error::ImportError;

/// Decodes by byte-order mark, else as UTF-8, else as GB18030 (which includes GBK and GB2312).
pub(super) fn decode(bytes: &[u8]) -> Result<String, ImportError> {
    if let Some((encoding, mark_bytes)) = encoding_rs::Encoding::for_bom(bytes) {
        let body = bytes.get(mark_bytes..).unwrap_or_default();
        debug_assert!([UTF_8, UTF_16LE, UTF_16BE].contains(&encoding));
        return encoding
            .decode_without_bom_handling_and_without_replacement(body)
            .map(std::borrow::Cow::into_owned)
            .ok_or(ImportError::Encoding { line: 1 });
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| ImportError::Encoding { line: undecodable_line(bytes) })
}

/// A line feed is never part of a longer character in UTF-8 or GB18030, so lines decode one by one.
fn undecodable_line(bytes: &[u8]) -> usize {
    let is_unreadable = |line: &[u8]| {
        std::str::from_utf8(line).is_err()
            && GB18030.decode_without_bom_handling_and_without_replacement(line).is_none()
    };
    1 + bytes.split(|byte| *byte == b'\n').position(is_unreadable).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_gives_the_same_text() {
        let text = "序号,名称\n1,葵涌";
        let utf16: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let gbk = GB18030.encode(text).0;
        let with_mark = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        for bytes in [text.as_bytes(), &with_mark, &gbk, &utf16] {
            assert_eq!(decode(bytes).as_deref(), Ok(text));
        }
    }

    #[test]
    fn undecodable_line_is_named() {
        assert_eq!(decode(b"a\nb\n\xFF\xFF\xFF"), Err(ImportError::Encoding { line: 3 }));
    }
}
