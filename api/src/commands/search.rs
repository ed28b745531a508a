//! `kangtu search`: the index of the search.

use anyhow::bail;
use clap::Subcommand;

use super::{on_runtime, say};
use crate::clock::Clock;
use crate::config::Settings;
use crate::database::Database;
use crate::search::rebuild::{check, rebuild};

/// Make the search index anew, or check it
#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum Search {
    /// Fill the search index anew from the content; on SQLite the server must not run
    Rebuild,
    /// Compare the search index with the content, also while the server runs
    Check,
}

impl Search {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        match self {
            Self::Rebuild => on_runtime(async {
                let database = Database::open(settings).await?;
                let done = rebuild(&database, Clock::system().now()).await;
                database.close().await;
                say(&format!("搜索索引已重建，共 {} 条。", done?))
            }),
            Self::Check => on_runtime(async {
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
            }),
        }
    }
}
