//! One person's record among those of many: the summary, the trend of a year, and what comes in.

use std::time::{Duration, Instant};

use anyhow::ensure;
use kangtu::database::Engine;

use crate::client::{Connection, Request};
use crate::load::quantile;
use crate::records::{self, Asker, BATCH};
use crate::server::Server;
use crate::table::{Figure, seconds};

/// How often each person asks.
const ROUNDS: usize = 5;
/// Readings that come one by one.
const SINGLE: u32 = 300;
/// Batches.
const BATCHES: u32 = 10;

/// How long answers took.
#[derive(Debug)]
pub(crate) struct Times {
    summary: Vec<Duration>,
    trend: Vec<Duration>,
}

/// Has everybody ask for the summary and the trend of a year, in turns, so that no two requests in a row are
/// for the same person.
pub(crate) async fn ask(server: &Server) -> anyhow::Result<Times> {
    let askers = records::askers(server).await?;
    let mut connection = Connection::open(server.address).await?;
    let mut times = Times { summary: Vec::new(), trend: Vec::new() };
    for round in 0..=ROUNDS {
        for asker in &askers {
            let summary = timed(&mut connection, &request(server, asker, "summary")).await?;
            let year = year_of_pressures(server);
            let trend = timed(&mut connection, &request(server, asker, &year)).await?;
            // The first round opens everybody's key.
            if round > 0 {
                times.summary.push(summary);
                times.trend.push(trend);
            }
        }
    }
    Ok(times)
}

fn year_of_pressures(server: &Server) -> String {
    let today = server.state.clock.now().date_naive();
    let from = today - chrono::TimeDelta::days(366);
    format!("trends?metric=blood_pressure&from={from}&to={}", today + chrono::TimeDelta::days(1))
}

fn request(server: &Server, asker: &Asker, what: &str) -> Request {
    let path = format!("/api/v1/people/{}/{what}", asker.person_id);
    Request::get_as(server.address, &path, &asker.token)
}

async fn timed(connection: &mut Connection, request: &Request) -> anyhow::Result<Duration> {
    let began = Instant::now();
    connection.send(request).await?;
    Ok(began.elapsed())
}

/// The figures of a large archive, beside those of a small one.
pub(crate) fn compared(engine: Engine, readings: &str, small: &Times, large: &Times) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (what, most_s, small, large) in [
        ("summary", 0.010, &small.summary, &large.summary),
        ("trend of a year", 0.020, &small.trend, &large.trend),
    ] {
        let p50 = |times: &Vec<Duration>| quantile(0.5, times.clone()).as_secs_f64();
        let p95 = |times: &Vec<Duration>| quantile(0.95, times.clone()).as_secs_f64();
        figures.push(Figure::within(
            format!("{what} of one person, {readings} readings, p95, {engine:?}"),
            p95(large),
            most_s,
            format!("p50 {}", seconds(p50(large))),
        ));
        figures.push(Figure::at_most(
            format!("{what} of one person, {readings} readings against 100,000, {engine:?}"),
            p50(large) / p50(small),
            1.5,
            format!(
                "p50 {} against {}, p95 {} against {}",
                seconds(p50(large)),
                seconds(p50(small)),
                seconds(p95(large)),
                seconds(p95(small))
            ),
        ));
    }
    figures
}

/// Readings in batches, beside readings in a transaction each.
pub(crate) async fn ingest(server: &Server) -> anyhow::Result<Figure> {
    let askers = records::askers(server).await?;
    ensure!(!askers.is_empty(), "nobody measures");
    let began = Instant::now();
    for n in 0..SINGLE {
        let asker = &askers[n as usize % askers.len()];
        let reading = records::reading(n, server.state.clock.now());
        records::take_in(&server.state, asker, vec![reading]).await?;
    }
    let singly = f64::from(SINGLE) / began.elapsed().as_secs_f64();
    let began = Instant::now();
    for n in 0..BATCHES {
        let asker = &askers[n as usize % askers.len()];
        let now = server.state.clock.now();
        let batch = (0..BATCH).zip(0_u32..).map(|(_, n)| records::reading(n, now)).collect();
        records::take_in(&server.state, asker, batch).await?;
    }
    let batch = u32::try_from(BATCH)?;
    let together = f64::from(BATCHES * batch) / began.elapsed().as_secs_f64();
    Ok(Figure::times(
        format!("ingest in batches of {BATCH} against one transaction per reading, Sqlite FULL"),
        together / singly,
        10.0,
        format!("{together:.0} against {singly:.0} readings a second"),
    ))
}
