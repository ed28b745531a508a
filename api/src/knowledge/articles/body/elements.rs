//! What elements and attributes of HTML mean for an article.

use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{Tag, TokenSinkResult};

use super::EMBEDDED;
use super::notes::Note;

/// Longest description of a picture.
const ALT_CHARS: usize = 100;

/// What an element is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Has no meaning, such as `span`.
    Inline,
    /// Begins and ends a line, such as `section`.
    Block,
    Heading(u8),
    Quote,
    List {
        ordered: bool,
    },
    Item,
    Table,
    Row,
    Cell,
    /// The article within a saved page.
    Article,
    /// The title that a saved page shows.
    Title,
}

/// The value of an attribute.
pub(super) fn attribute<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &*attribute.value)
}

/// What follows the beginning of such an element is not HTML.
pub(super) fn raw_text(name: &str) -> TokenSinkResult<()> {
    match name {
        "script" => TokenSinkResult::RawData(RawKind::ScriptData),
        "style" | "xmp" | "iframe" | "noembed" | "noframes" => TokenSinkResult::RawData(RawKind::Rawtext),
        "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
        _ => TokenSinkResult::Continue,
    }
}

/// What is left out with all that it holds, and what is said about it.
pub(super) fn left_out(name: &str) -> Option<Note> {
    match name {
        "script" | "noscript" | "template" | "object" | "embed" | "applet" => Some(Note::ScriptRemoved),
        "style" | "link" => Some(Note::StyleSheetRemoved),
        "svg" | "math" | "canvas" => Some(Note::DrawingRemoved),
        "video"
        | "audio"
        | "iframe"
        | "mpvoice"
        | "mpvideo"
        | "mp-common-videosnap"
        | "qqmusic"
        | "mp-common-mpaudio" => Some(Note::PlayerRemoved),
        "select" | "textarea" | "input" | "button" => Some(Note::FormRemoved),
        name if name.starts_with("mp-") => Some(Note::CardRemoved),
        _ => None,
    }
}

/// Whether it has no content and no end.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// What an element of this name is for.
pub(super) fn role_of(name: &str) -> Role {
    match name {
        "h1" | "h2" => Role::Heading(2),
        "h3" => Role::Heading(3),
        "h4" | "h5" | "h6" => Role::Heading(4),
        "blockquote" => Role::Quote,
        "ul" | "menu" => Role::List { ordered: false },
        "ol" => Role::List { ordered: true },
        "li" => Role::Item,
        "table" => Role::Table,
        "tr" => Role::Row,
        "td" | "th" => Role::Cell,
        "address" | "article" | "aside" | "body" | "caption" | "center" | "dd" | "details" | "div" | "dl"
        | "dt" | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "header" | "html" | "legend"
        | "main" | "nav" | "p" | "pre" | "section" | "summary" | "tbody" | "tfoot" | "thead" => Role::Block,
        _ => Role::Inline,
    }
}

/// What a picture shows, where its description says something.
pub(super) fn description(alt: &str) -> Option<String> {
    let alt: String = alt.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(ALT_CHARS).collect();
    let says_nothing =
        matches!(alt.to_ascii_lowercase().as_str(), "" | "图片" | "image" | "img" | "undefined");
    (!says_nothing).then_some(alt)
}

/// Whether it can be the address of a picture.
pub(super) fn is_picture_address(src: &str) -> bool {
    let src = src.trim();
    let begins = |start: &str| src.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    begins("https://")
        || begins("http://")
        || begins("//")
        || begins("data:image/")
        || begins("/media/")
        || begins(EMBEDDED)
}

/// Whether an address would run a program, however it is spelled.
pub(super) fn runs_programs(value: &str) -> bool {
    let bare: String = value
        .chars()
        .filter(|character| !character.is_whitespace() && !character.is_control())
        .take(12)
        .collect::<String>()
        .to_ascii_lowercase();
    ["javascript:", "vbscript:", "data:text/"].iter().any(|scheme| bare.starts_with(scheme))
}
