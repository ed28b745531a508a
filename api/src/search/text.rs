//! One spelling for what reads the same.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

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

fn pair(characters: &[char]) -> Option<(char, char)> {
    Some((*characters.first()?, *characters.get(1)?))
}

/// Full-width forms narrowed (NFKC, UAX #15), letters lower-cased, traditional characters simplified.
pub fn normalized(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_lowercase)
        .map(|character| SIMPLIFIED.get(&character).copied().unwrap_or(character))
        .collect()
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
    fn text_is_cut_where_its_kind_changes() {
        let cut = runs(&normalized("H7N9禽流感，怎么防？"));
        let han = |text: &str| Run::Han(text.chars().collect());
        assert_eq!(cut, [Run::Word("h7n9".into()), han("禽流感"), han("怎么防")]);
    }
}
