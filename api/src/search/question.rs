//! What somebody typed, read as conditions: what they asked for, and two tries should nothing be found.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::{Expression, Token};
use super::text::Run;
use super::tokens::{full_readings, may_be_pinyin, pairs, pairs_of_long_pinyin, typed_runs};
use super::topic_words::TopicWords;

/// Longest stretch of characters whose sound is indexed as one.
const LONGEST_SOUND: usize = 4;
/// Stretches compared by sound where a longer one was typed.
const SOUND_WINDOW: usize = 3;

/// A query, ready to be put to either engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What was asked for.
    pub exact: Expression,
    /// The same, and what is about topics of which only a longer word holds what was typed; where there are any.
    pub wider: Option<Expression>,
    /// What sounds like it.
    pub alike: Option<Expression>,
    /// Any part of it.
    pub partly: Option<Expression>,
    /// Ids of the topics that were meant, each with the number of words that mean it.
    pub topics: BTreeMap<String, usize>,
}

impl Question {
    /// Reads what somebody typed; `None` if there is nothing to look for. Words that mean a topic also
    /// find everything about the topic.
    pub fn read(typed: &str, topics: &TopicWords) -> Option<Self> {
        let runs = typed_runs(typed);
        let parts: Vec<Part<'_>> = runs.iter().map(|run| Part::of(run, topics)).collect();
        let exact = parts.iter().filter_map(|part| Expression::any(part.meanings())).collect();
        let wider = parts.iter().filter_map(|part| Expression::any(part.wider_meanings())).collect();
        let alike = runs.iter().filter_map(|run| sound(run, topics)).collect();
        let partly = runs.iter().flat_map(pieces).collect();
        let mut meant: BTreeMap<String, usize> = BTreeMap::new();
        for (id, times) in parts.iter().flat_map(|part| &part.named) {
            *meant.entry((*id).to_owned()).or_default() += times;
        }
        Some(Self {
            exact: Expression::all(exact)?,
            wider: Expression::all(wider).filter(|_| parts.iter().any(|part| !part.touched.is_empty())),
            alike: Expression::all(alike),
            partly: Expression::any(partly),
            topics: meant,
        })
    }
}

/// One run of what was typed with the topics it means.
struct Part<'q> {
    run: &'q Run,
    named: BTreeMap<&'q str, usize>,
    /// Other topics, of which a longer word holds the run.
    touched: BTreeSet<&'q str>,
}

impl<'q> Part<'q> {
    fn of(run: &'q Run, topics: &'q TopicWords) -> Self {
        let named = topics.named_in(run);
        let touched = topics.touched_by(run).into_iter().filter(|id| !named.contains_key(id)).collect();
        Self { run, named, touched }
    }

    fn meanings(&self) -> Vec<Expression> {
        literally(self.run).into_iter().chain(about(self.named.keys())).collect()
    }

    fn wider_meanings(&self) -> Vec<Expression> {
        self.meanings().into_iter().chain(about(self.touched.iter())).collect()
    }
}

fn about<'t>(topics: impl Iterator<Item = &'t &'t str>) -> impl Iterator<Item = Expression> {
    topics.map(|id| Expression::Token(Token::topic(id)))
}

fn word(text: &str) -> Expression {
    Expression::Token(Token::word(text))
}

fn literally(run: &Run) -> Option<Expression> {
    match run {
        Run::Han(characters) => match characters.as_slice() {
            [one] => Some(Expression::Prefix(Token::word(&one.to_string()))),
            several => Expression::all(pairs(several).map(|pair| word(&pair)).collect()),
        },
        Run::Word(text) => {
            let mut ways = vec![word(text)];
            if may_be_pinyin(text) {
                ways.push(Expression::Prefix(Token::pinyin(text)));
                ways.extend(pairs_of_long_pinyin(text).and_then(|pairs| {
                    Expression::all(pairs.iter().map(|pair| Expression::Token(Token::pinyin(pair))).collect())
                }));
            }
            Expression::any(ways)
        }
    }
}

/// What sounds like the run: for a long one, any stretch of it.
fn sound(run: &Run, topics: &TopicWords) -> Option<Expression> {
    let Run::Han(characters) = run else { return literally(run) };
    let window = if characters.len() <= LONGEST_SOUND { characters.len() } else { SOUND_WINDOW };
    if window < 2 {
        return literally(run);
    }
    let readings = characters.windows(window).flat_map(full_readings);
    let mut ways: Vec<_> = readings.map(|reading| Expression::Token(Token::pinyin(&reading))).collect();
    ways.extend(topics.sounding_like(characters).into_iter().map(|id| Expression::Token(Token::topic(id))));
    Expression::any(ways)
}

fn pieces(run: &Run) -> Vec<Expression> {
    match run {
        Run::Han(characters) if characters.len() > 1 => pairs(characters).map(|pair| word(&pair)).collect(),
        _ => literally(run).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tokens::bigrams;
    use super::*;

    fn exact(typed: &str) -> String {
        Question::read(typed, &TopicWords::default()).unwrap().exact.for_tsquery()
    }

    #[test]
    fn a_query_asks_for_every_pair_and_one_character_for_a_beginning() {
        assert_eq!(exact("血压高"), "('血压' & '压高')");
        assert_eq!(exact("盐"), "'盐':*");
        assert_eq!(exact("GXY"), "('gxy' | '_gxy':*)");
        assert_eq!(Question::read("？ ！", &TopicWords::default()), None);
    }

    #[test]
    fn a_part_of_a_longer_word_asks_more_widely() {
        let mut topics = TopicWords::default();
        topics.add("心脏病和脑卒中", ["心肌梗死"], vec!["heart_stroke".to_owned()]);
        let read = |typed: &str| Question::read(typed, &topics).unwrap();
        assert_eq!(read("卒中").exact.for_tsquery(), "('卒中' | '__heart_stroke')");
        assert_eq!((read("卒中").wider, read("散步").wider), (None, None));
        let heart = read("心肌 散步");
        assert_eq!(heart.exact.for_tsquery(), "('心肌' & '散步')");
        assert_eq!(heart.wider.unwrap().for_tsquery(), "(('心肌' | '__heart_stroke') & '散步')");
    }

    #[test]
    fn what_sounds_alike_is_the_second_try() {
        let question = Question::read("高雪压", &TopicWords::default()).unwrap();
        assert_eq!(question.alike.unwrap().for_tsquery(), "'_gaoxueya'");
        assert_eq!(question.partly.unwrap().for_tsquery(), "('高雪' | '雪压')");
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_read(typed in any::<String>()) {
            let _ = Question::read(&typed, &TopicWords::default());
        }

        #[test]
        fn a_stretch_of_a_text_is_found_in_it(text in "[一-龥]{2,30}", start in 0_usize..28, length in 2_usize..6) {
            let characters: Vec<char> = text.chars().collect();
            let stretch: String = characters.iter().skip(start).take(length).collect();
            prop_assume!(stretch.chars().count() >= 2);
            let indexed: Vec<Expression> = bigrams(&text).iter().map(|token| word(token)).collect();
            match Question::read(&stretch, &TopicWords::default()).unwrap().exact {
                Expression::All(parts) => prop_assert!(parts.iter().all(|part| indexed.contains(part))),
                one => prop_assert!(indexed.contains(&one)),
            }
        }
    }
}
