//! The program's commands, run as an operator runs them.

use std::process::{Command, Output};

use kangtu::config::Settings;

/// Runs a command on the data of these settings and waits for its end.
pub(crate) async fn kangtu(settings: &Settings, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kangtu"));
    command.args(arguments).env_remove("DATABASE_URL").env("KANGTU_DATA", &settings.data);
    if let Some(url) = &settings.database_url {
        command.env("DATABASE_URL", url);
    }
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// What it said, if it did what it was told.
#[track_caller]
pub(crate) fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What it complained of, if it failed.
#[track_caller]
pub(crate) fn complained(output: &Output) -> String {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr.clone()).unwrap()
}
