//! Which topics people mean by what they type.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::text::{Run, normalized, runs};
use super::tokens::{full_readings, spellings, syllables};

/// A shorter word means its topic only where it was typed alone: 盐 is in too many words.
const SHORTEST_WITHIN: usize = 2;
/// Longest word that is recognised by its sound.
const LONGEST_SOUND: usize = 4;
/// What more topics have in their words, such as 健康, means none of them.
const MOST_HOLDING: usize = 3;

/// The words of all topics. Kept beside the index and not in it, so that an editor who adds a synonym
/// need not have anything indexed anew.
#[derive(Clone, Debug, Default)]
pub struct TopicWords {
    /// Normalized words with the topics they mean.
    words: HashMap<String, Vec<String>>,
    /// How words are typed in pinyin.
    typed: HashMap<String, Vec<String>>,
    /// Stretches of what topics are called, also as they are typed in pinyin.
    in_names: Stretches,
    /// Stretches of the other words that people use for topics.
    in_synonyms: Stretches,
    /// For each topic in the order in which they were added: its id and those of all below it.
    within: Vec<Vec<String>>,
}

/// Stretches of words with the topics, by their place in [`TopicWords::within`], whose words hold them.
type Stretches = HashMap<String, BTreeSet<usize>>;

impl TopicWords {
    /// Adds what a topic is called and the words that people use for it. All of them mean the topics `within` it:
    /// itself and those below.
    pub fn add<'w>(&mut self, name: &str, synonyms: impl IntoIterator<Item = &'w str>, within: Vec<String>) {
        let place = self.within.len();
        self.add_word(name, &within);
        for stretch in stretches(name) {
            if stretch.len() <= LONGEST_SOUND {
                for reading in full_readings(&stretch) {
                    self.in_names.entry(reading).or_default().insert(place);
                }
            }
            self.in_names.entry(stretch.iter().collect()).or_default().insert(place);
        }
        for word in synonyms {
            self.add_word(word, &within);
            for stretch in stretches(word) {
                self.in_synonyms.entry(stretch.iter().collect()).or_default().insert(place);
            }
        }
        self.within.push(within);
    }

    fn add_word(&mut self, word: &str, topic_ids: &[String]) {
        for spelling in spellings(word) {
            self.typed.entry(spelling).or_default().extend_from_slice(topic_ids);
        }
        self.words.entry(normalized(word)).or_default().extend_from_slice(topic_ids);
    }

    /// The topics that a part of a query means, each with the number of words that mean it: the part holds a word for
    /// them, or is part of what they are called.
    pub(super) fn named_in(&self, run: &Run) -> BTreeMap<&str, usize> {
        let called = self.holding(&self.in_names, run);
        let meant = match run {
            Run::Word(word) => {
                let alone = [self.words.get(word), self.typed.get(word)].into_iter().flatten();
                let syllables = syllables(word).unwrap_or_default();
                let within: Vec<&Vec<String>> = (SHORTEST_WITHIN..syllables.len())
                    .flat_map(|length| syllables.windows(length))
                    .filter_map(|window| self.typed.get(&window.concat()))
                    .collect();
                alone.chain(within).collect::<Vec<_>>()
            }
            Run::Han(characters) => {
                let whole: String = characters.iter().collect();
                let alone = self.words.get(&whole).into_iter();
                let within = (SHORTEST_WITHIN..characters.len())
                    .flat_map(|length| characters.windows(length))
                    .filter_map(|window| self.words.get(&window.iter().collect::<String>()));
                alone.chain(within).collect()
            }
        };
        let mut named: BTreeMap<&str, usize> = BTreeMap::new();
        for id in meant.into_iter().flatten().map(String::as_str).chain(called) {
            *named.entry(id).or_default() += 1;
        }
        named
    }

    /// Whether it is a word for a topic as it stands, and not only the way in which one is typed.
    pub(super) fn is_word(&self, typed: &str) -> bool {
        self.words.contains_key(typed)
    }

    /// The topics of which one of the other words that people use holds this part of a query.
    pub(super) fn touched_by(&self, run: &Run) -> BTreeSet<&str> {
        self.holding(&self.in_synonyms, run).collect()
    }

    fn holding<'w>(&'w self, stretches: &'w Stretches, run: &Run) -> impl Iterator<Item = &'w str> + 'w {
        let holding = match run {
            Run::Han(characters) => stretches.get(&characters.iter().collect::<String>()),
            Run::Word(word) => stretches.get(word),
        };
        let told = holding.filter(|places| places.len() <= MOST_HOLDING);
        told.into_iter().flatten().filter_map(|place| self.within.get(*place)).flatten().map(String::as_str)
    }

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

