//! Which parts of a text were looked for.

use serde::Serialize;
use utoipa::ToSchema;

use super::text::{Run, folded_alone, is_han, normalized};
use super::tokens::{
    full_readings, is_read_so, is_typed_so, may_be_pinyin, may_sound_like_beginning, phrases, typed_runs,
};

/// An excerpt is about this long.
const EXCERPT_CHARACTERS: usize = 80;
/// Of which before the first hit at most this many.
const BEFORE_HIT_CHARACTERS: usize = 24;
/// Longest stretch that is compared by its sound.
const LONGEST_SOUND: usize = 4;

/// A stretch of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TextPart {
    /// The text.
    pub text: String,
    /// Whether it was looked for, and is to be shown in another colour.
    pub hit: bool,
}

/// What to mark.
#[derive(Clone, Debug)]
pub struct Marker {
    phrases: Vec<Vec<char>>,
    /// The same as they may stand in a text letter for letter.
    as_typed: Vec<String>,
    /// Pinyin or initials that were typed.
    typed_sounds: Vec<String>,
    /// Pinyin of the characters that were typed, for those that only sound alike.
    sounds: Vec<String>,
}

/// A text with one sign of the normalized form for each part of it.
struct Folded {
    characters: Vec<char>,
    /// For each: which character of the text it belongs to.
    origins: Vec<usize>,
}

/// A stretch of a text around its first hit.
struct Surroundings<'t> {
    text: &'t str,
    /// Whether the text begins with it.
    opens_text: bool,
}

impl Folded {
    fn of(text: &[char]) -> Self {
        let mut folded = Self { characters: Vec::new(), origins: Vec::new() };
        folded.characters.reserve(text.len());
        folded.origins.reserve(text.len());
        for (index, character) in text.iter().enumerate() {
            if let Some(alone) = folded_alone(*character) {
                folded.characters.push(alone);
                folded.origins.push(index);
                continue;
            }
            for part in normalized(character.encode_utf8(&mut [0; 4])).chars() {
                folded.characters.push(part);
                folded.origins.push(index);
            }
        }
        folded
    }
}

impl Marker {
    /// Marks what was typed, and with `alike`, for texts that were found by their sound, what sounds like it.
    pub fn of(typed: &str, alike: bool) -> Self {
        let mut marker = Self {
            phrases: Vec::new(),
            as_typed: phrases(typed),
            typed_sounds: Vec::new(),
            sounds: Vec::new(),
        };
        for run in typed_runs(typed) {
            match run {
                Run::Han(characters) => {
                    if alike && (2..=LONGEST_SOUND).contains(&characters.len()) {
                        marker.sounds.extend(full_readings(&characters));
                    }
                    marker.phrases.push(characters);
                }
                Run::Word(word) => {
                    marker.typed_sounds.extend(may_be_pinyin(&word).then(|| word.clone()));
                    marker.phrases.push(word.chars().collect());
                }
            }
        }
        marker
    }

    /// The whole text with the hits marked.
    pub fn mark(&self, text: &str) -> Vec<TextPart> {
        let characters: Vec<char> = text.chars().collect();
        parts(&characters, &self.hits(&characters))
    }

    /// The sentence around the first hit; `None` where the text holds none.
    pub fn excerpt(&self, text: &str) -> Option<Vec<TextPart>> {
        let Surroundings { text, opens_text } = self.surroundings(text);
        let characters: Vec<char> = text.chars().collect();
        let hits = self.hits(&characters);
        let first = hits.iter().position(|hit| *hit)?;
        let earliest = first.saturating_sub(BEFORE_HIT_CHARACTERS);
        let begin = (earliest..first)
            .rev()
            .find(|index| characters.get(*index).is_some_and(|c| ends_sentence(*c)))
            .map_or(earliest, |index| index + 1);
        let latest = characters.len().min(begin + EXCERPT_CHARACTERS);
        let end = (first..latest)
            .find(|index| characters.get(*index).is_some_and(|c| ends_sentence(*c)))
            .map_or(latest, |index| index + 1);
        let mut shown = parts(characters.get(begin..end)?, hits.get(begin..end)?);
        let before = begin.checked_sub(1).and_then(|index| characters.get(index));
        if !before.map_or(opens_text, |c| ends_sentence(*c)) {
            shown.insert(0, TextPart { text: "…".to_owned(), hit: false });
        }
        if end == latest && end < characters.len() {
            shown.push(TextPart { text: "…".to_owned(), hit: false });
        }
        Some(shown)
    }

    /// What an excerpt can show of a text. Nearly always a phrase stands there as it was typed: then the rest of the
    /// text need not be looked at sign by sign.
    fn surroundings<'t>(&self, text: &'t str) -> Surroundings<'t> {
        let Some(at) = self.as_typed.iter().filter_map(|phrase| text.find(phrase)).min() else {
            return Surroundings { text, opens_text: true };
        };
        let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
        let longest = self.phrases.iter().map(Vec::len).max().unwrap_or_default();
        let from = before.char_indices().rev().nth(BEFORE_HIT_CHARACTERS).map_or(0, |(from, _)| from);
        let to = after.char_indices().nth(EXCERPT_CHARACTERS + longest).map_or(text.len(), |(to, _)| at + to);
        Surroundings { text: text.get(from..to).unwrap_or(text), opens_text: from == 0 }
    }

    /// For each character of the text whether it was looked for: as it was typed, or else two neighbours
    /// of it, or else what sounds like it.
    fn hits(&self, text: &[char]) -> Vec<bool> {
        let folded = Folded::of(text);
        let mut hits = vec![false; text.len()];
        for phrase in &self.phrases {
            mark_all(&folded, phrase, &mut hits);
        }
        if !hits.contains(&true) {
            for pair in
                self.phrases.iter().filter(|phrase| is_long_han(phrase)).flat_map(|phrase| phrase.windows(2))
            {
                mark_all(&folded, pair, &mut hits);
            }
        }
        if !hits.contains(&true) {
            for typed in &self.typed_sounds {
                mark_sound(&folded, typed, is_typed_so, &mut hits);
            }
            for sound in &self.sounds {
                mark_sound(&folded, sound, is_read_so, &mut hits);
            }
        }
        hits
    }
}

