//! `kangtu tiles`: the map as one file of vector tiles.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use arc_swap::Guard;
use clap::{Args, Subcommand};
use geodata::tiles::{ArchiveSummary, MAX_ZOOM, SINGLE_PLACES_ZOOM, write_pmtiles};

use super::office::Office;
use super::{Said, say};
use crate::map::published::MapState;
use crate::map::tiles::archive_metadata;

/// The map as vector tiles
#[derive(Debug, Subcommand)]
pub(super) enum Tiles {
    Write(Write),
}

/// Write all tiles of the published map into one `PMTiles` file for a content delivery network
#[derive(Debug, Args)]
pub(super) struct Write {
    /// The file to write, such as map.pmtiles; one that is there is replaced when all is written
    file: PathBuf,
    /// Last zoom; viewers enlarge its tiles beyond. From 16 on every place stands alone
    #[arg(long, value_name = "N", default_value_t = SINGLE_PLACES_ZOOM, value_parser = clap::value_parser!(u8).range(0..=i64::from(MAX_ZOOM)))]
    max_zoom: u8,
}

impl Tiles {
    pub(super) async fn work(self, office: &Office) -> anyhow::Result<Said> {
        let Self::Write(Write { file, max_zoom }) = self;
        let map = match &office.server {
            Some(state) => Guard::into_inner(state.map.current()),
            None => Arc::new(MapState::load(&office.database).await?),
        };
        let path = office.file(&file);
        let at_terminal = office.server.is_none();
        let writing = tokio::task::spawn_blocking(move || write(&map, &path, max_zoom, at_terminal));
        let summary = writing.await.context("writing the tiles was interrupted")??;
        Ok(Said::done(told(&file, &summary)))
    }
}

/// Writes beside the file first, so that nobody ever finds half an archive.
fn write(map: &MapState, path: &Path, max_zoom: u8, at_terminal: bool) -> anyhow::Result<ArchiveSummary> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".part");
    let unfinished = PathBuf::from(unfinished);
    let written = write_to(map, &unfinished, max_zoom, at_terminal)
        .and_then(|summary| fs::rename(&unfinished, path).map(|()| summary));
    if written.is_err() {
        // The error that is told is why it could not be written, not that nothing was there to remove.
        drop(fs::remove_file(&unfinished));
    }
    written.with_context(|| format!("瓦片写不到 {}，请检查文件夹、权限和剩余空间", path.display()))
}

fn write_to(map: &MapState, path: &Path, max_zoom: u8, at_terminal: bool) -> std::io::Result<ArchiveSummary> {
    let layers: Vec<_> = map.snapshot.layers().collect();
    let metadata = archive_metadata(map, max_zoom)?;
    let file = File::create(path)?;
    let mut out = BufWriter::new(file);
    let summary = write_pmtiles(&layers, max_zoom, &metadata, &mut out, |zoom, tiles| {
        if at_terminal {
            // A terminal that went away does not end the work.
            drop(say(&format!("第 {zoom} 级完成，共 {tiles} 块瓦片")));
        } else {
            tracing::info!(zoom, tiles, "writing tiles");
        }
    })?;
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    Ok(summary)
}

fn told(file: &Path, summary: &ArchiveSummary) -> String {
    let ArchiveSummary { tiles, contents, bytes } = *summary;
    let kilobytes = bytes.div_ceil(1000);
    format!("已写入 {}：{tiles} 块瓦片，其中 {contents} 块各不相同，共 {kilobytes} KB。", file.display())
}
