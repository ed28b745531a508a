//! What somebody typed, read as conditions: what they asked for, and two tries should nothing be found.

use std::collections::BTreeSet;

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
    /// What sounds like it.
    pub alike: Option<Expression>,
    /// Any part of it.
    pub partly: Option<Expression>,
    /// Ids of the topics that were meant.
    pub topics: BTreeSet<String>,
}

impl Question {
    /// Reads what somebody typed; `None` if there is nothing to look for. Words that mean a topic also
    /// find everything about the topic.
    pub fn read(typed: &str, topics: &TopicWords) -> Option<Self> {
        let runs = typed_runs(typed);
        let exact = runs.iter().filter_map(|run| Expression::any(meanings(run, topics))).collect();
        let alike = runs.iter().filter_map(|run| sound(run, topics)).collect();
        let partly = runs.iter().flat_map(parts).collect();
        Some(Self {
            exact: Expression::all(exact)?,
            alike: Expression::all(alike),
            partly: Expression::any(partly),
            topics: runs.iter().flat_map(|run| topics.named_in(run)).map(str::to_owned).collect(),
        })
    }
}

fn word(text: &str) -> Expression {
    Expression::Token(Token::word(text))
}

fn meanings(run: &Run, topics: &TopicWords) -> Vec<Expression> {
    let mut meanings: Vec<Expression> = literally(run).into_iter().collect();
    meanings.extend(topics.named_in(run).into_iter().map(|id| Expression::Token(Token::topic(id))));
    meanings
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

fn parts(run: &Run) -> Vec<Expression> {
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
