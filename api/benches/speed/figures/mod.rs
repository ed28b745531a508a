//! The figures that have a target.

pub(crate) mod activities;
pub(crate) mod edits;
pub(crate) mod filters;
pub(crate) mod follow_ups;
pub(crate) mod formats;
pub(crate) mod growth;
pub(crate) mod prepared_sql;
pub(crate) mod process;
pub(crate) mod reading;
pub(crate) mod records;
pub(crate) mod search;
pub(crate) mod signing_up;
pub(crate) mod slow_disk;
mod statement_log;
pub(crate) mod throughput;
pub(crate) mod tiles;
pub(crate) mod video;
pub(crate) mod walking;

use crate::client::{Answer, Connection, Request};
use crate::server::Server;

/// The answers at these paths.
async fn answers(server: &Server, paths: &[String]) -> anyhow::Result<Vec<Answer>> {
    let mut connection = Connection::open(server.address).await?;
    let mut answers = Vec::with_capacity(paths.len());
    for request in requests(server, paths) {
        answers.push(connection.fetch(&request).await?);
    }
    Ok(answers)
}

fn requests(server: &Server, paths: &[String]) -> Vec<Request> {
    paths.iter().map(|path| Request::get(server.address, path)).collect()
}

fn mean_kb(answers: &[Answer]) -> f64 {
    let bytes: usize = answers.iter().map(|answer| answer.body.len()).sum();
    mean(bytes, answers.len()) / 1e3
}

#[expect(clippy::cast_precision_loss, reason = "a mean to show")]
fn mean(sum: usize, count: usize) -> f64 {
    sum as f64 / count as f64
}
