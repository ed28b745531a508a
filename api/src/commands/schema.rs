//! `kangtu migrate` and `kangtu seed`: the database before the server runs.

use super::{on_runtime, say};
use crate::clock::Clock;
use crate::config::Settings;
use crate::database::Database;
use crate::seed;

pub(super) fn migrate(settings: &Settings) -> anyhow::Result<()> {
    on_runtime(async {
        Database::open(settings).await?.close().await;
        say("数据库结构已是最新。")
    })
}

pub(super) fn seed(settings: &Settings) -> anyhow::Result<()> {
    on_runtime(async {
        let database = Database::open(settings).await?;
        let report = seed::if_empty(&database, &Clock::system()).await?;
        database.close().await;
        let done = if report.seeded {
            "已写入葵涌的地图和健康知识"
        } else {
            "数据库里已有内容，没有改动"
        };
        say(&format!(
            "{done}：{} 个区划、{} 个图层、地图上 {} 个地点（其中 {} 个是示例）、{} 个地点等待核对、{} 篇文章。",
            report.regions,
            report.layers,
            report.published,
            report.demo,
            report.needs_review,
            report.articles
        ))
    })
}
