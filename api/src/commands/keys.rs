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
use crate::keys::{self, IndexSuite, KeyFile, TAKES_EFFECT_AFTER};
use crate::me::reindex;
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
        /// Instead, add a key of the indexes that find sealed identifiers, for the chosen cipher suite;
        /// the server then indexes all of them anew
        #[arg(long = "index", id = "indexes", conflicts_with = "personal_data")]
        index: bool,
    },
    /// Drop the master keys and index keys that nothing in the database needs any more
    Prune,
    /// Tell which keys there are, and what they are used for
    Status,
}

impl Keys {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let now = Clock::system().now();
        match self {
            Self::Rotate { data: true, .. } => rotate_data(settings, now),
            Self::Rotate { index: true, .. } => rotate_index(settings, now),
            Self::Rotate { .. } => rotate_signing(settings, now),
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

fn rotate_index(settings: &Settings, now: DateTime<Utc>) -> anyhow::Result<()> {
    let random = Random::system()?;
    KeyFile::change(&settings.key_file(), |file| {
        keys::add_index_key(file, settings.cipher_suite.index_suite(), &random, now);
        Ok(())
    })?;
    say(&format!(
        "已加入新的索引密钥，{} 秒后启用；运行中的服务器会在后台更新全部索引，期间新旧都能查到。\
         请现在就备份密钥文件 {}；如果有多台服务器，请在启用之前复制到每一台。用 kangtu keys status 查看进度。",
        TAKES_EFFECT_AFTER.num_seconds(),
        settings.key_file().display()
    ))
}

fn prune(settings: &Settings, now: DateTime<Utc>) -> anyhow::Result<()> {
    let file = read(settings)?;
    let (in_use, indexing) = in_use(settings, &file).context("要先看数据库还用着哪些密钥，才能清除旧的")?;
    let masters: Vec<String> = in_use.by_master.into_keys().collect();
    let (mut dropped, mut dropped_indexing) = (Vec::new(), 0);
    KeyFile::change(&settings.key_file(), |file| {
        dropped = keys::drop_master_keys(file, &masters, now)?;
        dropped_indexing = keys::drop_index_keys(file, &indexing, now)?;
        Ok(())
    })?;
    if dropped.is_empty() && dropped_indexing == 0 {
        return say("没有可以清除的密钥：都还在使用。");
    }
    say(&format!(
        "已清除 {} 把不再使用的主密钥、{dropped_indexing} 把不再使用的索引密钥。\
         更早的数据库备份需要它们才能恢复，请保留当时的密钥文件备份。",
        dropped.len()
    ))
}

fn status(settings: &Settings, now: DateTime<Utc>) -> anyhow::Result<()> {
    let file = read(settings)?;
    let in_use = in_use(settings, &file);
    let counts = in_use.as_ref().map_or_else(|_| BTreeMap::new(), |(in_use, _)| in_use.by_master.clone());
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
    let indexing = file.indexing_key(now).map(|key| key.number);
    for key in &file.index {
        let suite = match key.suite {
            IndexSuite::HmacSha256 => "HMAC-SHA-256",
            IndexSuite::HmacSm3 => "HMAC-SM3",
        };
        let role = match (&in_use, indexing) {
            (_, Some(number)) if number == key.number => "正在使用",
            _ if key.indexes_from_at > now => "即将启用",
            (Ok((_, needed)), _) if !needed.contains(&key.number) => "旧密钥，可以清除",
            _ => "旧密钥，还有资料靠它查找",
        };
        say(&format!("索引密钥 {}（{suite}）：{role}，{} 生成", key.number, key.created_at))?;
    }
    for signing in &file.signing {
        say(&format!("登录签名密钥 {}：{} 起签名", signing.kid, signing.signs_from_at))?;
    }
    match in_use {
        Ok((in_use, _)) if in_use.retired == 0 => say("所有资料都已用现在的密钥加密。"),
        Ok((in_use, _)) => say(&format!("还有 {} 把旧数据密钥等待重新加密或清除。", in_use.retired)),
        Err(error) => say(&format!("数据库打不开，只能看到密钥文件里的内容：{error:#}。")),
    }
}

fn read(settings: &Settings) -> anyhow::Result<KeyFile> {
    let path = settings.key_file();
    KeyFile::read(&path)?
        .with_context(|| format!("没有密钥文件 {}，服务器第一次启动时会生成", path.display()))
}

fn in_use(settings: &Settings, file: &KeyFile) -> anyhow::Result<(KeysInUse, Vec<i32>)> {
    on_runtime(async {
        let database = Database::look(settings).await?;
        let sealing = vault::keys_in_use(&database).await;
        let indexing = reindex::keys_in_use(&database, file).await;
        database.close().await;
        Ok((sealing?, indexing?))
    })
}