/// Every stretch of two and more neighbouring Chinese characters of a word.
fn stretches(word: &str) -> Vec<Vec<char>> {
    let of_run = |run: Run| match run {
        Run::Han(characters) => (SHORTEST_WITHIN..=characters.len())
            .flat_map(|length| characters.windows(length).map(<[char]>::to_vec).collect::<Vec<_>>())
            .collect(),
        Run::Word(_) => Vec::new(),
    };
    runs(&normalized(word)).into_iter().flat_map(of_run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(typed: &str) -> Vec<String> {
        let mut words = TopicWords::default();
        words.add("高血压", ["血压高"], vec!["hypertension".to_owned()]);
        words.add("减盐", ["盐"], vec!["salt".to_owned()]);
        words.add("戒烟限酒", ["戒烟"], vec!["tobacco".to_owned()]);
        super::super::tokens::typed_runs(typed)
            .iter()
            .flat_map(|run| words.named_in(run).into_keys().map(str::to_owned).collect::<Vec<_>>())
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
        words.add("高血压", [], vec!["hypertension".to_owned()]);
        let typed: Vec<char> = "高雪压怎么办".chars().collect();
        assert_eq!(words.sounding_like(&typed).into_iter().collect::<Vec<_>>(), ["hypertension"]);
    }

    #[test]
    fn a_single_character_means_its_topic_only_alone() {
        assert_eq!(named("盐"), ["salt"]);
        assert!(named("盐田港").is_empty());
    }

    #[test]
    fn part_of_what_a_topic_is_called_means_it() {
        let mut words = TopicWords::default();
        words.add("慢性病", [], vec!["chronic".to_owned(), "heart_stroke".to_owned()]);
        words.add("心脏病和脑卒中", ["心肌梗死"], vec!["heart_stroke".to_owned()]);
        let run = |text: &str| super::super::tokens::typed_runs(text).remove(0);
        let named =
            |text: &str| words.named_in(&run(text)).into_keys().map(str::to_owned).collect::<Vec<_>>();
        for typed in ["卒中", "脑卒中", "心脏", "zuzhong"] {
            assert_eq!(named(typed), ["heart_stroke"], "{typed}");
        }
        assert_eq!(named("慢性"), ["chronic", "heart_stroke"], "and all below it");
        for typed in ["脑", "心肌", "心脏病会遗传吗", "卒中风"] {
            assert!(named(typed).is_empty(), "{typed}");
        }
        assert_eq!(words.touched_by(&run("心肌")).into_iter().collect::<Vec<_>>(), ["heart_stroke"]);
        assert!(words.touched_by(&run("肌")).is_empty() && words.touched_by(&run("卒中")).is_empty());
    }

    #[test]
    fn what_more_words_mean_is_meant_more() {
        let mut words = TopicWords::default();
        words.add("老年健康", ["老人"], vec!["elders".to_owned(), "fall".to_owned(), "dementia".to_owned()]);
        words.add("防跌倒", ["摔倒"], vec!["fall".to_owned()]);
        let run = super::super::tokens::typed_runs("老人摔倒").remove(0);
        let named: Vec<(&str, usize)> = words.named_in(&run).into_iter().collect();
        assert_eq!(named, [("dementia", 1), ("elders", 1), ("fall", 2)]);
    }

    #[test]
    fn what_many_topics_are_called_means_none_of_them() {
        let mut words = TopicWords::default();
        for (number, name) in ["健康体重", "健康视力", "健康口腔"].into_iter().enumerate() {
            words.add(name, [], vec![format!("topic-{number}")]);
        }
        let run = super::super::tokens::typed_runs("健康").remove(0);
        assert_eq!(words.named_in(&run).len(), 3);
        words.add("心理健康", [], vec!["mental".to_owned()]);
        assert!(words.named_in(&run).is_empty());
    }
}
