//! The job that sends what is due.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::claim::{self, Claim, Step};
use super::outcome::{self, Then};
use super::settle;
use crate::error::ApiResult;
use crate::state::AppState;
use crate::wechat::client::{MiniProgramState, SubscribeMessage};

/// Calls under way at a time on one replica: WeChat takes about a tenth of a second for each.
const IN_FLIGHT: usize = 4;

/// What the senders of one run share.
struct Run {
    state: AppState,
    due: DateTime<Utc>,
    calls: AtomicU64,
    paused: AtomicBool,
}

/// Sends every message that is due at `now`, as long as WeChat takes them. Returns how many calls were
/// made. Any number of replicas may run it at once.
///
/// # Errors
/// When the database fails; nothing is sent twice for it.
pub async fn run(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<u64> {
    settle::tidy(state, now).await?;
    let run = Arc::new(Run {
        state: state.clone(),
        due: now,
        calls: AtomicU64::new(0),
        paused: AtomicBool::new(false),
    });
    let mut senders = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let run = Arc::clone(&run);
        senders.spawn(async move { send_until_done(&run).await });
    }
    while let Some(ended) = senders.join_next().await {
        ended??;
    }
    Ok(run.calls.load(Ordering::Relaxed))
}

async fn send_until_done(run: &Run) -> ApiResult<()> {
    let sender = run.state.random.stamp();
    loop {
        if run.paused.load(Ordering::Relaxed) || !send_next(run, sender).await? {
            return Ok(());
        }
    }
}

/// Deals with one message; false when none is due.
async fn send_next(run: &Run, sender: Uuid) -> ApiResult<bool> {
    match claim::next(&run.state, sender, run.due).await? {
        Step::Nothing => return Ok(false),
        Step::Ended => {}
        Step::Send(claim) => {
            run.calls.fetch_add(1, Ordering::Relaxed);
            if matches!(send(&run.state, &claim).await?, Then::Pause | Then::PauseUntil(_)) {
                run.paused.store(true, Ordering::Relaxed);
            }
        }
    }
    Ok(true)
}

async fn send(state: &AppState, claim: &Claim) -> ApiResult<Then> {
    let message = SubscribeMessage {
        openid: &claim.openid,
        template_id: &claim.template_id,
        page: claim.page.as_deref(),
        values: &claim.values,
        state: MiniProgramState::Formal,
    };
    let answer = state.wechat.client.send_subscribe_message(&message).await;
    let (verdict, then) = outcome::judge(answer, claim.attempts, state.clock.now());
    tracing::debug!(outbox_id = %claim.id, verdict = verdict.word(), "a subscribe message was tried");
    settle::settle(state, claim, verdict, then).await?;
    Ok(then)
}
