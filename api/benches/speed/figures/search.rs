//! Searches among ten thousand articles, beside a scan for the same words, and publishing one more.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use chrono::TimeDelta;
use geodata::synthetic::Draw;
use kangtu::database::{Database, Engine};
use kangtu::knowledge::articles::write::{self, Term};
use kangtu::knowledge::revision::{self, Changed};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::Value;

use crate::articles::{Author, COUNT};
use crate::client::{Connection, Request};
use crate::load::quantile;
use crate::server::Server;
use crate::table::{Figure, seconds};

/// What people look for: frequent and rare words, what nobody wrote, sentences, and what a scan cannot find.
const WORDS: [&str; 12] = [
    "血压",
    "高血压",
    "血糖",
    "食盐",
    "运动",
    "睡眠",
    "疫苗",
    "血压高怎么办",
    "孩子近视",
    "老人跌倒",
    "一氧化碳",
    "海底隧道",
];
const SPELLED: [&str; 6] = ["gaoxueya", "gxy", "tangniaobing", "高雪压", "盐", "jianzhong"];
/// Phrases of the articles that are looked for besides, each once: no answer can be kept for them.
const PHRASES: usize = 480;
/// Characters of such a phrase.
const SHORTEST_PHRASE: u32 = 2;
const LONGEST_PHRASE: u32 = 5;
/// How often one that was made before is made again.
const ROUNDS: usize = 40;
/// For how many of the phrases the table is scanned.
const SCANNED: usize = 48;
/// Articles that are published one by one.
const PUBLISHED: usize = 50;

/// Measures searches through the server, then scans of the same table.
pub(crate) async fn measure(server: &Server, engine: Engine) -> anyhow::Result<Vec<Figure>> {
    let phrases = phrases(&Author::of(&server.state.knowledge.at(server.state.clock.now()).state)?);
    let mut connection = Connection::open(server.address).await?;
    // A server that just started has statements to prepare and pages to read.
    for typed in phrases.iter().take(ROUNDS) {
        search(&mut connection, server, &format!("{typed}{typed}")).await?;
    }
    let (mut first, mut of_words) = (Vec::new(), Vec::new());
    let mut slowest = (Duration::ZERO, "");
    for typed in WORDS.iter().chain(&SPELLED).copied().chain(phrases.iter().map(String::as_str)) {
        let (took, found) = search(&mut connection, server, typed).await?;
        ensure!(found > 0 || typed == "海底隧道", "nothing was found for {typed}");
        if took > slowest.0 {
            slowest = (took, typed);
        }
        if !SPELLED.contains(&typed) {
            of_words.push(took);
        }
        first.push(took);
    }
    let mut again = Vec::new();
    for typed in WORDS.iter().chain(&SPELLED).cycle().take(ROUNDS * (WORDS.len() + SPELLED.len())) {
        again.push(search(&mut connection, server, typed).await?.0);
    }
    let scanned: Vec<&str> =
        WORDS.iter().copied().chain(phrases.iter().take(SCANNED).map(String::as_str)).collect();
    let scans = scans(&server.state.database, &scanned).await?;
    let (search_s, scan_s) = (mean_s(&of_words), mean_s(&scans));
    let quantile_s = |part, took: &[Duration]| quantile(part, took.to_vec()).as_secs_f64();
    Ok(vec![
        Figure::within(
            format!("search that nobody made before, among {COUNT} articles, p95, {engine:?}"),
            quantile_s(0.95, &first),
            0.005,
            format!(
                "p50 {}; slowest is {} with {}; made again, p95 {}",
                seconds(quantile_s(0.5, &first)),
                slowest.1,
                seconds(slowest.0.as_secs_f64()),
                seconds(quantile_s(0.95, &again))
            ),
        ),
        Figure::times(
            format!("a scan with LIKE against such a search, {engine:?}"),
            scan_s / search_s,
            20.0,
            format!(
                "on average {} for {} and {} for {} phrases",
                seconds(scan_s),
                scanned.len(),
                seconds(search_s),
                of_words.len()
            ),
        ),
    ])
}

