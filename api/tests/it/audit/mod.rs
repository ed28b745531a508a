//! The audit log: dense, chained, and never changed unnoticed.

mod log;
mod owner;
mod purge;
mod reading;
mod tampering;
