//! Reading of `.osm.pbf` files block by block, in bounded memory.
//!
//! An own reader of the few fields that are needed, because a file comes from anywhere: every length is held
//! against what is there before anything is allocated, and an error names the byte where its block begins.

mod blocks;
mod error;
#[cfg(test)]
pub(crate) mod made;
mod primitives;
mod relations;
mod wire;

pub(crate) use blocks::Blocks;
pub use error::OsmError;
pub(crate) use primitives::{OsmWay, Tags, nodes, ways};
pub(crate) use relations::relations;