/// Stretches of the sentences that the articles are made of, each another, in an order that has nothing to do
/// with where they stand; the same ones in every run.
fn phrases(author: &Author) -> Vec<String> {
    let sentences: Vec<Vec<char>> = author.sentences().map(|sentence| sentence.chars().collect()).collect();
    let mut draw = Draw::new(7);
    let mut below = |most: usize| draw.below(u32::try_from(most).unwrap_or(u32::MAX)) as usize;
    let mut phrases = Vec::new();
    let mut known: HashSet<String> = WORDS.into_iter().map(str::to_owned).collect();
    for _ in 0..PHRASES * 100 {
        let length = (SHORTEST_PHRASE as usize) + below((LONGEST_PHRASE - SHORTEST_PHRASE + 1) as usize);
        let Some(sentence) = sentences.get(below(sentences.len())) else { break };
        let Some(stretch) = sentence.get(below(sentence.len())..).and_then(|rest| rest.get(..length)) else {
            continue;
        };
        let phrase: String = stretch.iter().collect();
        let is_han = stretch.iter().all(|character| ('\u{4e00}'..='\u{9fa5}').contains(character));
        if is_han && known.insert(phrase.clone()) {
            phrases.push(phrase);
        }
        if phrases.len() == PHRASES {
            break;
        }
    }
    phrases
}

/// How long a search took and how many results its first page has.
async fn search(
    connection: &mut Connection,
    server: &Server,
    typed: &str,
) -> anyhow::Result<(Duration, usize)> {
    let request = Request::get(server.address, &format!("/api/v1/search?q={}", encoded(typed)));
    let began = Instant::now();
    let answer = connection.fetch(&request).await?;
    let took = began.elapsed();
    let found: Value = serde_json::from_slice(&answer.body)?;
    Ok((took, found["items"].as_array().context("a search answers without items")?.len()))
}

/// What a search would be without an index: every article whose title or text holds the words.
async fn scans(database: &Database, phrases: &[&str]) -> anyhow::Result<Vec<Duration>> {
    let backend = database.reader().get_database_backend();
    let place = if backend == DbBackend::Postgres { "$1" } else { "?1" };
    let sql = format!(
        "SELECT article_id FROM article_revision \
         WHERE title LIKE {place} OR elder_summary LIKE {place} OR body_html LIKE {place} ORDER BY id DESC"
    );
    let mut took = Vec::new();
    for phrase in phrases {
        let asked = Statement::from_sql_and_values(backend, &sql, [format!("%{phrase}%").into()]);
        let began = Instant::now();
        drop(database.reader().query_all_raw(asked).await?);
        took.push(began.elapsed());
    }
    Ok(took)
}

/// Publishes articles one by one, as the product does.
pub(crate) async fn publishing(server: &Server, engine: Engine) -> anyhow::Result<Figure> {
    let state = &server.state;
    let mut author = Author::of(&state.knowledge.at(state.clock.now()).state)?;
    let mut connection = Connection::open(server.address).await?;
    let (mut indexed, mut committed, mut visible) = (Vec::new(), Vec::new(), Vec::new());
    for n in COUNT..COUNT + PUBLISHED {
        let draft = author.write(n);
        let slug = draft.slug.clone();
        let now = state.clock.now();
        let began = Instant::now();
        let written = state.database.write(move |transaction| {
            let draft = draft.clone();
            Box::pin(async move {
                let term = Term { published_at: now - TimeDelta::seconds(1), expire_at: None };
                let added = write::add(transaction, &draft, term, now).await?;
                let began = Instant::now();
                write::reindex(transaction, &[added.article_id], now).await?;
                let indexed = began.elapsed();
                revision::raise(transaction, Changed::Article(added.article_id), now).await?;
                Ok(indexed)
            })
        });
        indexed.push(written.await?);
        committed.push(began.elapsed());
        let began = Instant::now();
        state.knowledge.refresh(&state.database, now).await?;
        visible.push(began.elapsed());
        let path = format!("/api/v1/articles/{slug}");
        connection.send(&Request::get(server.address, &path)).await?;
    }
    let p95 = |times: Vec<Duration>| quantile(0.95, times).as_secs_f64();
    Ok(Figure::within(
        format!("index step of publishing one article, p95, {engine:?}"),
        p95(indexed),
        0.01,
        format!(
            "whole transaction p95 {}, until readers see it p95 {}",
            seconds(p95(committed)),
            seconds(p95(visible))
        ),
    ))
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn mean_s(times: &[Duration]) -> f64 {
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX).max(1);
    (times.iter().sum::<Duration>() / count).as_secs_f64()
}
