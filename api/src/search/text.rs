//! One spelling for what reads the same.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// Traditional characters with their simplified form.
static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    include_str!("traditional.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| {
            let characters: Vec<char> = line.chars().collect();
            characters.chunks_exact(2).filter_map(pair).collect::<Vec<_>>()
        })
        .collect()
});

/// First and last of the common Chinese characters (block CJK Unified Ideographs).
pub(super) const COMMON: RangeInclusive<char> = '\u{4e00}'..='\u{9fff}';

/// The simplified form of each common character, so that reading a text asks no map.
static COMMON_SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    COMMON.map(|character| SIMPLIFIED.get(&character).copied().unwrap_or(character)).collect()
});

fn pair(characters: &[char]) -> Option<(char, char)> {
    Some((*characters.first()?, *characters.get(1)?))
}

/// Full-width forms narrowed (NFKC, UAX #15), letters lower-cased, traditional characters simplified.
pub fn normalized(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.chars() {
        let Some(plain) = folded_alone(character) else {
            return text
                .nfkc()
                .flat_map(char::to_lowercase)
                .map(|character| SIMPLIFIED.get(&character).copied().unwrap_or(character))
                .collect();
        };
        folded.push(plain);
    }
    folded
}

/// The normalized form of a character that has one of its own whatever stands beside it: nearly all that is
/// written here. `None` for others, which [`normalized`] looks up among all of Unicode.
pub(super) fn folded_alone(character: char) -> Option<char> {
    /// From the full-width form of an ASCII character to itself.
    const NARROWER: u32 = 0xfee0;
    match character {
        '\0'..='\u{7f}' => Some(character.to_ascii_lowercase()),
        '\u{4e00}'..='\u{9fff}' => {
            let place = u32::from(character) - u32::from(*COMMON.start());
            usize::try_from(place).ok().and_then(|place| COMMON_SIMPLIFIED.get(place)).copied()
        }
        '、'..='】' | '—' | '‘'..='”' => Some(character),
        '！'..='～' => {
            char::from_u32(u32::from(character) - NARROWER).map(|narrow| narrow.to_ascii_lowercase())
        }
        _ => None,
    }
}

/// Whether the character is a Chinese one, which needs no space to its neighbours.
pub(super) fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}' | '〇')
}

/// A stretch of text of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// Chinese characters.
    Han(Vec<char>),
    /// Letters and digits of any other script.
    Word(String),
}

/// Cuts normalized text into runs; what is neither character, letter nor digit separates them.
pub(super) fn runs(normalized: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    for character in normalized.chars() {
        match (is_han(character), character.is_alphanumeric(), runs.last_mut()) {
            (true, _, Some(Some(Run::Han(run)))) => run.push(character),
            (true, ..) => runs.push(Some(Run::Han(vec![character]))),
            (false, true, Some(Some(Run::Word(word)))) => word.push(character),
            (false, true, _) => runs.push(Some(Run::Word(character.to_string()))),
            (false, false, _) => runs.push(None),
        }
    }
    runs.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_the_same_is_spelled_the_same() {
        assert_eq!(normalized("Ｈ７Ｎ９禽流感"), "h7n9禽流感");
        assert_eq!(normalized("高血壓與糖尿病"), "高血压与糖尿病");
        assert_eq!(normalized("BMI"), "bmi");
    }

    #[test]
    fn the_short_way_spells_every_character_as_unicode_does() {
        for character in '\0'..=char::MAX {
            if let Some(alone) = folded_alone(character) {
                let known: String = character.to_string().nfkc().flat_map(char::to_lowercase).collect();
                let known: Vec<char> =
                    known.chars().map(|each| SIMPLIFIED.get(&each).copied().unwrap_or(each)).collect();
                assert_eq!([alone].as_slice(), known, "{character:?}");
            }
        }
        assert_eq!(normalized("cafe\u{301} ①"), "café 1");
    }

    #[test]
    fn text_is_cut_where_its_kind_changes() {
        let cut = runs(&normalized("H7N9禽流感，怎么防？"));
        let han = |text: &str| Run::Han(text.chars().collect());
        assert_eq!(cut, [Run::Word("h7n9".into()), han("禽流感"), han("怎么防")]);
    }
}
