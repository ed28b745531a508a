//! `CASEI` and `ACCENTI`: texts without regard to case and accents.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The text with all distinctions of case gone: each letter as the small form of its capital form,
/// which also joins `ß` with `SS` and both small sigmas (Unicode, section 3.13, full case folding).
pub(super) fn without_case(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte.is_ascii_uppercase() || byte >= 0x80) {
        return Cow::Borrowed(text);
    }
    if !text.bytes().any(|byte| byte.is_ascii_uppercase()) && text.chars().all(has_no_case) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect())
}

/// Chinese characters, and ASCII that is not a letter in capitals.
fn has_no_case(letter: char) -> bool {
    letter.is_ascii() || matches!(letter, '\u{2E80}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// The text with all accents gone: decomposed, without its combining marks.
pub(super) fn without_accents(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfd().filter(|letter| !is_combining_mark(*letter)).nfc().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_go() {
        assert_eq!(without_case("STRASSE"), without_case("straße"));
        assert_eq!(without_case("ΣΊΣΥΦΟΣ"), without_case("σίσυφος"));
        assert_eq!(without_case("葵涌公园 Park"), "葵涌公园 park");
        assert!(matches!(without_case("葵涌公园"), Cow::Borrowed(_)));
        assert_eq!(without_accents("äöüéáí Å"), "aouéái A".replace('é', "e").replace('á', "a"));
        assert_eq!(without_accents("葵涌"), "葵涌");
    }
}
