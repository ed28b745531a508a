//! The tokens that are indexed, and those that a query asks for.

use std::collections::BTreeSet;

use pinyin::{ToPinyin, ToPinyinMulti};

use super::text::{Run, normalized, runs};

/// A query longer than this is cut: nobody types it.
const QUERY_CHARACTERS: usize = 64;
/// Longest stretch of a title that somebody types as one pinyin word.
const LONGEST_WINDOW: usize = 4;
/// Ways to read one stretch; characters have several readings.
const MOST_READINGS: usize = 4;

/// Tokens of text: each two neighbouring Chinese characters, the last one of each run alone so that a
/// single character finds it, and whole words of other scripts.
pub fn bigrams(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for run in runs(&normalized(text)) {
        match run {
            Run::Han(characters) => {
                tokens.extend(pairs(&characters));
                tokens.extend(characters.last().map(char::to_string));
            }
            Run::Word(word) => tokens.push(word),
        }
    }
    tokens
}

fn pairs(characters: &[char]) -> impl Iterator<Item = String> + '_ {
    characters.windows(2).map(|pair| pair.iter().collect())
}

/// How a title, tag or name may be typed in pinyin: every stretch of two to four characters, in full and
/// by its initials, without tones.
pub fn pinyin_of_titles(text: &str) -> BTreeSet<String> {
    let mut tokens = BTreeSet::new();
    for run in runs(&normalized(text)) {
        let Run::Han(characters) = run else { continue };
        for length in 2..=LONGEST_WINDOW {
            for window in characters.windows(length) {
                for reading in readings(window) {
                    tokens.insert(reading.initials);
                    tokens.insert(reading.full);
                }
            }
        }
    }
    tokens
}

/// One way to read a stretch aloud.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Reading {
    full: String,
    initials: String,
}

fn readings(characters: &[char]) -> Vec<Reading> {
    let mut readings = vec![Reading::default()];
    for character in characters {
        let sounds = sounds(*character);
        if sounds.is_empty() {
            return Vec::new();
        }
        readings = readings
            .iter()
            .flat_map(|reading| sounds.iter().map(|sound| reading.with(sound)))
            .take(MOST_READINGS)
            .collect();
    }
    readings
}

impl Reading {
    fn with(&self, sound: &str) -> Self {
        let mut longer = self.clone();
        longer.full.push_str(sound);
        longer.initials.extend(sound.chars().next());
        longer
    }
}

/// The readings of one character without tones, the usual one first.
fn sounds(character: char) -> Vec<&'static str> {
    let mut sounds: Vec<&'static str> = character.to_pinyin().map(pinyin::Pinyin::plain).into_iter().collect();
    for other in character.to_pinyin_multi().into_iter().flatten() {
        if !sounds.contains(&other.plain()) {
            sounds.push(other.plain());
        }
    }
    sounds
}

/// What somebody looks for, ready to be written in the syntax of either engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// All of them must be there.
    pub terms: Vec<Term>,
}

/// One thing a query asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// This token.
    Token(String),
    /// Any token that begins so.
    Prefix(String),
    /// A word, or pinyin that begins so.
    WordOrPinyin(String),
}

/// A second try for a query that found nothing: what sounds like it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// Pinyin of each Chinese run.
    pub readings: Vec<String>,
}

impl Query {
    /// Reads what somebody typed; `None` if there is nothing to look for.
    pub fn read(typed: &str) -> Option<Self> {
        let mut terms = Vec::new();
        for run in runs(&cut(typed)) {
            match run {
                Run::Han(characters) => match characters.as_slice() {
                    [one] => terms.push(Term::Prefix(one.to_string())),
                    several => terms.extend(pairs(several).map(Term::Token)),
                },
                Run::Word(word) => terms.push(Term::WordOrPinyin(word)),
            }
        }
        terms.dedup();
        (!terms.is_empty()).then_some(Self { terms })
    }

    /// The runs of the query as they stand in the text, for highlighting.
    pub fn phrases(typed: &str) -> Vec<String> {
        runs(&cut(typed))
            .into_iter()
            .map(|run| match run {
                Run::Han(characters) => characters.into_iter().collect(),
                Run::Word(word) => word,
            })
            .collect()
    }
}

impl Sound {
    /// What the typed characters sound like; `None` where they are not Chinese, or longer than a stretch
    /// that is indexed.
    pub fn read(typed: &str) -> Option<Self> {
        let readings: Vec<String> = runs(&cut(typed))
            .into_iter()
            .filter_map(|run| match run {
                Run::Han(characters) if (2..=LONGEST_WINDOW).contains(&characters.len()) => {
                    readings(&characters).into_iter().next().map(|reading| reading.full)
                }
                _ => None,
            })
            .collect();
        (!readings.is_empty()).then_some(Self { readings })
    }
}

fn cut(typed: &str) -> String {
    normalized(typed).chars().take(QUERY_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(text: &str) -> String {
        bigrams(text).join(" ")
    }

    #[test]
    fn neighbours_are_tokens_and_so_is_the_last_character() {
        assert_eq!(tokens("禁止控烟区"), "禁止 止控 控烟 烟区 区");
        assert_eq!(tokens("H7N9禽流感"), "h7n9 禽流 流感 感");
        assert_eq!(tokens("盐"), "盐");
        assert_eq!(tokens(" ，。!"), "");
    }

    #[test]
    fn a_title_is_found_by_pinyin_and_by_initials() {
        let typed = pinyin_of_titles("控烟与高血压");
        for way in ["kongyan", "ky", "gaoxueya", "gxy", "xueya"] {
            assert!(typed.contains(way), "{way}");
        }
    }

    #[test]
    fn characters_with_two_readings_are_found_by_both() {
        let typed = pinyin_of_titles("重症");
        assert!(typed.contains("zhongzheng") && typed.contains("chongzheng"), "{typed:?}");
    }

    #[test]
    fn a_typo_that_sounds_alike_leads_to_the_right_title() {
        for (typo, meant) in [("高雪压", "高血压"), ("空烟", "控烟"), ("糖鸟病", "糖尿病")] {
            let sound = Sound::read(typo).unwrap();
            assert!(sound.readings.iter().all(|reading| pinyin_of_titles(meant).contains(reading)), "{typo}");
        }
    }

    #[test]
    fn a_query_asks_for_every_pair_and_one_character_for_a_beginning() {
        assert_eq!(
            Query::read("血压高").unwrap().terms,
            [Term::Token("血压".into()), Term::Token("压高".into())]
        );
        assert_eq!(Query::read("盐").unwrap().terms, [Term::Prefix("盐".into())]);
        assert_eq!(Query::read("GXY").unwrap().terms, [Term::WordOrPinyin("gxy".into())]);
        assert_eq!(Query::read("？ ！"), None);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_read(typed in any::<String>()) {
            let _ = (Query::read(&typed), Sound::read(&typed), pinyin_of_titles(&typed));
        }

        #[test]
        fn a_stretch_of_a_text_is_found_in_it(text in "[一-龥]{2,30}", start in 0_usize..28, length in 2_usize..6) {
            let characters: Vec<char> = text.chars().collect();
            let stretch: String = characters.iter().skip(start).take(length).collect();
            prop_assume!(stretch.chars().count() >= 2);
            let indexed = bigrams(&text);
            for term in Query::read(&stretch).unwrap().terms {
                prop_assert!(matches!(&term, Term::Token(token) if indexed.contains(token)), "{term:?}");
            }
        }
    }
}
