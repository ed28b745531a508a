//! What a person may demand: to see who read, to get everything, to be erased.

mod access_log;
pub(crate) mod erasure;
mod exports;
