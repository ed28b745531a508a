//! The health map: what is published, how it changes, and the two ways to read it.
//!
//! Reads never touch the database. They see one immutable state of the map ([`published`]), which
//! is replaced whole when an edit commits ([`edit`]). Phones read it at `/api/v1/map` ([`phone`]),
//! GIS programs and browsers at `/map` as OGC API Features ([`ogc`]) and as vector tiles ([`tiles`]). What can
//! be walked to is told by [`walking`], and who can walk to what by [`coverage`]. How staff change it stands in
//! [`editing`]; what it was before `history` keeps, its pictures are in [`photos`].

pub mod coverage;
pub mod edit;
pub mod editing;
pub mod export;
pub mod happenings;
mod history;
pub mod import;
pub mod load;
pub mod nearby;
pub mod ogc;
pub mod phone;
pub mod photos;
pub mod published;
pub mod search;
pub mod tiles;
pub mod walking;
pub mod watch;
