//! The tokens that are indexed, and how words are typed.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use pinyin::{ToPinyin, ToPinyinMulti};

use super::text::{COMMON, Run, normalized, runs};

/// Words longer than this are cut: PostgreSQL takes no lexeme over 2 KB.
const WORD_CHARACTERS: usize = 64;
/// A query longer than this is cut: nobody types it.
const QUERY_CHARACTERS: usize = 64;
/// Longest stretch of a title that somebody types as one pinyin word.
const LONGEST_WINDOW: usize = 4;
/// Ways to read one stretch; characters have several readings.
const MOST_READINGS: usize = 4;

/// Tokens of text: each two neighbouring Chinese characters, the last one of each run alone so that a
/// single character finds it, and whole words of other scripts.
pub(super) fn bigrams(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for run in runs(&normalized(text)) {
        match run {
            Run::Han(characters) => {
                tokens.extend(pairs(&characters));
                tokens.extend(characters.last().map(char::to_string));
            }
            Run::Word(word) => tokens.push(word.chars().take(WORD_CHARACTERS).collect()),
        }
    }
    tokens
}

/// Each two neighbours.
pub(super) fn pairs(characters: &[char]) -> impl Iterator<Item = String> + '_ {
    characters.windows(2).map(|pair| pair.iter().collect())
}

/// How a title, tag or name may be typed in pinyin: every stretch of two to four characters, in full and
/// by its initials, without tones.
///
/// Some come more than once.
pub(super) fn pinyin_of_titles(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for run in runs(&normalized(text)) {
        let Run::Han(characters) = run else { continue };
        let sounds: Vec<_> = characters.into_iter().map(sounds).collect();
        for length in 2..=LONGEST_WINDOW {
            for window in sounds.windows(length) {
                tokens.extend(
                    readings_of(window).into_iter().flat_map(|reading| [reading.initials, reading.full]),
                );
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
    readings_of(&characters.iter().map(|character| sounds(*character)).collect::<Vec<_>>())
}

/// The ways to read a stretch of characters that sound so.
fn readings_of(sounds: &[Vec<&'static str>]) -> Vec<Reading> {
    if sounds.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let mut readings = vec![Reading::default()];
    for sounds in sounds {
        if let [sound] = sounds.as_slice() {
            for reading in &mut readings {
                reading.extend(sound);
            }
        } else {
            readings = readings
                .iter()
                .flat_map(|reading| sounds.iter().map(|sound| reading.with(sound)))
                .take(MOST_READINGS)
                .collect();
        }
    }
    readings
}

impl Reading {
    fn extend(&mut self, sound: &str) {
        self.full.push_str(sound);
        self.initials.extend(sound.chars().next());
    }

    fn with(&self, sound: &str) -> Self {
        let mut longer = self.clone();
        longer.extend(sound);
        longer
    }
}

/// The readings of one character without tones, the usual one first.
fn sounds(character: char) -> Vec<&'static str> {
    let mut sounds: Vec<&'static str> =
        character.to_pinyin().map(pinyin::Pinyin::plain).into_iter().collect();
    for other in character.to_pinyin_multi().into_iter().flatten() {
        if !sounds.contains(&other.plain()) {
            sounds.push(other.plain());
        }
    }
    sounds
}

/// A syllable of pinyin as it is spelled without tone.
static SYLLABLES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| ('\u{4e00}'..='\u{9fa5}').flat_map(sounds).collect());

/// Longest spelling of a syllable, as in 壮 `zhuang`.
const LONGEST_SYLLABLE: usize = 6;

/// Whether typed letters may be pinyin or initials.
pub(super) fn may_be_pinyin(word: &str) -> bool {
    word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Neighbouring syllables of pinyin that is longer than any stretch that is indexed, joined in pairs.
pub(super) fn pairs_of_long_pinyin(word: &str) -> Option<Vec<String>> {
    let syllables = syllables(word)?;
    (syllables.len() > LONGEST_WINDOW).then(|| syllables.windows(2).map(<[&str]>::concat).collect())
}

/// Cuts letters into syllables, the longest first; `None` where they are no pinyin.
pub(super) fn syllables(word: &str) -> Option<Vec<&str>> {
    if !may_be_pinyin(word) {
        return None;
    }
    // For each end that whole syllables reach: where the last of them begins.
    let mut begins: Vec<Option<usize>> = vec![None; word.len() + 1];
    for end in 1..=word.len() {
        let reached = |begin: &usize| *begin == 0 || begins.get(*begin).copied().flatten().is_some();
        let begin = (end.saturating_sub(LONGEST_SYLLABLE)..end)
            .filter(reached)
            .find(|begin| word.get(*begin..end).is_some_and(|syllable| SYLLABLES.contains(syllable)));
        if let Some(slot) = begins.get_mut(end) {
            *slot = begin;
        }
    }
    let mut cut = Vec::new();
    let mut end = word.len();
    while end > 0 {
        let begin = begins.get(end).copied().flatten()?;
        cut.push(word.get(begin..end)?);
        end = begin;
    }
    cut.reverse();
    Some(cut)
}

/// Every way the characters are read as one, in full.
pub(super) fn full_readings(characters: &[char]) -> Vec<String> {
    readings(characters).into_iter().map(|reading| reading.full).collect()
}

/// The readings of one character without tones; some more than once.
fn spoken(character: char) -> impl Iterator<Item = &'static str> {
    let several = character.to_pinyin_multi().into_iter().flatten();
    character.to_pinyin().into_iter().chain(several).map(pinyin::Pinyin::plain)
}

/// For each common character a bit for each letter that one of its readings begins with.
static FIRST_LETTERS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let bits = |syllable: &'static str| syllable.bytes().next().map_or(0, letter_bit);
    COMMON.map(|character| spoken(character).map(bits).fold(0, |all, bit| all | bit)).collect()
});

