//! Words that people type, looked for in what they see of a place.

use super::values::{ListSource, TextSource, Value};
use super::{Compiler, Predicate, Truth};
use crate::cql2::error::Cql2Error;
use crate::cql2::expression::Expression;
use crate::cql2::fold::{without_accents, without_case};
use crate::snapshot::Item;

/// Where words are looked for, as far as the layer has it.
const SEARCHED: [&str; 4] = ["name", "address", "facilities", "other_names"];

impl Compiler<'_> {
    /// Without regard to case and accents; nowhere means false, not unknown.
    pub(super) fn words(&mut self, alternatives: &[Vec<String>]) -> Result<Predicate, Cql2Error> {
        let folded = |text: &str| without_case(&without_accents(text)).into_owned();
        let alternatives: Vec<Vec<String>> =
            alternatives.iter().map(|words| words.iter().map(|word| folded(word)).collect()).collect();
        let (mut texts, mut lists) = (Vec::<TextSource>::new(), Vec::<ListSource>::new());
        for name in SEARCHED {
            if self.queryables.get(name).is_some() {
                match self.value(&Expression::Property(name.to_owned()))? {
                    Value::Text(source) => texts.push(source),
                    Value::List(source) => lists.push(source),
                    _ => {}
                }
            }
        }
        Ok(Box::new(move |rows, row| {
            let mut seen = String::new();
            let mut see = |text: &str| {
                // What stands between keeps a word from running over the end of a text.
                seen.push('\n');
                seen.push_str(&without_case(&without_accents(text)));
            };
            for text in texts.iter().filter_map(|source| source.get(rows, row)) {
                see(&text);
            }
            for item in lists.iter().filter_map(|source| source.get(rows, row)).flatten() {
                if let Item::Text(text) = item {
                    see(text);
                }
            }
            let holds = |words: &Vec<String>| words.iter().all(|word| seen.contains(word.as_str()));
            Truth::of(Some(alternatives.iter().any(holds)))
        }))
    }
}
