//! Sign-ups on a disk that is slow to keep what it was given.
//!
//! What sharing a commit saves is the waiting for the disk, and a virtual machine's disk often answers from a cache.
//! So a burst also runs in a process of its own in which every fsync takes as long as on a spinning disk: about 10 ms
//! (etcd, "Performance": the typical fdatasync latency of a spinning disk).

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use super::signing_up::{CLIENTS, Commits};
use crate::table::Figure;

/// What an fsync takes longer than on this disk.
const FSYNC_EXTRA_MS: u32 = 10;
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/speed/slow_fsync.c");

/// Measures both ways of committing; nothing where there is no C compiler, or no loader that takes its work.
pub(crate) fn measure() -> anyhow::Result<Option<Figure>> {
    let folder = tempfile::tempdir()?;
    let Some(slow_fsync) = compiled(folder.path()) else {
        crate::say_skipped("sign-ups on a slow disk: cc cannot compile slow_fsync.c here");
        return Ok(None);
    };
    let (shared, alone) = (burst(Commits::Shared, &slow_fsync)?, burst(Commits::OneEach, &slow_fsync)?);
    Ok(Some(Figure::times(
        format!("the same, where an fsync takes {FSYNC_EXTRA_MS} ms longer, as on a spinning disk"),
        shared / alone,
        10.0,
        format!("{shared:.0}/s and {alone:.0}/s, {CLIENTS} clients"),
    )))
}

fn compiled(folder: &Path) -> Option<PathBuf> {
    let library = folder.join("slow_fsync.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(SOURCE).arg("-ldl");
    let compiled = compiler.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    compiled.success().then_some(library)
}

/// Sign-ups per second.
fn burst(commits: Commits, slow_fsync: &Path) -> anyhow::Result<f64> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--burst", commits.word()])
        .env("LD_PRELOAD", slow_fsync)
        .env("FSYNC_EXTRA_US", (FSYNC_EXTRA_MS * 1_000).to_string())
        .stderr(Stdio::inherit())
        .output()
        .context("the burst on a slow disk cannot be started")?;
    ensure!(output.status.success(), "the burst on a slow disk ended with {}", output.status);
    let told = String::from_utf8(output.stdout)?;
    let last = told.lines().last().context("the burst on a slow disk told nothing")?;
    Ok(last.parse()?)
}