/// Letters beyond a to z, as in the reading ê of 欸, share one bit.
fn letter_bit(letter: u8) -> u32 {
    let place = if letter.is_ascii_lowercase() { letter - b'a' } else { b'z' - b'a' + 1 };
    1 << place
}

/// Whether a reading of the character may begin with what `sound` begins with; quick, and `true` where it is
/// not known.
pub(super) fn may_sound_like_beginning(character: char, sound: &str) -> bool {
    let place = u32::from(character).checked_sub(u32::from(*COMMON.start()));
    let letters = place.and_then(|place| FIRST_LETTERS.get(usize::try_from(place).ok()?));
    let first = sound.bytes().next().map_or(0, letter_bit);
    letters.is_none_or(|letters| letters & first != 0)
}

/// Whether the characters are read so in full.
pub(super) fn is_read_so(characters: &[char], sound: &str) -> bool {
    let Some((first, others)) = characters.split_first() else { return sound.is_empty() };
    spoken(*first).any(|syllable| sound.strip_prefix(syllable).is_some_and(|rest| is_read_so(others, rest)))
}

/// Whether the characters may be typed so, in full or by their initials, perhaps not to the end.
pub(super) fn is_typed_so(characters: &[char], typed: &str) -> bool {
    may_begin_so(characters, typed, |syllable| syllable)
        || may_begin_so(characters, typed, |syllable| syllable.get(..1).unwrap_or(syllable))
}

/// Whether what is made of the syllables of all characters begins with `typed`.
fn may_begin_so(characters: &[char], typed: &str, part: fn(&'static str) -> &'static str) -> bool {
    let Some((first, others)) = characters.split_first() else { return typed.is_empty() };
    spoken(*first).map(part).any(|said| match typed.strip_prefix(said) {
        Some(rest) => may_begin_so(others, rest, part),
        None => said.starts_with(typed) && others.iter().all(|other| spoken(*other).next().is_some()),
    })
}

/// How a word is typed as a whole: in full, and by its initials.
pub(super) fn spellings(word: &str) -> BTreeSet<String> {
    let mut spellings = BTreeSet::new();
    if let [Run::Han(characters)] = runs(&normalized(word)).as_slice() {
        for reading in readings(characters) {
            spellings.insert(reading.full);
            spellings.insert(reading.initials);
        }
    }
    spellings.retain(|spelling| may_be_pinyin(spelling));
    spellings
}

/// The runs of what somebody typed, cut where nobody types on.
pub(super) fn typed_runs(typed: &str) -> Vec<Run> {
    // Cut before normalizing, too: the form of one character may be many, and the text endless.
    let short: String = typed.chars().take(QUERY_CHARACTERS).collect();
    let short: String = normalized(&short).chars().take(QUERY_CHARACTERS).collect();
    runs(&short.split_inclusive(char::is_whitespace).map(with_syllables_joined).collect::<String>())
}

/// Pinyin without the sign that parts its syllables, as in `xi'an`; anything else as it is.
fn with_syllables_joined(word: &str) -> Cow<'_, str> {
    if !word.contains(['\'', '’']) {
        return Cow::Borrowed(word);
    }
    let joined = word.replace(['\'', '’'], "");
    if syllables(joined.trim_end()).is_some() { Cow::Owned(joined) } else { Cow::Borrowed(word) }
}

