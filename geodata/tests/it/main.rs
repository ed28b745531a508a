//! The map core from outside: whole files, whole snapshots, whole tiles.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be made has to fail its test")]

mod cql2_corpus;
mod exports;
mod hostile_imports;
mod import_corpus;
mod snapshot;
mod tiles;
