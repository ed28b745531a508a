//! What is sealed in the database: whom it can be read by, and how its keys are changed.

mod cells;
mod commands;
pub(crate) mod indexes;
mod people;
mod rotation;
mod schema;
