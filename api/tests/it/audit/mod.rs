//! The audit log: dense, chained, and never changed unnoticed.

mod log;
