//! What an operator can tell the program to do. Each command ends with a sentence that says what was
//! done; the exit code is 0 only if it was.

mod audit;
mod import;
mod keys;
mod openapi;
mod schema;
mod search;
mod serve;
mod staff;

use std::io::Write;

use clap::{Parser, Subcommand};

use crate::config::Settings;

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
    #[command(subcommand)]
    Keys(keys::Keys),
    #[command(subcommand)]
    Audit(audit::Audit),
    #[command(subcommand)]
    Search(search::Search),
    #[command(subcommand)]
    Staff(staff::Staff),
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
        Command::Import(import) => import.run(&settings),
        Command::Keys(keys) => keys.run(&settings),
        Command::Audit(audit) => audit.run(&settings),
        Command::Search(search) => search.run(&settings),
        Command::Staff(staff) => staff.run(&settings),
        Command::Openapi => openapi::print(),
    }
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
    drop(writeln!(std::io::stderr().lock(), "kangtu: {error:#}"));
}

fn on_runtime<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
