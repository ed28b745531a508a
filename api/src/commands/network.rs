//! `kangtu network`: the streets that walks are computed on.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;

use super::office::Office;
use crate::map::walking::load;

/// Load the streets that walks are computed on
#[derive(Debug, Subcommand)]
pub(super) enum Network {
    /// Take the walkable streets and paths of a region from OpenStreetMap; they replace those loaded before
    Load {
        /// The file: .osm.pbf, for example of a province from a download server
        file: PathBuf,
        /// Region whose streets these are: statistical code, such as 440307009. Where its boundary is known,
        /// streets farther than 2 km beyond it are left out
        #[arg(long, value_name = "CODE")]
        region: String,
    },
}

impl Network {
    pub(super) async fn work(self, office: &Office) -> anyhow::Result<String> {
        let Self::Load { file, region } = self;
        let opened = File::open(office.file(&file))
            .with_context(|| format!("读不到文件 {}，请检查文件名和权限", file.display()))?;
        let source = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let now = office.clock.now();
        let loaded = load::load(&office.database, now, &region, &source, BufReader::new(opened))
            .await
            .with_context(|| format!("{} 没有载入，原来的路网不变", file.display()))?;
        office.publish_walking().await?;
        let notes = loaded.notes;
        let cut = if loaded.is_cut { "，已裁剪到区划边界外 2 公里" } else { "" };
        Ok(format!(
            "已载入{}的步行路网：{} 个点、{} 段路（{} KB{cut}）。可步行道路 {} 条，不可步行 {} 条，走不通的门或墙 {} 处，文件缺少的点 {} 个；最大连通部分含 {:.1}% 的点。",
            loaded.region_name,
            loaded.nodes,
            loaded.edges,
            loaded.bytes.div_ceil(1024),
            notes.walkable_ways,
            notes.other_ways,
            notes.blocked_nodes,
            notes.missing_nodes,
            100.0 * f64::from(loaded.largest_part) / as_f64(loaded.nodes),
        ))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a network has at most some million positions")]
fn as_f64(count: usize) -> f64 {
    count.max(1) as f64
}
