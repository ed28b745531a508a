//! The program `kangtu`.

use std::process::ExitCode;

use clap::Parser;
use kangtu::commands::{self, Kangtu};

fn main() -> ExitCode {
    let kangtu = Kangtu::parse();
    match commands::run(kangtu) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            commands::say_error(&error);
            ExitCode::FAILURE
        }
    }
}
