//! The tests of the product, through the real HTTP server, on SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod support;

mod access;
mod audit;
mod contract;
mod database;
mod ground;
mod identity;
mod import;
mod knowledge;
mod limits;
mod messages;
mod migrations;
mod moderation;
mod ogc;
mod people;
mod phone;
mod privacy;
mod program;
mod schema_drift;
mod search;
mod vault;
mod wechat;
