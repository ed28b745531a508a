//! Kangtu 康图: the backend of a sub-district's health mini-program and its health map.
//!
//! Reading order: [`app`] makes the server, [`config`] holds what can be set, [`http`] is what every
//! request passes through, [`map`] is the first feature and the shape that others copy, [`database`]
//! is the only way to the data.

pub mod activities;
pub mod activity_reports;
pub mod app;
pub mod assessment;
pub mod attendance;
pub mod audit;
pub mod backup;
pub mod calendars;
pub mod clock;
pub mod commands;
pub mod config;
pub mod consents;
pub mod database;
pub mod error;
pub mod feedback;
pub mod fhir;
pub mod files;
pub mod follow_ups;
pub mod health_report;
pub mod hex;
pub mod http;
pub mod huts;
pub mod idempotency;
pub mod identity;
pub mod jobs;
pub mod keys;
pub mod knowledge;
pub mod limits;
pub mod map;
pub mod me;
pub mod media;
pub mod messages;
pub mod metrics;
pub mod moderation;
pub mod notices;
pub mod openapi;
pub mod opening;
pub mod operations;
pub mod people;
pub mod privacy;
mod qr;
pub mod random;
pub mod records;
pub mod regions;
pub mod registrations;
pub mod screens;
pub mod search;
pub mod secret;
pub mod seed;
pub mod shares;
pub mod staff;
pub mod state;
pub mod telemetry;
pub mod vault;
pub mod wechat;
pub mod workbook;
