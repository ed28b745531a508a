//! What commands work on that write: the database and what belongs to it, whoever holds it.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::clock::Clock;
use crate::config::Settings;
use crate::database::Database;
use crate::keys::Keys;
use crate::random::Random;
use crate::regions::Regions;
use crate::seed;
use crate::state::AppState;
use crate::vault::Vault;

/// The database with its vault: opened by the command itself, or that of the running server.
#[derive(Clone)]
pub(super) struct Office {
    pub(super) database: Database,
    pub(super) clock: Clock,
    pub(super) vault: Vault,
    pub(super) random: Random,
    pub(super) root_region: String,
    /// The running server, where it does the work.
    pub(super) server: Option<AppState>,
    /// Where the command was typed, for the files it names.
    folder: PathBuf,
}

impl Office {
    /// Opens the database, which nobody else holds.
    pub(super) async fn open(settings: &Settings, folder: &Path) -> anyhow::Result<Self> {
        let clock = Clock::system();
        let now = clock.now();
        let random = Random::system()?;
        let database = Database::open(settings).await?;
        seed::if_empty(&database, &clock).await?;
        let suite = settings.cipher_suite;
        let keys = Keys::open_or_create(&settings.key_file(), suite.index_suite(), &random, now)?;
        let vault = Vault::new(keys, suite, random.clone());
        vault.prepare(&database, now).await?;
        let root_region = root_region(&Regions::load(&database).await?)?;
        Ok(Self { database, clock, vault, random, root_region, server: None, folder: folder.to_owned() })
    }

    /// That of the server that is running in this process.
    pub(super) fn of(state: &AppState, folder: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            database: state.database.clone(),
            clock: state.clock.clone(),
            vault: state.vault.clone(),
            random: state.random.clone(),
            root_region: root_region(&state.regions)?,
            server: Some(state.clone()),
            folder: folder.to_owned(),
        })
    }

    /// A file that the command names.
    pub(super) fn file(&self, named: &Path) -> PathBuf {
        self.folder.join(named)
    }

    /// Lets what reads see what was written, where the server itself did it.
    pub(super) async fn publish_map(&self) -> anyhow::Result<()> {
        if let Some(state) = &self.server {
            state.map.refresh(&state.database, &state.metrics).await?;
        }
        Ok(())
    }
}

impl Office {
    /// Lets requests walk on what was written, where the server itself did it.
    pub(super) async fn publish_walking(&self) -> anyhow::Result<()> {
        if let Some(state) = &self.server {
            state.walking.refresh(&state.database, state.clock.now()).await?;
        }
        Ok(())
    }
}

fn root_region(regions: &Regions) -> anyhow::Result<String> {
    Ok(regions.current().root().context("这个数据库里还没有区划")?.to_owned())
}
