//! What a person may demand: to see who read, to get everything, to be erased.

mod access_log;
mod erasure;
mod exports;
