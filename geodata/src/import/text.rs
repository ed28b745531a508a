//! Chinese office text: full-width forms, stray white space, names that mean the same place.

/// Full-width ASCII forms and the ideographic space as their half-width counterparts.
pub(super) fn half_width(text: &str) -> String {
    text.chars().map(half_width_char).collect()
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
    let letters = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let half = half_width(name);
    let without_brackets = letters(&outside_brackets(&half));
    if without_brackets.is_empty() { letters(&half) } else { without_brackets }
}

/// The text without bracketed parts; an unclosed bracket is kept.
pub(super) fn outside_brackets(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(['(', '[', '【', '〔', '〈']) {
        let Some((_, behind)) = after.split_once([')', ']', '】', '〕', '〉']) else {
            break;
        };
        kept.push_str(before);
        rest = behind;
    }
    kept.push_str(rest);
    kept
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
}
