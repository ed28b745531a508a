//! What is sealed in the database: whom it can be read by, and how its keys are changed.

mod cells;
mod commands;
mod people;
mod rotation;
mod schema;
