//! Follows what other replicas publish, and the seats that are taken there.

use std::time::Duration;

use crate::database::Engine;
use crate::state::AppState;

/// How often the seats that changed are read. What a list shows may be this old; signing up never is.
const SEATS_EVERY: Duration = Duration::from_secs(1);

/// Looks for new revisions and changed seats for as long as the server runs. On SQLite there is nobody else to
/// follow, and the seats are noted by who takes them.
pub async fn follow_other_replicas(state: AppState) {
    if state.database.engine() == Engine::Sqlite {
        return;
    }
    let mut ticks = tokio::time::interval(Duration::from_millis(state.settings.map_poll_ms.max(10)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut seats_read = tokio::time::Instant::now();
    loop {
        ticks.tick().await;
        let mut outcome = state.activities.refresh(&state.database).await;
        if outcome.is_ok() && seats_read.elapsed() >= SEATS_EVERY {
            seats_read = tokio::time::Instant::now();
            outcome = state.activities.refresh_seats(&state.database).await;
        }
        if let Err(error) = outcome {
            tracing::warn!(
                error = error.log_text().unwrap_or_default(),
                "the activities could not be refreshed"
            );
        }
    }
}
