//! Which topics people mean by what they type.

use std::collections::{BTreeSet, HashMap};

use super::text::{Run, normalized};
use super::tokens::{full_readings, spellings, syllables};

/// A shorter word means its topic only where it was typed alone: 盐 is in too many words.
const SHORTEST_WITHIN: usize = 2;
/// Longest word that is recognised by its sound.
const LONGEST_SOUND: usize = 4;

/// The words of all topics. Kept beside the index and not in it, so that an editor who adds a synonym
/// need not have anything indexed anew.
#[derive(Clone, Debug, Default)]
pub struct TopicWords {
    /// Normalized words with the topics they mean.
    words: HashMap<String, Vec<String>>,
    /// How words are typed in pinyin.
    typed: HashMap<String, Vec<String>>,
}

impl TopicWords {
    /// Adds a word for these topics: usually one topic with all below it.
    pub fn add(&mut self, word: &str, topic_ids: &[String]) {
        for spelling in spellings(word) {
            self.typed.entry(spelling).or_default().extend_from_slice(topic_ids);
        }
        self.words.entry(normalized(word)).or_default().extend_from_slice(topic_ids);
    }

    /// The topics that a part of a query means.
    pub(super) fn named_in(&self, run: &Run) -> BTreeSet<&str> {
        match run {
            Run::Word(word) => {
                let alone = [self.words.get(word), self.typed.get(word)].into_iter().flatten();
                let syllables = syllables(word).unwrap_or_default();
                let within: Vec<&Vec<String>> = (SHORTEST_WITHIN..syllables.len())
                    .flat_map(|length| syllables.windows(length))
                    .filter_map(|window| self.typed.get(&window.concat()))
                    .collect();
                alone.chain(within).flatten().map(String::as_str).collect()
            }
            Run::Han(characters) => {
                let whole: String = characters.iter().collect();
                let alone = self.words.get(&whole).into_iter();
                let within = (SHORTEST_WITHIN..characters.len())
                    .flat_map(|length| characters.windows(length))
                    .filter_map(|window| self.words.get(&window.iter().collect::<String>()));
                alone.chain(within).flatten().map(String::as_str).collect()
            }
        }
    }
}

impl TopicWords {
    /// The topics that a part of a query sounds like.
    pub(super) fn sounding_like(&self, characters: &[char]) -> BTreeSet<&str> {
        (SHORTEST_WITHIN..=LONGEST_SOUND.min(characters.len()))
            .flat_map(|length| characters.windows(length))
            .flat_map(full_readings)
            .filter_map(|reading| self.typed.get(&reading))
            .flatten()
            .map(String::as_str)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(typed: &str) -> Vec<String> {
        let mut words = TopicWords::default();
        words.add("血压高", &["hypertension".to_owned()]);
        words.add("盐", &["salt".to_owned()]);
        words.add("戒烟", &["tobacco".to_owned()]);
        super::super::tokens::typed_runs(typed)
            .iter()
            .flat_map(|run| words.named_in(run).into_iter().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }

    #[test]
    fn a_word_means_its_topic_alone_and_within_a_question() {
        assert_eq!(named("血压高怎么办"), ["hypertension"]);
        assert_eq!(named("怎样戒烟 血压高"), ["tobacco", "hypertension"]);
        assert_eq!(named("jieyan"), ["tobacco"]);
        assert_eq!(named("xueyagaozenmeban"), ["hypertension"]);
    }

    #[test]
    fn characters_that_sound_alike_mean_the_topic_too() {
        let mut words = TopicWords::default();
        words.add("高血压", &["hypertension".to_owned()]);
        let typed: Vec<char> = "高雪压怎么办".chars().collect();
        assert_eq!(words.sounding_like(&typed).into_iter().collect::<Vec<_>>(), ["hypertension"]);
    }

    #[test]
    fn a_single_character_means_its_topic_only_alone() {
        assert_eq!(named("盐"), ["salt"]);
        assert!(named("盐田港").is_empty());
    }
}
