//! What an operator can tell the program to do. Each command ends with a sentence that says what was
//! done; the exit code is 0 only if it was.

mod audit;
mod backup;
pub mod control;
mod coverage;
mod export;
mod import;
mod keys;
mod network;
mod office;
mod openapi;
mod schema;
mod search;
mod serve;
mod staff;
mod tiles;

use std::io::Write;

use anyhow::bail;
use clap::{Parser, Subcommand};

use self::control::Order;
use self::office::Office;
use crate::config::Settings;
use crate::error::ApiError;

/// 康图 Kangtu: the health map and health services of a sub-district.
#[derive(Debug, Parser)]
#[command(name = "kangtu", version, about, propagate_version = true)]
pub struct Kangtu {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server (what happens without a command)
    Serve,
    /// Bring the database schema up to date
    Migrate,
    /// Fill an empty database with the map of 葵涌 and what residents read
    Seed,
    Import(Box<import::Import>),
    Export(export::Export),
    #[command(subcommand)]
    Network(network::Network),
    #[command(subcommand)]
    Population(coverage::Population),
    Coverage(Box<coverage::Coverage>),
    #[command(subcommand)]
    Keys(keys::Keys),
    #[command(subcommand)]
    Audit(audit::Audit),
    Backup(backup::Backup),
    Restore(backup::Restore),
    #[command(subcommand)]
    Search(search::Search),
    #[command(subcommand)]
    Staff(staff::Staff),
    #[command(subcommand)]
    Tiles(tiles::Tiles),
    /// Print the API contract as YAML
    Openapi,
}

/// Runs one command to its end.
///
/// # Errors
/// When it could not do what it was told, with what to do about it.
pub fn run(kangtu: Kangtu) -> anyhow::Result<()> {
    let Kangtu { command, settings } = kangtu;
    match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(settings),
        Command::Migrate => schema::migrate(&settings),
        Command::Seed => schema::seed(&settings),
        Command::Export(export) => held(&settings, Command::Export(export), None),
        Command::Import(import) => held(&settings, Command::Import(import), None),
        Command::Network(network) => held(&settings, Command::Network(network), None),
        Command::Population(population) => held(&settings, Command::Population(population), None),
        Command::Coverage(coverage) => held(&settings, Command::Coverage(coverage), None),
        Command::Keys(keys) => keys.run(&settings),
        Command::Audit(audit) => audit.run(&settings),
        Command::Backup(backup) => backup.run(&settings),
        Command::Restore(restore) => restore.run(&settings),
        Command::Search(search::Search::Check) => search::run_check(&settings),
        Command::Search(search) => held(&settings, Command::Search(search), None),
        Command::Staff(staff) => {
            let password_hash = staff.password_hash(&settings)?;
            held(&settings, Command::Staff(staff), password_hash)
        }
        Command::Tiles(tiles) => held(&settings, Command::Tiles(tiles), None),
        Command::Openapi => openapi::print(),
    }
}

/// What a command that writes says at its end, and why it failed, if it did.
#[derive(Debug, Default)]
pub(crate) struct Said {
    text: String,
    refusal: Option<String>,
}

impl Said {
    /// It was done.
    fn done(text: impl Into<String>) -> Self {
        Self { text: text.into(), refusal: None }
    }
}

impl Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Export(_) => "export",
            Self::Import(_) => "import",
            Self::Network(_) => "network",
            Self::Population(_) => "population",
            Self::Coverage(_) => "coverage",
            Self::Staff(_) => "staff",
            Self::Search(_) => "search",
            Self::Tiles(_) => "tiles",
            _ => "other",
        }
    }

    /// The part of a command that writes, done by whoever holds the database.
    async fn work(self, office: &Office, password_hash: Option<&str>) -> anyhow::Result<Said> {
        match self {
            Self::Export(export) => export.work(office).await.map(Said::done),
            Self::Import(import) => import.work(office).await,
            Self::Network(network) => network.work(office).await.map(Said::done),
            Self::Population(population) => population.work(office).await.map(Said::done),
            Self::Coverage(coverage) => coverage.work(office).await.map(Said::done),
            Self::Staff(staff) => staff.work(office, password_hash).await.map(Said::done),
            Self::Tiles(tiles) => tiles.work(office).await,
            Self::Search(search::Search::Rebuild) => search::rebuild_index(office).await.map(Said::done),
            other => bail!("`{}` is nothing that a server is asked to do", other.name()),
        }
    }
}

/// Has a command carried out by whoever holds the database: the running server, or else this process.
fn held(settings: &Settings, command: Command, password_hash: Option<String>) -> anyhow::Result<()> {
    let order = Order::as_typed(password_hash)?;
    let Said { text, refusal } = on_runtime(async {
        if let Some(said) = control::hand_over(settings, &order).await? {
            return Ok(said);
        }
        let office = Office::open(settings, order.folder()).await?;
        let said = command.work(&office, order.password_hash()).await;
        office.database.close().await;
        said
    })?;
    if !text.is_empty() {
        say(&text)?;
    }
    refusal.map_or(Ok(()), |refusal| bail!(refusal))
}

/// Tells a person at the terminal what happened.
///
/// # Errors
/// When standard output is gone.
pub(crate) fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Tells a person at the terminal why the command failed.
pub fn say_error(error: &anyhow::Error) {
    // A closed standard error leaves nobody to tell.
    drop(writeln!(std::io::stderr().lock(), "kangtu: {}", in_words(error)));
}

/// An error with all its causes. An [`ApiError`] shows its code only, which is for the log.
fn in_words(error: &anyhow::Error) -> String {
    let words = error
        .chain()
        .map(|cause| cause.downcast_ref::<ApiError>().map_or_else(|| cause.to_string(), ApiError::words));
    words.collect::<Vec<_>>().join(": ")
}

fn on_runtime<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;
    use crate::error::FieldError;

    #[test]
    fn an_operator_reads_what_is_wrong_and_not_its_code() {
        let wrong: Result<(), ApiError> = Err(ApiError::bad_parameter("preset", "没有这种口径。"));
        assert_eq!(in_words(&wrong.context("估算没有完成").unwrap_err()), "估算没有完成: 没有这种口径。");
        let errors = vec![FieldError {
            pointer: "/name".to_owned(),
            code: "required".to_owned(),
            message: "请填写名称。".to_owned(),
        }];
        assert!(in_words(&ApiError::Invalid { errors }.into()).ends_with("\n/name：请填写名称。"));
        assert_eq!(
            in_words(&ApiError::Internal(anyhow::anyhow!("a disk is broken")).into()),
            "a disk is broken"
        );
    }
}
