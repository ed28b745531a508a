//! What the server does by itself, beside answering.
//!
//! Each job belongs to its feature and is listed here once. A job may run at any moment, on several
//! replicas at once, and again after a crash: it claims what it works on in the database.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::config::Switch;
use crate::privacy::{erasure, exports};
use crate::state::AppState;
use crate::{
    assessment, audit, follow_ups, huts, idempotency, identity, keys, knowledge, limits, me, media, messages,
    moderation, records, registrations, screens, search, vault, wechat,
};

/// A run of a job.
pub type Run = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// Something the server does regularly.
#[derive(Clone, Copy)]
pub struct Job {
    /// What the log calls it.
    pub name: &'static str,
    /// Whether every process needs it, even one that shall only answer.
    pub everywhere: bool,
    /// How long it rests between runs.
    pub every: Duration,
    /// One run at an instant.
    pub run: fn(AppState, DateTime<Utc>) -> Run,
}

macro_rules! job {
    (everywhere $name:literal, $($rest:tt)*) => { job!(@ true, $name, $($rest)*) };
    ($name:literal, $($rest:tt)*) => { job!(@ false, $name, $($rest)*) };
    (@ $everywhere:literal, $name:literal, every $every:expr, |$state:ident, $now:ident| $work:expr) => {
        Job {
            name: $name,
            everywhere: $everywhere,
            every: $every,
            run: |$state, $now| {
                Box::pin(async move {
                    $work.await?;
                    Ok(())
                })
            },
        }
    };
}

/// Every job.
#[rustfmt::skip]
pub const JOBS: &[Job] = &[
    job!(everywhere "assessment.follow", every Duration::from_mins(10), |state, _now| assessment::follow(&state)),
    job!("audit.keep_checkpoints", every Duration::from_mins(5), |state, now| audit::keep_checkpoints(&state, now)),
    job!(everywhere "audit.tell_refusals", every Duration::from_mins(1), |state, now| audit::tell_refusals(&state, now)),
    job!("audit.purge", every Duration::from_hours(6), |state, now| audit::purge(&state, now)),
    job!("follow_ups.count_month", every Duration::from_hours(1), |state, now| follow_ups::count_month(&state, now)),
    job!("huts.forget", every Duration::from_mins(10), |state, now| huts::forget(&state, now)),
    job!("idempotency.sweep", every Duration::from_mins(10), |state, now| idempotency::sweep(&state, now)),
    job!("identity.delete_stale", every Duration::from_hours(1), |state, now| identity::cleanup::delete_stale(&state, now)),
    job!(everywhere "keys.follow_file", every Duration::from_millis(500), |state, _now| keys::follow_file(&state)),
    job!("knowledge.forget_readers", every Duration::from_hours(1), |state, now| {
        knowledge::articles::readings::forget_readers(&state, now)
    }),
    job!("knowledge.purge_bin", every Duration::from_hours(1), |state, now| knowledge::publishing::purge(&state, now)),
    // What the public sees does not wait for it.
    job!("knowledge.tell_due", every Duration::from_secs(1), |state, now| knowledge::publishing::due::tell(&state, now)),
    job!(everywhere "limits.forget_idle", every Duration::from_secs(30), |state, _now| limits::forget_idle(&state)),
    job!("privacy.build_exports", every Duration::from_secs(5), |state, now| exports::build_due(&state, now)),
    job!("privacy.erase", every Duration::from_mins(10), |state, now| erasure::run_due(&state, now)),
    job!(everywhere "privacy.keep_erasures", every Duration::from_secs(30), |state, _now| erasure::journal::follow(&state)),
    job!("privacy.remove_unused_files", every Duration::from_mins(10), |state, now| exports::remove_unused_files(&state, now)),
    job!("me.index_anew", every Duration::from_mins(5), |state, now| me::reindex::run(&state, now)),
    job!("media.sweep", every Duration::from_mins(10), |state, now| media::sweep::run(&state, now)),
    job!("messages.compare_templates", every Duration::from_hours(24), |state, _now| messages::comparison::run(&state)),
    job!("messages.follow_events", every Duration::from_secs(3), |state, now| messages::events::run(&state, now)),
    job!("messages.forget", every Duration::from_hours(1), |state, now| messages::retention::run(&state, now)),
    job!("messages.send", every Duration::from_secs(5), |state, now| messages::sender::run(&state, now)),
    job!("moderation.follow_events", every Duration::from_secs(3), |state, now| moderation::events::run(&state, now)),
    job!("moderation.sweep", every Duration::from_mins(5), |state, now| moderation::sweep::run(&state, now)),
    job!("records.remind", every Duration::from_secs(20), |state, now| records::reminders::due::tell(&state, now)),
    job!("registrations.settle", every Duration::from_secs(20), |state, now| registrations::settle_due(&state, now)),
    job!("registrations.strike", every Duration::from_hours(1), |state, now| registrations::strikes::give_due(&state, now)),
    job!("registrations.audit", every Duration::from_hours(24), |state, _now| registrations::audit_all(&state)),
    job!("screens.forget", every Duration::from_hours(1), |state, now| screens::forget(&state, now)),
    job!("screens.tell_silence", every Duration::from_mins(1), |state, now| screens::tell_silence(&state, now)),
    job!("search.sort_in", every Duration::from_secs(2), |state, _now| search::index::sort_in(&state.database)),
    job!(everywhere "vault.forget_destroyed", every Duration::from_secs(30), |state, _now| state.vault.forget_destroyed(&state.database)),
    // Seldom, because each run goes as far as it can.
    job!("vault.rotation", every Duration::from_mins(5), |state, now| vault::rotation::run(&state, now)),
    job!("wechat.forget_finished", every Duration::from_hours(1), |state, now| {
        wechat::push::inbox::forget_finished(&state, now)
    }),
];

/// Runs the jobs of this process until it is dropped. One that fails is logged and runs again at its next
/// turn.
pub async fn run(state: AppState) {
    let here = JOBS.iter().filter(|job| job.everywhere || state.settings.jobs == Switch::On);
    let mut running: JoinSet<()> = here.map(|job| repeat(*job, state.clone())).collect();
    while running.join_next().await.is_some() {}
}

async fn repeat(job: Job, state: AppState) {
    let mut turns = tokio::time::interval(job.every);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        // Spawned, so that a run that panics ends alone.
        let outcome = tokio::spawn((job.run)(state.clone(), state.clock.now())).await;
        let failure = match outcome {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => format!("{error:#}"),
            Err(error) => error.to_string(),
        };
        tracing::error!(job = job.name, error = %failure, "a job failed; it is tried again at its next turn");
    }
}
