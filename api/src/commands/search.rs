//! `kangtu search`: the index of the search.

use anyhow::bail;
use clap::Subcommand;

use super::office::Office;
use super::{on_runtime, say};
use crate::clock::Clock;
use crate::config::Settings;
use crate::database::Database;
use crate::search::rebuild::{check, rebuild};

/// Make the search index anew, or check it
#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum Search {
    /// Fill the search index anew from the content, also while the server runs
    Rebuild,
    /// Compare the search index with the content, also while the server runs
    Check,
}

/// `kangtu search rebuild`.
pub(super) async fn rebuild_index(office: &Office) -> anyhow::Result<String> {
    let count = rebuild(&office.database, Clock::system().now()).await?;
    Ok(format!("搜索索引已重建，共 {count} 条。"))
}

/// `kangtu search check`.
pub(super) fn run_check(settings: &Settings) -> anyhow::Result<()> {
    on_runtime(async {
        let database = Database::look(settings).await?;
        let done = check(&database, Clock::system().now()).await;
        database.close().await;
        let done = done?;
        if done.fault_count > 0 {
            bail!(
                "搜索索引有 {} 处与内容不符：{}。请运行 kangtu search rebuild。",
                done.fault_count,
                done.faults.join("；")
            );
        }
        say(&format!("搜索索引与内容一致，共 {} 条。", done.expected))
    })
}