fn is_long_han(phrase: &[char]) -> bool {
    phrase.len() > 2 && phrase.iter().all(|character| is_han(*character))
}

fn ends_sentence(character: char) -> bool {
    matches!(character, '。' | '！' | '？' | '；' | '\n')
}

fn mark_all(folded: &Folded, phrase: &[char], hits: &mut [bool]) {
    if phrase.is_empty() {
        return;
    }
    for (window, origins) in folded.characters.windows(phrase.len()).zip(folded.origins.windows(phrase.len()))
    {
        if window == phrase {
            set(origins, hits);
        }
    }
}

/// Marks the shortest stretches that sound so.
fn mark_sound(folded: &Folded, sound: &str, sounds_so: fn(&[char], &str) -> bool, hits: &mut [bool]) {
    for length in 2..=LONGEST_SOUND {
        let mut heard = false;
        for (window, origins) in folded.characters.windows(length).zip(folded.origins.windows(length)) {
            let may_begin = window.first().is_some_and(|first| may_sound_like_beginning(*first, sound));
            if may_begin && window.iter().all(|character| is_han(*character)) && sounds_so(window, sound) {
                set(origins, hits);
                heard = true;
            }
        }
        if heard {
            return;
        }
    }
}

fn set(origins: &[usize], hits: &mut [bool]) {
    for origin in origins {
        if let Some(hit) = hits.get_mut(*origin) {
            *hit = true;
        }
    }
}

fn parts(characters: &[char], hits: &[bool]) -> Vec<TextPart> {
    let mut parts: Vec<TextPart> = Vec::new();
    for (character, hit) in characters.iter().zip(hits) {
        // An excerpt is one line.
        let character = if *character == '\n' { ' ' } else { *character };
        match parts.last_mut() {
            Some(part) if part.hit == *hit => part.text.push(character),
            _ => parts.push(TextPart { text: character.to_string(), hit: *hit }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(parts: &[TextPart]) -> String {
        parts
            .iter()
            .map(|part| if part.hit { format!("[{}]", part.text) } else { part.text.clone() })
            .collect()
    }

    #[test]
    fn what_was_typed_is_marked_in_the_spelling_of_the_text() {
        assert_eq!(shown(&Marker::of("高血压", true).mark("在家量高血壓")), "在家量[高血壓]");
        assert_eq!(shown(&Marker::of("bmi", true).mark("ＢＭＩ怎么算")), "[ＢＭＩ]怎么算");
        assert_eq!(shown(&Marker::of("gxy", true).mark("得了高血压")), "得了[高血压]");
        assert_eq!(shown(&Marker::of("高雪压", true).mark("得了高血压")), "得了[高血压]");
        assert_eq!(shown(&Marker::of("血压高怎么办", true).mark("血压偏高")), "[血压]偏高");
    }

    #[test]
    fn what_only_sounds_alike_is_marked_in_what_was_found_by_its_sound() {
        assert_eq!(shown(&Marker::of("食盐", false).mark("做个实验")), "做个实验");
        assert_eq!(shown(&Marker::of("食盐", true).mark("做个实验")), "做个[实验]");
    }

    #[test]
    fn an_excerpt_is_the_sentence_around_the_hit() {
        let text = "先坐五分钟。再量血压，量两次。记下来。";
        assert_eq!(shown(&Marker::of("血压", true).excerpt(text).unwrap()), "再量[血压]，量两次。");
        assert_eq!(Marker::of("吸烟", true).excerpt(text), None);
        let long = "很长".repeat(60) + "血压" + &"还没完".repeat(60);
        let excerpt = shown(&Marker::of("血压", true).excerpt(&long).unwrap());
        assert!(
            excerpt.starts_with('…') && excerpt.ends_with('…') && excerpt.contains("[血压]"),
            "{excerpt}"
        );
    }

    #[test]
    fn an_excerpt_far_inside_a_text_is_cut_like_one_near_its_beginning() {
        let far = "没有关系的一句。".repeat(40);
        let sentence = "睡前再量一次血压。";
        let marker = Marker::of("血压", true);
        let near = shown(&marker.excerpt(&format!("一句。{sentence}")).unwrap());
        assert_eq!(near, "睡前再量一次[血压]。");
        assert_eq!(shown(&marker.excerpt(&format!("{far}{sentence}{far}")).unwrap()), near);
        let unbroken =
            shown(&marker.excerpt(&format!("{}血压{}", "前".repeat(200), "后".repeat(200))).unwrap());
        assert_eq!(unbroken, format!("…{}[血压]{}…", "前".repeat(24), "后".repeat(54)));
    }

    proptest! {
        #[test]
        fn no_text_is_lost_by_marking(typed in any::<String>(), text in "[^\n]{0,60}") {
            let marked: String = Marker::of(&typed, true).mark(&text).into_iter().map(|part| part.text).collect();
            prop_assert_eq!(marked, text);
        }

        #[test]
        fn whatever_is_typed_has_an_excerpt_or_none(typed in any::<String>(), text in any::<String>()) {
            let _ = Marker::of(&typed, true).excerpt(&text);
        }
    }
}
