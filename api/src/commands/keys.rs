//! `kangtu keys`: the keys of a running installation.
//!
//! These commands change the key file only; the server notices and does the rest. So they work while it
//! holds the database.

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Subcommand;

use super::{on_runtime, say};
use crate::clock::Clock;
use crate::config::Settings;
use crate::database::Database;
use crate::keys::{self, KeyFile, TAKES_EFFECT_AFTER};
use crate::random::Random;
use crate::vault::{self, KeysInUse};

/// Change the keys while the server runs
#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// Add a key that signs log-ins; nobody is logged out
    Rotate {
        /// Instead, add a master key; the server then seals all personal data anew
        #[arg(long = "data", id = "personal_data")]
        data: bool,
    },
    /// Drop the master keys that nothing in the database needs any more
    Prune,
    /// Tell which keys there are, and what they are used for
    Status,
}

impl Keys {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let now = Clock::system().now();
        match self {
            Self::Rotate { data: false } => rotate_signing(settings, now),
            Self::Rotate { data: true } => rotate_data(settings, now),
            Self::Prune => prune(settings, now),
            Self::Status => status(settings, now),
        }
    }
}

fn rotate_signing(settings: &Settings, now: DateTime<Utc>) -> anyhow::Result<()> {
    let random = Random::system()?;
    let mut dropped = 0;
    KeyFile::change(&settings.key_file(), |file| {
        dropped = keys::add_signing_key(file, &random, now)?;
        Ok(())
    })?;
    say(&format!(
        "已加入新的登录签名密钥，{} 秒后启用，已登录的人不受影响；清除了 {dropped} 把过期的旧密钥。\
         如果有多台服务器，请在这之前把密钥文件复制到每一台。",
        TAKES_EFFECT_AFTER.num_seconds()
    ))
}

fn rotate_data(settings: &Settings, now: DateTime<Utc>) -> anyhow::Result<()> {
    let random = Random::system()?;
    KeyFile::change(&settings.key_file(), |file| {
        keys::add_master_key(file, &random, now);
        Ok(())
    })?;
    say(&format!(
        "已加入新的主密钥，{} 秒后启用；运行中的服务器会在后台重新加密全部个人资料，期间照常使用。\
         请现在就备份密钥文件 {}；如果有多台服务器，请在启用之前复制到每一台。用 kangtu keys status 查看进度。",
        TAKES_EFFECT_AFTER.num_seconds(),
        settings.key_file().display()
    ))
}

fn prune(settings: &Settings, now: DateTime<Utc>) -> anyhow::Result<()> {
    let in_use = in_use(settings).context("要先看数据库还用着哪些密钥，才能清除旧的")?;
    let masters: Vec<String> = in_use.by_master.into_keys().collect();
    let mut dropped = Vec::new();
    KeyFile::change(&settings.key_file(), |file| {
        dropped = keys::drop_master_keys(file, &masters, now)?;
        Ok(())
    })?;
    if dropped.is_empty() {
        return say("没有可以清除的主密钥：都还在使用。");
    }
    say(&format!(
        "已清除 {} 把不再使用的主密钥。更早的数据库备份需要它们才能恢复，请保留当时的密钥文件备份。",
        dropped.len()
    ))
}

fn status(settings: &Settings, now: DateTime<Utc>) -> anyhow::Result<()> {
    let path = settings.key_file();
    let file = KeyFile::read(&path)?
        .with_context(|| format!("没有密钥文件 {}，服务器第一次启动时会生成", path.display()))?;
    let in_use = in_use(settings);
    let counts = in_use.as_ref().map_or_else(|_| BTreeMap::new(), |in_use| in_use.by_master.clone());
    let sealing = file.sealing_master(now).map(|master| master.id.as_str());
    for master in &file.master {
        let role = match sealing {
            Some(id) if id == master.id => "正在使用",
            _ if master.seals_from_at > now => "即将启用",
            _ => "旧密钥",
        };
        let sealed = counts.get(&master.id).copied().unwrap_or_default();
        say(&format!("主密钥 {}：{role}，{} 生成，封着 {sealed} 把数据密钥", master.id, master.created_at))?;
    }
    for signing in &file.signing {
        say(&format!("登录签名密钥 {}：{} 起签名", signing.kid, signing.signs_from_at))?;
    }
    match in_use {
        Ok(in_use) if in_use.retired == 0 => say("所有资料都已用现在的密钥加密。"),
        Ok(in_use) => say(&format!("还有 {} 把旧数据密钥等待重新加密或清除。", in_use.retired)),
        Err(error) => say(&format!("数据库打不开，只能看到密钥文件里的内容：{error:#}。")),
    }
}

fn in_use(settings: &Settings) -> anyhow::Result<KeysInUse> {
    on_runtime(async {
        let database = Database::look(settings).await?;
        let in_use = vault::keys_in_use(&database).await;
        database.close().await;
        in_use
    })
}
