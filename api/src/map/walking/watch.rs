//! Follows what other replicas do to the walking networks.

use std::time::Duration;

use crate::database::Engine;
use crate::state::AppState;

/// Looks for new revisions for as long as the server runs. On SQLite there is nobody else to follow: one
/// process holds the file.
pub async fn follow_other_replicas(state: AppState) {
    if state.database.engine() == Engine::Sqlite {
        return;
    }
    let mut ticks = tokio::time::interval(Duration::from_millis(state.settings.map_poll_ms.max(10)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = state.walking.refresh(&state.database, state.clock.now()).await {
            tracing::warn!(
                error = error.log_text().unwrap_or_default(),
                "the walking networks could not be read"
            );
        }
    }
}
