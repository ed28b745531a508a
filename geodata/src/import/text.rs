//! Chinese office text: full-width forms, stray white space, names that mean the same place.

use std::borrow::Cow;

/// Brackets that open.
const OPENING: [char; 5] = ['(', '[', '【', '〔', '〈'];
/// The block of the usual Chinese characters (CJK Unified Ideographs), all of them letters without case.
const FIRST_IDEOGRAPH: char = '\u{4E00}';
const LAST_IDEOGRAPH: char = '\u{9FFF}';

/// Full-width ASCII forms and the ideographic space as their half-width counterparts.
pub(super) fn half_width(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || text.chars().all(|character| half_width_char(character) == character) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(half_width_char).collect())
}

fn half_width_char(character: char) -> char {
    match character {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character),
        '\u{3000}' | '\u{00A0}' => ' ',
        other => other,
    }
}

/// Trims, drops invisible marks, and joins what a line break inside a cell tore apart: without a space
/// between Chinese characters, with one elsewhere.
pub(super) fn cleaned(text: &str) -> String {
    let visible = text.replace(['\u{FEFF}', '\u{200B}', '\u{200E}', '\u{200F}'], "");
    let mut joined = String::with_capacity(visible.len());
    for word in visible.split_whitespace() {
        let is_wide = |character: Option<char>| character.is_some_and(|c| c >= '\u{2E80}');
        let is_wide_joint = is_wide(joined.chars().next_back()) && is_wide(word.chars().next());
        if !joined.is_empty() && !is_wide_joint {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

/// The form in which names of places are compared: half-width, lower case, without brackets and what
/// they hold, without white space and punctuation. What kind of place it is (公园, 广场) stays.
///
/// ```
/// use geodata::import::normalised_name;
/// assert_eq!(normalised_name("土洋 公园（Ａ区）"), normalised_name("土洋公园"));
/// assert_ne!(normalised_name("土洋公园"), normalised_name("土洋广场"));
/// ```
pub fn normalised_name(name: &str) -> String {
    let half = half_width(name);
    let without_brackets = letters(&outside_brackets(&half));
    if without_brackets.is_empty() { letters(&half) } else { without_brackets }
}

/// Letters and digits in lower case. Those of nearly all names are told without the tables of Unicode.
fn letters(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\0'..='\x7F' if character.is_ascii_alphanumeric() => kept.push(character.to_ascii_lowercase()),
            '\0'..='\x7F' => {}
            FIRST_IDEOGRAPH..=LAST_IDEOGRAPH => kept.push(character),
            other if other.is_alphanumeric() => kept.extend(other.to_lowercase()),
            _ => {}
        }
    }
    kept
}

/// The digits and other numerals of a text. Ideographs are words, also where they mean a number.
pub(super) fn numerals(text: &str) -> String {
    let is_numeral = |character: &char| match character {
        '\0'..='\x7F' => character.is_ascii_digit(),
        FIRST_IDEOGRAPH..=LAST_IDEOGRAPH => false,
        other => other.is_numeric(),
    };
    text.chars().filter(is_numeral).collect()
}

/// The text without bracketed parts; an unclosed bracket is kept.
pub(super) fn outside_brackets(text: &str) -> Cow<'_, str> {
    if !text.contains(OPENING) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPENING) {
        let Some((_, behind)) = after.split_once([')', ']', '】', '〕', '〉']) else {
            break;
        };
        kept.push_str(before);
        rest = behind;
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_torn_by_line_breaks_are_joined() {
        assert_eq!(cleaned(" 福城奋斗者社区\n公园 "), "福城奋斗者社区公园");
        assert_eq!(cleaned("Health\r\nHut\u{200B}"), "Health Hut");
        assert_eq!(cleaned("\u{3000}土洋公园\u{3000}"), "土洋公园");
    }

    #[test]
    fn names_keep_their_kind_and_lose_their_dress() {
        assert_eq!(normalised_name("Ｋ２·绿道【东段】"), "k2绿道");
        assert_eq!(normalised_name("（暂名）"), "暂名");
        assert_eq!(normalised_name("公园(未完"), "公园未完");
    }

    #[test]
    fn every_character_is_sorted_as_unicode_says() {
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            let letter: String =
                text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
            assert_eq!(letters(&text), letter, "{character:?}");
            assert_eq!(!numerals(&text).is_empty(), character.is_numeric(), "{character:?}");
            assert_eq!(half_width(&text), half_width_char(character).to_string(), "{character:?}");
        }
    }
}
