//! Kangtu 康图: the backend of a sub-district's health mini-program and its health map.
//!
//! Reading order: [`app`] makes the server, [`config`] holds what can be set, [`http`] is what every
//! request passes through, [`map`] is the first feature and the shape that others copy, [`database`]
//! is the only way to the data.

pub mod app;
pub mod audit;
pub mod clock;
pub mod commands;
pub mod config;
pub mod database;
pub mod error;
pub mod http;
pub mod identity;
pub mod jobs;
pub mod keys;
pub mod knowledge;
pub mod limits;
pub mod map;
pub mod metrics;
pub mod openapi;
pub mod opening;
pub mod operations;
pub mod random;
pub mod regions;
pub mod search;
pub mod secret;
pub mod seed;
pub mod state;
pub mod telemetry;
pub mod vault;
pub mod wechat;
