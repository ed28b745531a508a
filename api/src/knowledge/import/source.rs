//! What somebody imports, by its bytes; what the sender says decides only between HTML and Markdown.

use std::ffi::OsStr;
use std::path::Path;

use encoding_rs::GB18030;
use entity::article_source::Format;

use crate::error::ApiError;
use crate::http::field_errors::wrong;

/// Largest text.
const MOST_TEXT_BYTES: usize = 5 * 1024 * 1024;
/// Largest document; most of it are pictures.
pub(super) const MOST_BYTES: usize = 40 * 1024 * 1024;

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Html(String),
    Markdown(String),
    Docx(Vec<u8>),
}

impl Source {
    pub(super) fn format(&self) -> Format {
        match self {
            Self::Html(_) => Format::Html,
            Self::Markdown(_) => Format::Markdown,
            Self::Docx(_) => Format::Docx,
        }
    }
}

/// Why it is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Empty,
    OldDocument,
    Pdf,
    Binary,
    BadEncoding,
    TooLarge,
    NotADocument,
    Damaged,
    Bomb,
    TooIntricate,
    NoText,
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let (code, message) = match refusal {
            Refusal::Empty => ("empty_source", "没有内容，请先复制文章或选择文件。"),
            Refusal::OldDocument => (
                "old_document",
                "这是旧格式的文档（.doc、.wps）。请在 WPS 或 Word 里打开，选“另存为”，类型选“.docx”，再导入。",
            ),
            Refusal::Pdf => ("pdf_refused", "不能导入 PDF。请用原来的 Word 或 WPS 文档（.docx）导入。"),
            Refusal::Binary => (
                "unknown_source",
                "认不出这个文件。可以导入 .docx 文档、Markdown，或从公众号、秀米、135 复制的内容。",
            ),
            Refusal::BadEncoding => ("bad_encoding", "文字编码有错误。请把文件另存为 UTF-8 编码后再导入。"),
            Refusal::TooLarge => {
                ("too_much_text", "内容太多（超过 5 MB）。请分成几篇，或不要把图片直接贴在里面。")
            }
            Refusal::NotADocument => ("not_a_document", "这个压缩文件不是 Word 文档，请选择 .docx 文件。"),
            Refusal::Damaged => {
                ("damaged_document", "文档不完整或已损坏，请用 WPS 或 Word 打开后重新保存再导入。")
            }
            Refusal::Bomb => {
                ("document_bomb", "这个文档解开后大得不正常，为了安全没有导入。请重新保存一份。")
            }
            Refusal::TooIntricate => ("too_intricate", "这段网页代码太复杂，读不了。请只复制正文部分再试。"),
            Refusal::NoText => ("no_text", "里面没有找到文字。请确认复制的是正文，而不是一张长图。"),
        };
        wrong("/file", code, message)
    }
}

/// Tells what came.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn recognise(
    bytes: Vec<u8>,
    content_type: &str,
    file_name: Option<&str>,
) -> Result<Source, Refusal> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::Empty);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok(Source::Docx(bytes));
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") || bytes.starts_with(b"{\\rtf") {
        return Err(Refusal::OldDocument);
    }
    if bytes.starts_with(b"%PDF") {
        return Err(Refusal::Pdf);
    }
    if bytes.len() > MOST_TEXT_BYTES {
        return Err(Refusal::TooLarge);
    }
    let text = text(&bytes)?;
    let extension = Path::new(file_name.unwrap_or_default()).extension().map(OsStr::to_ascii_lowercase);
    let is_one_of =
        |known: [&str; 2]| extension.as_ref().is_some_and(|ext| known.iter().any(|one| ext == one));
    let says_markdown = content_type == "text/markdown" || is_one_of(["md", "markdown"]);
    let says_html = content_type == "text/html" || is_one_of(["html", "htm"]);
    Ok(if says_html || (!says_markdown && looks_like_html(&text)) {
        Source::Html(text)
    } else {
        Source::Markdown(text)
    })
}

/// UTF-8, or the encoding of older Chinese programs.
fn text(bytes: &[u8]) -> Result<String, Refusal> {
    if bytes.contains(&0) {
        return Err(Refusal::Binary);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.trim_start_matches('\u{feff}').to_owned());
    }
    let (text, had_errors) = GB18030.decode_without_bom_handling(bytes);
    // Almost any bytes are characters of it; those nobody writes in an article give them away.
    let is_odd =
        |character: char| matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{80}'..='\u{9f}' | '\u{fffd}');
    if had_errors || text.chars().any(is_odd) {
        return Err(Refusal::BadEncoding);
    }
    Ok(text.into_owned())
}

fn looks_like_html(text: &str) -> bool {
    let head: String = text.chars().take(20_000).collect::<String>().to_ascii_lowercase();
    [
        "<p",
        "<div",
        "<section",
        "<span",
        "<html",
        "<!doctype",
        "<br",
        "<table",
        "<h1",
        "<h2",
        "<img",
        "<article",
    ]
    .iter()
    .any(|tag| head.contains(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(bytes: &[u8]) -> Result<Source, Refusal> {
        recognise(bytes.to_vec(), "", None)
    }

    #[test]
    fn the_bytes_tell_what_came() {
        assert_eq!(recognised("# 盐".as_bytes()), Ok(Source::Markdown("# 盐".to_owned())));
        assert_eq!(recognised("<section>盐".as_bytes()), Ok(Source::Html("<section>盐".to_owned())));
        assert!(matches!(recognised(b"PK\x03\x04"), Ok(Source::Docx(_))));
        assert_eq!(recognised(b"\xd0\xcf\x11\xe0\xa1\xb1"), Err(Refusal::OldDocument));
        assert_eq!(recognised(b"%PDF-1.7"), Err(Refusal::Pdf));
        assert_eq!(recognised(b" \r\n"), Err(Refusal::Empty));
        assert_eq!(recognised(b"a\0b"), Err(Refusal::Binary));
    }

    #[test]
    fn older_programs_are_understood_and_broken_text_is_not_guessed() {
        let (gbk, _, _) = GB18030.encode("<p>少吃盐，多运动。</p>");
        assert_eq!(recognised(&gbk), Ok(Source::Html("<p>少吃盐，多运动。</p>".to_owned())));
        assert_eq!(recognised(b"<p>\xe7\x9b\x90\xff\xff</p>"), Err(Refusal::BadEncoding));
    }
}
