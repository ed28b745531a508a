//! The list of a health officer.

use std::time::{Duration, Instant};

use kangtu::database::Engine;

use crate::client::{Connection, Request};
use crate::community;
use crate::load::quantile;
use crate::server::Server;
use crate::table::{Figure, seconds};

/// Residents of a community who share their record.
const RESIDENTS: u32 = 5_000;
/// How often the list is asked for.
const ROUNDS: usize = 20;

/// Asks for the list of a community of 5,000, of whom a hundred are to be called.
pub(crate) async fn list(server: &Server, engine: Engine) -> anyhow::Result<Figure> {
    community::settle(server, RESIDENTS).await?;
    let token = community::officer(&server.state).await?;
    let mut connection = Connection::open(server.address).await?;
    let request = Request::get_as(server.address, "/api/v1/follow-ups", &token);
    let began = Instant::now();
    connection.send(&request).await?;
    let first = began.elapsed();
    let mut times: Vec<Duration> = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        connection.send(&request).await?;
        times.push(began.elapsed());
    }
    let p50 = quantile(0.5, times.clone()).as_secs_f64();
    Ok(Figure::within(
        format!("today's list of a community of {RESIDENTS}, p95, {engine:?}"),
        quantile(0.95, times).as_secs_f64(),
        0.300,
        format!("p50 {}, the first, which opens every key, {}", seconds(p50), seconds(first.as_secs_f64())),
    ))
}
