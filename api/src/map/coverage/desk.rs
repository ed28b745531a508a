//! Remembers answers: computing one takes a second of two processors, and the same is asked again and again.

use std::sync::Arc;

use actix_web::web::Bytes;
use anyhow::Context;
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use super::answer;
use super::dto::CoverageReport;
use super::gathering::{Audience, Gathered};
use super::question::Question;
use crate::error::{ApiError, ApiResult};
use crate::state::AppState;

/// Answers kept, some tens of kilobytes each.
const ANSWERS_KEPT: usize = 200;
/// Computations at a time.
const AT_A_TIME: usize = 1;
/// Computations that may wait; others are told to come again.
const MOST_WAITING: usize = 16;
/// When they may come again.
const RETRY_AFTER_S: u32 = 10;

/// Where coverage is asked for.
#[derive(Debug)]
pub struct CoverageDesk {
    answers: Cache<String, Bytes>,
    places: Semaphore,
    line: Semaphore,
}

impl Default for CoverageDesk {
    fn default() -> Self {
        Self {
            answers: Cache::new(ANSWERS_KEPT),
            places: Semaphore::new(AT_A_TIME),
            line: Semaphore::new(MOST_WAITING),
        }
    }
}

/// Answers a question as JSON.
///
/// # Errors
/// 503 where too many are waiting; when the database fails.
pub async fn answer(state: &AppState, question: Question) -> ApiResult<Bytes> {
    let key = key(state, &question).await?;
    if let Some(known) = state.coverage.answers.get(&key) {
        return Ok(known);
    }
    let Ok(_in_line) = state.coverage.line.try_acquire() else {
        return Err(ApiError::Unavailable {
            code: "busy",
            detail: "正在进行的估算较多，请稍后再试。".into(),
            retry_after_s: RETRY_AFTER_S,
        });
    };
    let _place = state.coverage.places.acquire().await.context("the desk is closed")?;
    // Whoever was before may have asked the same.
    if let Some(known) = state.coverage.answers.get(&key) {
        return Ok(known);
    }
    let (report, _) = compute(state, question).await?;
    let body = Bytes::from(serde_json::to_vec(&report).context("an answer cannot be written as JSON")?);
    state.coverage.answers.insert(key, body.clone());
    Ok(body)
}

/// Computes anew.
pub(super) async fn compute(
    state: &AppState,
    question: Question,
) -> ApiResult<(CoverageReport, Arc<Gathered>)> {
    let now = state.clock.now();
    let walking = state.walking.at(&state.database, now).await?;
    let map = state.map.current_whole();
    let regions = state.regions.current();
    let gathered = Gathered::now(&state.database, &map, &walking, &regions, question).await?;
    let gathered = Arc::new(gathered);
    let computed = Arc::clone(&gathered);
    let report = tokio::task::spawn_blocking(move || answer::report(&computed, Audience::Everybody))
        .await
        .context("a computation was interrupted")??;
    Ok((report, gathered))
}

/// Everything that the answer depends on, in short.
async fn key(state: &AppState, question: &Question) -> ApiResult<String> {
    let walking = state.walking.at(&state.database, state.clock.now()).await?;
    let regions = state.regions.current();
    let network = walking.of_region(regions.upward(&question.region));
    let network = network.map(|network| (network.checksum.as_str(), network.edits.as_slice()));
    let residents = super::residents::current_checksum(&state.database, &regions, &question.region).await?;
    let asked = serde_json::to_string(question).context("a question cannot be written as JSON")?;
    Ok(format!("{asked} {} {network:?} {residents:?}", state.map.current().snapshot.revision()))
}