/// What somebody typed as it would stand in a text, cut into runs.
pub(super) fn phrases(typed: &str) -> Vec<String> {
    let text = |run| match run {
        Run::Han(characters) => characters.into_iter().collect(),
        Run::Word(word) => word,
    };
    typed_runs(typed).into_iter().map(text).collect()
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
            assert!(typed.iter().any(|typed| typed == way), "{way}");
        }
    }

    #[test]
    fn characters_with_two_readings_are_found_by_both() {
        let typed = pinyin_of_titles("重症");
        let has = |way: &str| typed.iter().any(|typed| typed == way);
        assert!(has("zhongzheng") && has("chongzheng"), "{typed:?}");
    }

    #[test]
    fn a_typo_that_sounds_alike_leads_to_the_right_title() {
        for (typo, meant) in [("高雪压", "高血压"), ("空烟", "控烟"), ("糖鸟病", "糖尿病")] {
            let typo: Vec<char> = typo.chars().collect();
            assert!(full_readings(&typo).iter().any(|typed| pinyin_of_titles(meant).contains(typed)));
        }
    }

    #[test]
    fn a_stretch_is_recognised_by_any_of_its_readings() {
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        assert!(
            is_read_so(&characters("重症"), "chongzheng") && is_read_so(&characters("重症"), "zhongzheng")
        );
        assert!(!is_read_so(&characters("重症"), "zhong") && !is_read_so(&characters("重症"), "zhongzhengs"));
        for typed in ["gaoxueya", "gaoxu", "gxy", "gx", "g"] {
            assert!(is_typed_so(&characters("高血压"), typed), "{typed}");
        }
        assert!(!is_typed_so(&characters("高血压"), "gxyb") && !is_typed_so(&characters("高血压"), "gaoya"));
        assert!(!is_typed_so(&characters("高!"), "gao"));
    }

    #[test]
    fn the_quick_look_at_the_first_letter_leaves_no_reading_out() {
        for character in COMMON {
            for syllable in spoken(character) {
                let initial: String = syllable.chars().take(1).collect();
                assert!(may_sound_like_beginning(character, syllable), "{character} {syllable}");
                assert!(may_sound_like_beginning(character, &initial), "{character} {syllable}");
            }
        }
        assert!(!may_sound_like_beginning('高', "xue") && may_sound_like_beginning('𠀀', "xue"));
    }

    #[test]
    fn long_pinyin_is_cut_into_syllables() {
        assert_eq!(syllables("gaoxueyayinshi").unwrap(), ["gao", "xue", "ya", "yin", "shi"]);
        assert_eq!(syllables("xinnao").unwrap(), ["xin", "nao"]);
        assert_eq!(syllables("bmi"), None);
        assert_eq!(pairs_of_long_pinyin("gaoxueya"), None);
        assert_eq!(pairs_of_long_pinyin("gaoxueyayinshi").unwrap(), ["gaoxue", "xueya", "yayin", "yinshi"]);
    }

    #[test]
    fn pinyin_is_read_over_the_sign_between_its_syllables() {
        for typed in ["gao'xueya", "gao’xue’ya", "Gao＇Xueya "] {
            assert_eq!(phrases(typed), ["gaoxueya"], "{typed}");
        }
        assert_eq!(phrases("xi'an yi'yuan"), ["xian", "yiyuan"]);
        assert_eq!(phrases("Alzheimer's"), ["alzheimer", "s"]);
        assert_eq!(phrases("'"), Vec::<String>::new());
    }

    #[test]
    fn a_word_is_spelled_in_full_and_by_initials() {
        assert!(spellings("戒烟").contains("jieyan") && spellings("戒烟").contains("jy"));
        assert!(spellings("BMI").is_empty() && spellings("66条").is_empty());
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_read(typed in any::<String>()) {
            let _ = (typed_runs(&typed), pinyin_of_titles(&typed), spellings(&typed), syllables(&typed));
        }
    }
}
