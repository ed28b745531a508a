//! What the server logs, and how.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Logs to standard error: readable lines on a terminal, one JSON object a line elsewhere.
///
/// # Errors
/// When the filter cannot be read or a logger is already set.
pub fn start(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|error| anyhow::anyhow!("KANGTU_LOG: {error}"))?;
    let logger = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let started = if std::io::stderr().is_terminal() {
        logger.compact().try_init()
    } else {
        logger.json().flatten_event(true).try_init()
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))
}
