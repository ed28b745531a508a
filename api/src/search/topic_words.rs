//! Which topics people mean by what they type.

use std::collections::{BTreeSet, HashMap};

use super::text::{Run, normalized};
use super::tokens::spellings;

/// A shorter word means its topic only where it was typed alone: 盐 is in too many words.
const SHORTEST_WITHIN: usize = 2;

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
                let meant = [self.words.get(word), self.typed.get(word)];
                meant.into_iter().flatten().flatten().map(String::as_str).collect()
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
    }

    #[test]
    fn a_single_character_means_its_topic_only_alone() {
        assert_eq!(named("盐"), ["salt"]);
        assert!(named("盐田港").is_empty());
    }
}
