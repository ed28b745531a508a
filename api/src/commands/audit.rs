//! `kangtu audit`: whether the audit log is what it was.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::{on_runtime, say};
use crate::audit::{self, Verification};
use crate::clock::Clock;
use crate::config::Settings;
use crate::database::Database;
use crate::keys::KeyFile;

/// Check the audit log, also while the server runs
#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Walk the whole log and compare it with its signed checkpoints
    Verify {
        /// Compare with a copy of the checkpoints that was kept elsewhere
        #[arg(long, value_name = "FILE")]
        checkpoints: Option<PathBuf>,
    },
    /// Sign the present end of the log, add it to the file of checkpoints and print it
    Checkpoint,
}

impl Audit {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let keys = key_file(settings)?;
        match self {
            Self::Verify { checkpoints } => {
                let file = checkpoints.unwrap_or_else(|| settings.audit_checkpoints());
                let done = on_runtime(async {
                    let database = Database::look(settings).await?;
                    let done = audit::verify(&database, &keys, &file, Clock::system().now()).await;
                    database.close().await;
                    done
                })?;
                tell(&done)
            }
            Self::Checkpoint => checkpoint(settings, &keys),
        }
    }
}

fn tell(done: &Verification) -> anyhow::Result<()> {
    if let Some(tampering) = &done.tampering {
        bail!("审计日志被改动过：{tampering}。请立即保存数据库和检查点文件的副本，并报告安全管理员。");
    }
    let compared = match done.checkpoints {
        0 => "还没有检查点可以比对，请运行 kangtu audit checkpoint 并把结果交给另一个科室保存".to_owned(),
        count => format!("与 {count} 个签名检查点相符"),
    };
    say(&format!("审计日志完整：共 {} 行，到第 {} 行为止，{compared}。", done.rows, done.last))
}

fn checkpoint(settings: &Settings, keys: &KeyFile) -> anyhow::Result<()> {
    let file = settings.audit_checkpoints();
    let added = on_runtime(async {
        let database = Database::look(settings).await?;
        let added = audit::add_checkpoint(&database, keys, &file, Clock::system().now()).await;
        database.close().await;
        added
    })?;
    let Some(checkpoint) = added else {
        return say("审计日志里还没有记录，没有什么可以签名。");
    };
    say(&checkpoint.to_line()?)?;
    say(&format!(
        "已签名到第 {} 行，并写入 {}。请把上面一行打印或发给另一个科室保存。",
        checkpoint.seq,
        file.display()
    ))
}

fn key_file(settings: &Settings) -> anyhow::Result<KeyFile> {
    let path = settings.key_file();
    KeyFile::read(&path)?.with_context(|| {
        format!("没有密钥文件 {}，请用 KANGTU_KEYS 指明它在哪里，或从备份恢复", path.display())
    })
}
