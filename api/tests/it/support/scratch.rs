//! Folders for what tests write.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use tempfile::TempDir;

/// The system's file system in memory.
const MEMORY: &str = "/dev/shm";
/// What all tests together may need of it.
const ROOM_BYTES: u64 = 3_000_000_000;

/// In memory where there is room: on a disk most of the time of a test would go into making and deleting
/// files, of which a database of PostgreSQL has a thousand, and into waiting for the disk.
static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = Path::new(MEMORY);
    if free_bytes(memory).is_some_and(|free| free >= ROOM_BYTES) {
        memory.to_owned()
    } else {
        tempfile::env::temp_dir()
    }
});

/// A folder of its own, which goes away with what is returned.
pub(crate) fn folder() -> TempDir {
    tempfile::Builder::new().prefix("kangtu-test-").tempdir_in(&*ROOT).unwrap()
}

fn free_bytes(folder: &Path) -> Option<u64> {
    let told = Command::new("df").args(["--output=avail", "-B1"]).arg(folder).output().ok()?;
    String::from_utf8_lossy(&told.stdout).lines().nth(1)?.trim().parse().ok()
}
