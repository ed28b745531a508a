//! Both engines find the same: exactly what holds every pair of neighbours that was asked for.

use std::collections::BTreeSet;

use kangtu::knowledge::articles::write;
use kangtu::random::Random;
use kangtu::search::doc::DocKind;
use kangtu::search::find::find;
use kangtu::search::index::sort_in;
use kangtu::search::names::Thing;
use kangtu::search::question::Question;
use kangtu::search::topic_words::TopicWords;
use sea_orm::DbBackend;

use crate::knowledge::{always, draft};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(both_engines_find_what_holds_every_pair);

const WORDS: &str = "血压高低糖尿病盐油水控烟戒酒运动健步走跑睡眠心理体重腰围牙齿视力近视骨质疏松疫苗流感急救老人孩子孕妇叶酸讲座社区公园";
const SEPARATORS: [&str; 4] = ["，", "。", "a1", "\n"];
const ARTICLES: usize = 120;
const QUERIES: usize = 400;

/// Numbers below a bound, the same in each run.
struct Dice(Random);

impl Dice {
    fn below(&self, bound: usize) -> usize {
        usize::from(u16::from_be_bytes(self.0.bytes())) % bound
    }

    fn text(&self, length: usize) -> String {
        let characters: Vec<char> = WORDS.chars().collect();
        let mut text = String::new();
        for _ in 0..length {
            if self.below(9) == 0 {
                text.push_str(SEPARATORS[self.below(SEPARATORS.len())]);
            }
            text.push(characters[self.below(characters.len())]);
        }
        text
    }
}

/// Chinese characters of a text as runs.
fn runs(text: &str) -> Vec<Vec<char>> {
    let is_han = |character: char| ('\u{4e00}'..='\u{9fff}').contains(&character);
    text.split(|character| !is_han(character))
        .filter(|run| !run.is_empty())
        .map(|run| run.chars().collect())
        .collect()
}

fn pairs(text: &str) -> BTreeSet<(char, char)> {
    runs(text)
        .iter()
        .flat_map(|run| run.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>())
        .collect()
}

async fn both_engines_find_what_holds_every_pair(app: TestApp) {
    let dice = Dice(Random::seeded(4));
    let (texts, term, now) = (corpus(&dice), always(&app), app.clock.now());
    let drafts: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(number, (title, body))| draft(&format!("made-{number}"), title, body))
        .collect();
    let written = app.state.database.write(move |transaction| {
        let drafts = drafts.clone();
        Box::pin(async move {
            let mut ids = Vec::new();
            for draft in &drafts {
                ids.push(write::add(transaction, draft, term, now).await?.article_id);
            }
            write::reindex(transaction, &ids, now).await?;
            Ok(ids)
        })
    });
    let article_ids = written.await.unwrap();
    let held: Vec<String> = texts.iter().map(|(title, body)| format!("{title}\n{body}")).collect();
    let mut with_results = 0;
    for number in 0..QUERIES {
        // PostgreSQL finds alike what waits beside its index and what was sorted in.
        if number == QUERIES / 2 {
            let gathers = app.state.database.reader().get_database_backend() == DbBackend::Postgres;
            assert_eq!(sort_in(&app.state.database).await.unwrap() > 0, gathers);
            assert_eq!(sort_in(&app.state.database).await.unwrap(), 0);
        }
        let query = query(&dice, &held);
        let asked = pairs(&query);
        let single = (query.chars().count() == 1).then(|| query.chars().next().unwrap());
        let question = Question::read(&query, &TopicWords::default()).unwrap();
        let index = (&app.state.database, &*app.state.search_names);
        let finding = find(index, &question, Some(DocKind::Article), now).await.unwrap();
        let found = finding.found.iter().map(|found| match found.thing {
            Thing::Article(id) => id,
            ref other => panic!("{other:?} is no article"),
        });
        let found: BTreeSet<i32> = found.collect();
        let found: BTreeSet<i32> = found.into_iter().filter(|id| article_ids.contains(id)).collect();
        let expected = |holds: &dyn Fn(&str) -> bool| -> BTreeSet<i32> {
            article_ids.iter().zip(&held).filter(|(_, text)| holds(text)).map(|(id, _)| *id).collect()
        };
        let substring = expected(&|text| text.contains(&query));
        let exact = expected(&|text| match single {
            Some(one) => text.contains(one),
            None => asked.is_subset(&pairs(text)),
        });
        if finding.similar {
            assert!(substring.is_empty(), "{query} stands in {substring:?} and was only found alike");
        } else {
            assert_eq!(found, exact, "{query}");
            assert!(substring.is_subset(&found), "{query} is missed in {substring:?}");
            with_results += usize::from(!found.is_empty());
        }
    }
    assert!(with_results > QUERIES / 4, "the queries test little: {with_results}");
}

fn corpus(dice: &Dice) -> Vec<(String, String)> {
    (0..ARTICLES)
        .map(|_| (format!("第{}", dice.text(6 + dice.below(12))).replace('\n', "，"), paragraphs(dice)))
        .collect()
}

fn paragraphs(dice: &Dice) -> String {
    (0..3).map(|_| dice.text(40).replace('\n', "。")).collect::<Vec<_>>().join("\n\n")
}

/// A stretch of one of the texts, or something that perhaps stands nowhere.
fn query(dice: &Dice, texts: &[String]) -> String {
    let length = 1 + dice.below(6);
    if dice.below(3) == 0 {
        return dice.text(length).chars().filter(|c| WORDS.contains(*c)).collect();
    }
    let text = &texts[dice.below(texts.len())];
    let long: Vec<Vec<char>> = runs(text).into_iter().filter(|run| run.len() >= length).collect();
    match long.get(dice.below(long.len().max(1))) {
        Some(run) => run[dice.below(run.len() - length + 1)..][..length].iter().collect(),
        None => "血压".to_owned(),
    }
}
