//! Searches among ten thousand articles, beside a scan for the same words, and publishing one more.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use chrono::TimeDelta;
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
/// How often each is asked for.
const ROUNDS: usize = 40;
/// Results on the shortest page.
const SHORTEST_PAGE: usize = 10;
/// How often the table is scanned for each.
const SCANS: usize = 3;
/// Articles that are published one by one.
const PUBLISHED: usize = 50;

/// Measures searches through the server, then scans of the same table.
pub(crate) async fn measure(server: &Server, engine: Engine) -> anyhow::Result<Vec<Figure>> {
    let mut connection = Connection::open(server.address).await?;
    let (mut first, mut again, mut of_words) = (Vec::new(), Vec::new(), Vec::new());
    let mut slowest = (Duration::ZERO, "");
    for typed in WORDS.into_iter().chain(SPELLED) {
        let address = format!("/api/v1/search?q={}", encoded(typed));
        let answer = connection.fetch(&Request::get(server.address, &address)).await?;
        let found: Value = serde_json::from_slice(&answer.body)?;
        let items = found["items"].as_array().context("a search answers without items")?;
        ensure!(!items.is_empty() || typed == "海底隧道", "nothing was found for {typed}");
        // Each length of a page is a question that nobody asked before.
        let took =
            timed(&mut connection, server, |round| format!("{address}&limit={}", SHORTEST_PAGE + round));
        let took = took.await?;
        again.extend(timed(&mut connection, server, |_| address.clone()).await?);
        let p95 = quantile(0.95, took.clone());
        if p95 > slowest.0 {
            slowest = (p95, typed);
        }
        if WORDS.contains(&typed) {
            of_words.extend(took.iter().copied());
        }
        first.extend(took);
    }
    let scans = scans(&server.state.database).await?;
    let (search_s, scan_s) = (mean_s(&of_words), mean_s(&scans));
    let quantile_s = |part, took: &[Duration]| quantile(part, took.to_vec()).as_secs_f64();
    Ok(vec![
        Figure::within(
            format!("search that nobody made before, among {COUNT} articles, p95, {engine:?}"),
            quantile_s(0.95, &first),
            0.005,
            format!(
                "p50 {}; slowest is {} with p95 {}; made again, p95 {}",
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
            format!("on average {} and {} for {} words", seconds(scan_s), seconds(search_s), WORDS.len()),
        ),
    ])
}

async fn timed(
    connection: &mut Connection,
    server: &Server,
    address: impl Fn(usize) -> String,
) -> anyhow::Result<Vec<Duration>> {
    let mut took = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        let request = Request::get(server.address, &address(round));
        let began = Instant::now();
        connection.send(&request).await?;
        took.push(began.elapsed());
    }
    Ok(took)
}

/// What a search would be without an index: every article whose title or text holds the words.
async fn scans(database: &Database) -> anyhow::Result<Vec<Duration>> {
    let backend = database.reader().get_database_backend();
    let place = if backend == DbBackend::Postgres { "$1" } else { "?1" };
    let sql = format!(
        "SELECT article_id FROM article_revision \
         WHERE title LIKE {place} OR elder_summary LIKE {place} OR body_html LIKE {place} ORDER BY id DESC"
    );
    let mut took = Vec::new();
    for word in WORDS {
        for _ in 0..SCANS {
            let asked = Statement::from_sql_and_values(backend, &sql, [format!("%{word}%").into()]);
            let began = Instant::now();
            drop(database.reader().query_all_raw(asked).await?);
            took.push(began.elapsed());
        }
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
