//! `kangtu backup` and `kangtu restore`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::{on_runtime, say};
use crate::backup::{self, Manifest};
use crate::clock::Clock;
use crate::config::Settings;
use crate::keys::KeyFile;

/// Copy the database and its files into a new folder, also while the server runs
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Folder that the backup is made in, under a name of its own
    #[arg(value_name = "FOLDER")]
    into: PathBuf,
}

/// Put a backup back where there is nothing yet, and erase again what was erased since
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup: a folder that `kangtu backup` made
    #[arg(value_name = "FOLDER")]
    backup: PathBuf,
    /// Only look whether the backup is whole and belongs to the key file
    #[arg(long)]
    check: bool,
    /// Restore although the file of erasures is lost: whoever was erased after the backup comes back
    #[arg(long)]
    erasures_lost: bool,
}

impl Backup {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let now = Clock::system().now();
        let made = on_runtime(backup::make(settings, &self.into, now, say))?;
        say(&format!(
            "备份已完成：{}（{}）。\n\
             请把它复制到另一台机器。密钥文件 {} 和注销记录 {} 不在备份里，请另外保存，并和备份分开放：\
             没有密钥文件，备份打不开；没有注销记录，已注销的人会随备份回来。",
            made.folder.display(),
            described(&made.manifest),
            settings.key_file().display(),
            settings.erasures().display()
        ))
    }
}

impl Restore {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        if self.check {
            let path = settings.key_file();
            let keys = KeyFile::read(&path)?.with_context(|| format!("没有密钥文件 {}", path.display()))?;
            let manifest = backup::check(&self.backup, &keys)?;
            return say(&format!("备份完整，可以用现在的密钥文件恢复（{}）。", described(&manifest)));
        }
        let now = Clock::system().now();
        let restored = on_runtime(backup::restore(settings, &self.backup, self.erasures_lost, now, say))?;
        if let Some(tampering) = &restored.tampering {
            say(&format!("注意：备份里的审计日志被改动过：{tampering}。请报告安全管理员。"))?;
        }
        say(&format!(
            "恢复已完成（{}）；备份之后的 {} 次注销和撤回已重新执行。这之后写入的内容不在备份里，已经丢失。\
             现在可以启动服务器。",
            described(&restored.manifest),
            restored.erasures
        ))
    }
}

fn described(manifest: &Manifest) -> String {
    let mebibytes = manifest.size_bytes().div_ceil(1024 * 1024);
    let made = manifest.made_at.format("%Y-%m-%d %H:%M:%S UTC");
    format!("{made} 的数据，{} 个文件，{mebibytes} MiB", manifest.files.len())
}
