//! Administrative regions: the tree that decides where staff may act.

pub mod tree;

pub use tree::{RegionScope, RegionTree, Regions};
