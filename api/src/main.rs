//! The program `kangtu`.

use std::process::ExitCode;

use clap::Parser;
use kangtu::commands::{self, Kangtu};

/// Gives memory back to the system after a large map was loaded, which the system's own allocator
/// rarely does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
