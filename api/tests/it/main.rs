//! The tests of the product, through the real HTTP server, on SQLite and PostgreSQL.

mod support;

mod contract;
mod database;
mod ground;
mod import;
mod ogc;
mod phone;
mod program;
mod schema_drift;
