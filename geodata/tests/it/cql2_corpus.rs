//! The examples of the CQL2 standard, read as the crate `cql2` reads them.
//!
//! The crate itself is no dependency: it brings a hundred others, and turns on features of `serde_json` and
//! `geo` by which the tests would run other code than the product.

use geodata::cql2::{Cql2Error, Expression, parse_json, parse_text};
use geodata::crs::ReferenceSystem;

/// Examples in the corpus.
const EXAMPLES: usize = 229;

struct Example {
    /// Name of its file: `.txt` for CQL2 text, `.json` for CQL2 JSON.
    name: &'static str,
    written: &'static str,
    /// CQL2 JSON that the crate writes of it.
    json: &'static str,
}

impl Example {
    fn all() -> impl Iterator<Item = Self> {
        let lines = include_str!("cql2_corpus.tsv").lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| {
            let mut parts = line.split('\t');
            let mut next = || parts.next().unwrap();
            Self { name: next(), written: next(), json: next() }
        })
    }

    fn read(&self) -> Result<Expression, Cql2Error> {
        let parse = if self.name.strip_suffix(".txt").is_some() { parse_text } else { parse_json };
        parse(self.written, ReferenceSystem::Crs84)
    }
}

#[test]
fn every_example_means_what_the_crate_makes_of_it() {
    let mut compared = 0;
    for example in Example::all() {
        let own = example.read();
        assert!(own.is_ok(), "{}: {own:?}", example.name);
        assert_eq!(own, parse_json(example.json, ReferenceSystem::Crs84), "{}", example.name);
        compared += 1;
    }
    assert_eq!(compared, EXAMPLES);
}

#[test]
fn both_encodings_of_an_example_mean_the_same() {
    let mut compared = 0;
    for text in Example::all() {
        let Some(name) = text.name.strip_suffix(".txt") else { continue };
        let Some(json) = Example::all().find(|json| json.name.strip_suffix(".json") == Some(name)) else {
            continue;
        };
        assert_eq!(text.read(), json.read(), "{name}");
        compared += 1;
    }
    assert!(compared > 100, "{compared} pairs");
}
