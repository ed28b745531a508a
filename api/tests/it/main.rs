//! The tests of the product, through the real HTTP server, on SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod support;

mod access;
mod activities;
mod assessment;
mod attendance;
mod audit;
mod backup;
mod contract;
mod control;
mod database;
mod editing;
mod fhir;
mod follow_ups;
mod ground;
mod health_report;
mod huts;
mod identity;
mod import;
mod insert_rows;
mod knowledge;
mod limits;
mod media;
mod messages;
mod migrations;
mod moderation;
mod ogc;
mod people;
mod phone;
mod privacy;
mod program;
mod publishing;
mod records;
mod schema_drift;
mod screens;
mod search;
mod shares;
mod tiles;
mod vault;
mod walking;
mod wechat;
