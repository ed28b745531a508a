//! Sign-ups on a disk that is slow to keep what it was given.
//!
//! What sharing a commit saves is the waiting for the disk, and a virtual machine's disk often answers from a cache.
//! So a burst also runs in a process of its own in which `strace` lets every fsync take as long as on a spinning disk:
//! about 10 ms (etcd, "Performance": the typical fdatasync latency of a spinning disk).

use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use super::signing_up::{Commits, CLIENTS};
use crate::table::Figure;

/// What an fsync takes longer than on this disk.
const FSYNC_MS: u32 = 10;

/// Measures both ways of committing; nothing where there is no `strace`.
pub(crate) fn measure() -> anyhow::Result<Option<Figure>> {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        crate::say_skipped("sign-ups on a slow disk: strace is not installed");
        return Ok(None);
    }
    let (shared, alone) = (burst(Commits::Shared)?, burst(Commits::OneEach)?);
    Ok(Some(Figure::times(
        format!("the same, where an fsync takes {FSYNC_MS} ms longer, as on a spinning disk ({CLIENTS} clients)"),
        shared / alone,
        10.0,
        format!("{shared:.0}/s and {alone:.0}/s"),
    )))
}

/// Sign-ups per second.
fn burst(commits: Commits) -> anyhow::Result<f64> {
    let output = Command::new("strace")
        .args(["-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e"])
        .arg(format!("inject=fsync,fdatasync:delay_exit={}", FSYNC_MS * 1_000))
        .arg(std::env::current_exe()?)
        .args(["--burst", commits.word()])
        .stderr(Stdio::inherit())
        .output()
        .context("strace cannot be started")?;
    ensure!(output.status.success(), "the burst on a slow disk ended with {}", output.status);
    let told = String::from_utf8(output.stdout)?;
    let last = told.lines().last().context("the burst on a slow disk told nothing")?;
    Ok(last.parse()?)
}
